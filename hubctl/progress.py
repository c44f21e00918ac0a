"""A bar for work that is counted. Where it has no room, the bar goes first, then the words: figures are never cut."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
from rich.table import Column

from hubctl.console import Writer

BAR = 40  # columns, where there is room
SHORTEST = 5  # columns below which a bar tells nothing
_BYTES = len("999.9/999.9 MB")


@contextmanager
def counting(
    what: str, total: int, console: Writer, *, in_bytes: bool = False
) -> Iterator[Callable[[int], None]]:
    """Show how much of ``total`` is done, in a terminal only; give the function that takes how much more it is."""
    columns = _columns(what, total, console.width, in_bytes=in_bytes)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda more: progress.advance(task, more)


def _columns(what: str, total: int, width: int, *, in_bytes: bool) -> list[ProgressColumn]:
    figures = _BYTES if in_bytes else 2 * len(str(total)) + 1
    whole = Column(no_wrap=True, min_width=figures)
    shown: ProgressColumn = (
        DownloadColumn(table_column=whole) if in_bytes else MofNCompleteColumn(table_column=whole)
    )
    left = width - figures - 1 - len(what)
    if left < 0:
        return [shown]
    words = TextColumn(what, markup=False, table_column=Column(no_wrap=True, min_width=len(what)))
    if left - 1 < SHORTEST:
        return [words, shown]
    return [words, BarColumn(bar_width=min(BAR, left - 1)), shown]
