"""Sentences and progress bars fit the terminal; what somebody pastes stays whole, and no figure is cut."""

import io
import os
import pty
import re

import pytest

from hubctl.core import console
from hubctl.core.console import NARROWEST, WIDTH, Writer, counting, wrapped

COMMAND = "`aws ec2 describe-images --owners self --filters Name=name,Values=lab-*`"


def said(text: str, width: int, **more: object) -> list[str]:
    stream = io.StringIO()
    Writer(file=stream, width=width).say(text, **more)  # type: ignore[arg-type]
    return stream.getvalue().splitlines()


def test_sentences_are_wrapped_at_words() -> None:
    text = "no image of self matches jupyterhub-lab-* in us-east-1; nothing could start"
    lines = said(text, 30)
    assert max(map(len, lines)) <= 30
    assert " ".join(lines) == text


def test_what_is_pasted_is_never_broken() -> None:
    address = "module.lab.aws_cloudwatch_metric_alarm.sessions-high"
    lines = said(f"see {address} with {COMMAND} now", 30)
    assert lines == ["see", address, "with", COMMAND, "now"]
    assert wrapped(f"run {COMMAND} now", 1) == ["run", COMMAND, "now"]


def test_lines_keep_their_indent_and_go_on_below_it() -> None:
    assert wrapped("  1. first of all", 12) == ["  1. first", "     of all"]
    assert wrapped("     and then", 9) == ["     and", "     then"]
    assert wrapped("- one two three", 10) == ["- one two", "  three"]
    assert wrapped("one two three", 12, label="error: ") == ["error: one", "       two", "       three"]
    assert wrapped("one two three", 9, hang=2) == ["one two", "  three"]
    assert said("one\n\n  two", 80, label="error: ") == ["error: one", "", "  two"]
    assert said("", 80) == [""]
    assert said("", 80, label="error: ") == ["error:"]


def test_widths_are_columns_and_not_letters() -> None:
    assert wrapped("日本語 テスト", 12) == ["日本語", "テスト"]
    assert wrapped("日本語 テスト", 13) == ["日本語 テスト"]
    assert wrapped("言語 語", 7, label="語 ") == ["語 言語", "   語"]
    assert [wrapped("one\ttwo", width) for width in (13, 14)] == [["one", "two"], ["one        two"]]
    assert wrapped("10\u00a0min more", 5) == ["10\u00a0min", "more"]


def test_signs_that_rich_would_read_stay_as_they_are() -> None:
    assert said("[red]arn:aws:kms:key:lock:[/red]", 80) == ["[red]arn:aws:kms:key:lock:[/red]"]


def test_a_pasted_line_is_as_long_as_it_is() -> None:
    stream = io.StringIO()
    Writer(file=stream, width=20).paste("x " * 40 + "x", indent=2)
    assert stream.getvalue() == "  " + "x " * 40 + "x\n"


def test_an_error_hangs_below_its_first_word(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(console, "err", Writer(file=stream, width=24))
    console.say_error("the state is locked by ada", "Wait for her, or ask her.\n\n  export A=1")
    assert stream.getvalue().splitlines() == [
        "error: the state is",
        "       locked by ada",
        "       Wait for her, or",
        "       ask her.",
        "",
        "         export A=1",
    ]


def test_without_a_terminal_there_are_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert Writer(file=io.StringIO()).width == WIDTH == 80


@pytest.mark.parametrize(("told", "width"), [("60", 60), ("3", NARROWEST), ("many", WIDTH), ("0", WIDTH)])
def test_the_environment_may_tell_the_width(monkeypatch: pytest.MonkeyPatch, told: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", told)
    assert Writer(file=io.StringIO()).width == width


@pytest.mark.parametrize(("columns", "width"), [(61, 61), (0, WIDTH)])
def test_a_terminal_tells_its_own_width(monkeypatch: pytest.MonkeyPatch, columns: int, width: int) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    with open(ours, "rb"), open(theirs, "w", encoding="utf-8") as terminal:  # noqa: PTH123 - no path, a descriptor
        _set_columns(theirs, columns)
        assert Writer(file=terminal).width == width


def _set_columns(terminal: int, columns: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    assert os.get_terminal_size(terminal).columns == columns


def test_a_label_may_be_longer_than_the_line() -> None:
    assert wrapped("one two", 4, label="error: ") == ["error: one", "       two"]


def test_an_error_quotes_no_word_that_is_never_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(console, "err", Writer(file=stream, width=80))
    console.say_error(f"lab.json: {'x' * 5000} is not a name", "Correct `it`.")
    assert len(stream.getvalue()) < 500
    assert f"{'x' * 297}..." in stream.getvalue()
    assert "is not a name" in stream.getvalue()


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
def test_figures_are_never_cut(width: int, total: int) -> None:
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
