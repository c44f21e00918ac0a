"""Where hubctl writes: results to standard output, progress and errors to standard error.

Sentences are wrapped at words, to the width of the terminal; where there is no terminal, to 80 columns. What somebody may paste
is never broken: a word, an address, a path, a command between backticks. JSON is written as it is.

Rich honours ``NO_COLOR`` and drops colour and animation when the stream is not a terminal.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from rich.cells import cell_len
from rich.console import Console, ConsoleDimensions
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
from rich.table import Column
from rich.text import Text

from stacks.settings.text_files import without_long_words

WIDTH, HEIGHT = 80, 25  # where there is no terminal
NARROWEST = 20
_BLANK = r"[^\S\u00a0\u2007\u202f]"  # at which a line may end: not at the blanks that exist to prevent it
_WORD = re.compile(rf"({_BLANK}*)((?:`[^`\n]+`|(?!{_BLANK}).)+)", re.DOTALL)  # with the blanks before it
_BULLET = re.compile(r"\s*(?:(?:[-*>→]|\d+\.) )?")
BAR = 40  # columns, where there is room
SHORTEST = 5  # columns below which a bar tells nothing
_BYTES = len("999.9/999.9 MB")


class Writer(Console):
    """A stream of sentences, lines to paste and tables; ``file`` and ``width`` are for tests."""

    def __init__(
        self, *, stderr: bool = False, file: IO[str] | None = None, width: int | None = None, **more: Any
    ) -> None:
        super().__init__(stderr=stderr, file=file, highlight=False, markup=False, emoji=False, **more)
        self._chosen = width
        self.clean: Callable[[str], str] = lambda text: text

    @contextlib.contextmanager
    def cleaning(self, clean: Callable[[str], str]) -> Iterator[None]:
        """Have ``clean`` pass everything that is said, pasted or put into tables meanwhile, such as to hide secrets."""
        before, self.clean = self.clean, clean
        try:
            yield
        finally:
            self.clean = before

    @property
    def size(self) -> ConsoleDimensions:
        """The columns of ``COLUMNS`` or of this stream's own terminal, and the lines."""
        columns, lines = WIDTH, HEIGHT
        if self.is_terminal:
            with contextlib.suppress(OSError, ValueError):  # colour may be forced on what is not a terminal
                columns, lines = os.get_terminal_size(self.file.fileno())
        wanted = os.environ.get("COLUMNS", "")
        columns = self._chosen or (int(wanted) if wanted.isdecimal() else 0) or columns or WIDTH
        return ConsoleDimensions(max(columns, NARROWEST), lines or HEIGHT)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._chosen = new_size[0]

    def say(
        self, text: str = "", *, style: str = "", label: str | Text = "", hang: int | None = None
    ) -> None:
        """Write sentences, each line of ``text`` wrapped at words.

        ``label`` stands before the first line. What is wrapped goes on below the line's own beginning, or ``hang`` columns in.
        """
        named = label if isinstance(label, Text) else Text(label)
        for number, line in enumerate(self.clean(text).split("\n")):
            before = named if number == 0 else Text()
            shown = Text("\n".join(wrapped(line, self.width, label=before.plain, hang=hang)), style=style)
            shown.stylize(before.style, 0, len(before))
            for span in before.spans:
                shown.stylize(span.style, span.start, span.end)
            self.print(shown, soft_wrap=True)

    def paste(self, line: str, *, indent: int = 0) -> None:
        """Write a line that somebody or something will read as it is: a command, a path, a document."""
        self.print(Text(" " * indent + self.clean(line)), soft_wrap=True)

    def draw(self, line: Text) -> None:
        """Write a line of a picture, which was made for the width of the console."""
        self.print(line, soft_wrap=True)


def wrapped(text: str, width: int, *, label: str = "", hang: int | None = None) -> list[str]:
    """Return one line of text as lines that fit ``width``; a word that is longer stands alone on its line.

    Widths are columns of the terminal, not letters: a Chinese or Japanese letter takes two.
    """
    beginning = _BULLET.match(text)
    start = beginning[0].expandtabs() if beginning else ""
    below = " " * (cell_len(label + start) if hang is None else hang)
    lines = [f"{label}{start}"]
    broken = _WORD.findall(text, beginning.end() if beginning else 0)
    for number, (blanks, word) in enumerate(broken):
        longer = f"{lines[-1]}{blanks.expandtabs()}{word}"
        if number == 0 or cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(below + word)
    return lines if broken else [lines[0].rstrip()]


def say_error(message: str, remedy: str) -> None:
    """Say what is wrong and what to do next, on standard error."""
    err.say(without_long_words(message), label=Text("error: ", style="red"))
    for line in remedy.split("\n"):
        err.say(f"       {line}" if line else "")


out = Writer()


err = Writer(stderr=True)


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
    left = width - figures - 1 - cell_len(what)
    if left < 0:
        return [shown]
    words = TextColumn(what, markup=False, table_column=Column(no_wrap=True, min_width=cell_len(what)))
    if left - 1 < SHORTEST:
        return [words, shown]
    return [words, BarColumn(bar_width=min(BAR, left - 1)), shown]
