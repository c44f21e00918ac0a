"""Tables that fit the terminal: cells are wrapped at words, and where even that has no room, each row becomes a few lines.

No address, figure or name is ever cut or broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.box import HEAVY_HEAD, SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from hubctl.core.console import Writer, wrapped

NARROWEST = 12  # columns to which sentences in a cell may be squeezed


@dataclass(frozen=True, kw_only=True)
class Row:
    """Cells with the style of all of them; ``ends_section`` draws a line below."""

    cells: Sequence[str | Text]
    style: str = ""
    ends_section: bool = False


class Sheet:
    """Rows below headings; the columns numbered in ``figures`` are justified to the right."""

    def __init__(
        self, *headings: str, title: str = "", figures: Sequence[int] = (), light: bool = False
    ) -> None:
        self.headings = headings
        self.title = title
        self.rows: list[Row] = []
        self._figures = frozenset(figures)
        self._light = light

    def add(self, *cells: str | Text, style: str = "", ends_section: bool = False) -> None:
        """Add a row."""
        self.rows.append(Row(cells=cells, style=style, ends_section=ends_section))

    def show(self, writer: Writer) -> None:
        """Write the table in the most spacious form that fits."""
        self.rows = [replace(row, cells=[_cleaned(cell, writer) for cell in row.cells]) for row in self.rows]
        if self.title:
            writer.say(self.title, style="italic")
        columns = len(self.headings)
        forms = [] if self._light else [(HEAVY_HEAD, 3 * columns + 1)]
        for box, frame in [*forms, (SIMPLE_HEAD, 2 * (columns - 1))]:
            widths = self._widths(writer.width - frame)
            if widths is not None:
                writer.print(self._table(box, widths))
                return
        self._show_records(writer)

    def _widths(self, room: int) -> list[int] | None:
        """Return the columns' widths, None when a word would have to be broken; the widest columns give way first."""
        texts = [[heading] for heading in self.headings]
        for row in self.rows:
            for column, cell in zip(texts, row.cells, strict=True):
                column.append(str(cell))
        natural = [max([1, *_line_widths(column, room)]) for column in texts]
        least = [
            max([min(wide, NARROWEST), *_line_widths(column, 1)])
            for wide, column in zip(natural, texts, strict=True)
        ]
        for most in range(max(natural), 0, -1):
            widths = [max(low, min(wide, most)) for low, wide in zip(least, natural, strict=True)]
            if sum(widths) <= room:
                return widths
        return None

    def _table(self, box: Box, widths: Sequence[int]) -> Table:
        light = box is SIMPLE_HEAD
        table = Table(
            box=box, show_edge=not light, pad_edge=not light, padding=(0, 1, 0, 0) if light else (0, 1)
        )
        for number, (heading, width) in enumerate(zip(self.headings, widths, strict=True)):
            side: JustifyMethod = "right" if number in self._figures else "left"
            table.add_column(_fitted(heading, width), width=width, justify=side)
        for row in self.rows:
            cells = [_fitted(cell, width) for cell, width in zip(row.cells, widths, strict=True)]
            table.add_row(*cells, style=row.style, end_section=row.ends_section)
        return table

    def _show_records(self, writer: Writer) -> None:
        for row in self.rows:
            named = [
                (heading, cell) for heading, cell in zip(self.headings, row.cells, strict=True) if str(cell)
            ]
            for number, (heading, cell) in enumerate(named):
                style = str(cell.style) if isinstance(cell, Text) else row.style
                if number == 0:
                    writer.say(str(cell), style=style)
                else:
                    text = str(cell).replace("\n", "\n    ")
                    writer.say(f"  {heading}: {text}" if heading else f"  {text}", style=style, hang=4)


def _cleaned(cell: str | Text, writer: Writer) -> str | Text:
    if isinstance(cell, Text):
        return Text(writer.clean(str(cell)), style=cell.style)
    return writer.clean(cell)


def _fitted(cell: str | Text, width: int) -> Text:
    return Text("\n".join(_lines(str(cell), width)), style=cell.style if isinstance(cell, Text) else "")


def _lines(text: str, width: int) -> list[str]:
    return [part for line in text.split("\n") for part in wrapped(line, width, hang=0)]


def _line_widths(texts: Sequence[str], width: int) -> list[int]:
    return [cell_len(line) for text in texts for line in _lines(text, width)]
