"""Tables fit the terminal without cutting or breaking a word."""

import io

import pytest
from rich.text import Text

from hubctl.console import Writer
from hubctl.tables import Sheet
from tests.support.printed import too_wide

ADDRESS = "module.lab.aws_cloudwatch_metric_alarm.sessions-high"


def shown(width: int, *, colour: bool = False) -> str:
    table = Sheet("match", "existing", "figure", title="resources of the existing state", figures=(2,))
    table.add("only there", f"{ADDRESS} was there", "1,234.50", ends_section=True)
    table.add(Text("certain", style="green"), "aws_vpc.lab", "-")
    stream = io.StringIO()
    more = {"force_terminal": True, "color_system": "standard"} if colour else {}
    table.show(Writer(file=stream, width=width, **more))
    return stream.getvalue()


@pytest.mark.parametrize("width", [120, 100, 85, 80, 72, 60, 40, 20])
def test_every_word_is_whole_at_every_width(width: int) -> None:
    text = shown(width)
    assert too_wide(text, width) == []
    for word in ("resources", "only", ADDRESS, "1,234.50", "certain", "aws_vpc.lab"):
        assert word in text.split(), word


def test_there_is_a_frame_where_there_is_room() -> None:
    assert "┃ match      ┃ existing" in shown(120)
    assert "│ 1,234.50 │" in shown(120)
    assert "│        - │" in shown(120)
    assert "┃" not in shown(75)
    assert "───" in shown(75)


def test_cells_are_wrapped_before_rows_become_lines() -> None:
    assert f"{ADDRESS} was there" in shown(90)
    assert f"{ADDRESS} was there" not in shown(75)
    assert "was there" in shown(75)
    assert shown(50).splitlines() == [
        "resources of the existing state",
        "only there",
        "  existing:",
        f"    {ADDRESS}",
        "    was there",
        "  figure: 1,234.50",
        "certain",
        "  existing: aws_vpc.lab",
        "  figure: -",
    ]


def test_a_style_of_a_cell_stays_with_it() -> None:
    assert "\x1b[32m" in shown(120, colour=True)
    assert "\x1b[32mcertain" in shown(30, colour=True)


def test_empty_cells_and_columns_take_no_more_room_than_needed() -> None:
    table = Sheet("version", "")
    table.add("", "")
    table.add("one", "")
    for width in (80, 20):
        stream = io.StringIO()
        table.show(Writer(file=stream, width=width))
        assert "one" in stream.getvalue()
