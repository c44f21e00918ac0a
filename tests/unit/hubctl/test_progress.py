"""Bars of work that is counted: at 30 columns the figures of `hubctl simulate --suggest` were cut to ``14…``."""

import io
import re

import pytest

from hubctl.core.console import Writer, counting

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def shown(width: int, total: int, *, what: str = "trying settings", in_bytes: bool = False) -> str:
    stream = io.StringIO()
    writer = Writer(file=stream, width=width, force_terminal=True)
    with counting(what, total, writer, in_bytes=in_bytes) as advance:
        for _ in range(2):
            advance(total // 2)
    return _ESCAPES.sub("", stream.getvalue())


@pytest.mark.parametrize("width", [20, 25, 30, 40, 80])
@pytest.mark.parametrize("total", [4, 148, 14_800, 1_480_000])
def test_case_23_figures_are_never_cut(width: int, total: int) -> None:
    text = shown(width, total)
    assert f"{total}/{total}" in text
    assert "…" not in text
    assert max(map(len, re.split(r"[\r\n]", text))) <= width


@pytest.mark.parametrize("width", [20, 30, 80])
def test_bytes_are_never_cut(width: int) -> None:
    text = shown(width, 123_456_000, what="uploading", in_bytes=True)
    assert "123.5/123.5 MB" in text
    assert "…" not in text


def test_the_bar_goes_first_and_then_the_words() -> None:
    assert [("━" in shown(width, 14_800), "trying" in shown(width, 14_800)) for width in (80, 30, 20)] == [
        (True, True),
        (False, True),
        (False, False),
    ]


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with counting("x", 2, Writer(file=stream, width=80)) as advance:
        advance(1)
    assert stream.getvalue() == ""
