"""Tables fit the terminal without cutting or breaking a word."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from hubctl.core.console import Writer
from hubctl.core.tables import Sheet
from tests.support.printed import too_wide
from tests.support.repeatable import repeatable

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


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(" 100,000,000,000.00", id="indented"),
        pytest.param("- 100,000,000,000.00", id="bullet"),
        pytest.param("日本語 12 テスト34", id="letters-of-two-columns"),
        pytest.param("10\u00a0000\u00a0000,50", id="blanks-that-hold-a-figure-together"),
        pytest.param("`hubctl\tcost`\t10,000.00", id="tab"),
    ],
)
@pytest.mark.parametrize("light", [False, True], ids=["framed", "light"])
def test_a_cell_is_whole_where_four_columns_fill_the_width(cell: str, light: bool) -> None:
    kept = {word for word in re.split("[ \t]", cell) if word}
    for width in range(20, 100):
        sheet = Sheet("Straße 7", "", "in zone eu-central-1a", "two\nlines 5", figures=(0, 2), light=light)
        sheet.add(cell, "100,000,000,000.00", "in zone eu-central-1a", "")
        sheet.add("in zone eu-central-1a", "14", cell, "`hubctl cost --x 5` 6 0.192 EUR an hour")
        stream = io.StringIO()
        sheet.show(Writer(file=stream, width=width))
        text = stream.getvalue()
        assert kept <= set(re.split("[ \t\n]", text)), width
        assert "…" not in text


_FIGURES = st.one_of(
    st.floats(min_value=-1e12, max_value=1e12).map(lambda number: f"{number:,.2f}"),
    st.integers(min_value=0, max_value=10**15).map(str),
    st.sampled_from(["14", "140.16", "99%", "2.09 USD", "10.2 min", "0.192 EUR an hour", "1 000,50", "-"]),
)
_WORDS = st.sampled_from(
    [
        "",
        "EC2",
        "in zone eu-central-1a",
        "Straße 7",
        "日本語 12 テスト34",
        "two\nlines 5",
        "`hubctl cost --x 5` 6",
    ]
)
_CELLS = st.one_of(_FIGURES, _WORDS, st.tuples(_WORDS, _FIGURES).map(" ".join))


@st.composite
def _sheets(draw: st.DrawFn) -> Sheet:
    columns = draw(st.integers(min_value=1, max_value=7))
    headings = draw(st.lists(_WORDS, min_size=columns, max_size=columns))
    numbered = draw(st.sets(st.integers(min_value=0, max_value=columns - 1)))
    sheet = Sheet(*headings, title=draw(_WORDS), figures=tuple(numbered), light=draw(st.booleans()))
    for cells in draw(st.lists(st.lists(_CELLS, min_size=columns, max_size=columns), min_size=1, max_size=5)):
        sheet.add(*cells, ends_section=draw(st.booleans()))
    return sheet


@repeatable(max_examples=300)
@given(sheet=_sheets(), width=st.sampled_from([20, 30, 40, 80]))
def test_every_figure_of_any_table_is_whole_at_every_width(sheet: Sheet, width: int) -> None:
    cells = [str(cell) for row in sheet.rows for cell in row.cells]
    stream = io.StringIO()
    sheet.show(Writer(file=stream, width=width))
    text = stream.getvalue()
    figures = {word for cell in cells for word in cell.split() if any(map(str.isdigit, word))}
    assert figures <= set(text.split()), figures - set(text.split())
    assert "…" not in text
