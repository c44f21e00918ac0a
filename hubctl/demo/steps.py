"""Numbered steps with their times, and a sign of life at least every few seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hubctl.console import Writer

QUIET_AT_MOST = 4.0  # seconds without a line


class Steps:
    """Prints the progress of a known number of steps to a console."""

    def __init__(self, console: Writer, number: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._number = number
        self._clock = clock
        self._begun = clock()
        self._step_begun = self._begun
        self._last_line = self._begun
        self._doing: Callable[[], str] = lambda: "still working"
        self.timings: list[tuple[str, float]] = []

    @contextmanager
    def step(self, title: str, doing: Callable[[], str] | None = None) -> Iterator[None]:
        """Announce a step and, when it ends well, say how long it took.

        ``doing`` is asked for what goes on whenever nothing was printed for a while.
        """
        self._step_begun = self._clock()
        self._doing = doing or (lambda: "still working")
        self._print(f"[{len(self.timings) + 1}/{self._number}] {title}", style="bold")
        yield
        seconds = self._clock() - self._step_begun
        self.timings.append((title, seconds))
        self.line(f"done, {seconds:.0f} s")

    def line(self, text: str) -> None:
        """Print a line that belongs to the current step."""
        self._print(f"      {text}")

    def tick(self) -> None:
        """Print a sign of life if there was none for a while; to be called several times a second."""
        now = self._clock()
        if now - self._last_line >= QUIET_AT_MOST:
            self.line(f"{self._doing()}, {now - self._step_begun:.0f} s")

    @property
    def total(self) -> float:
        """Seconds since the first step."""
        return self._clock() - self._begun

    def _print(self, text: str, style: str = "") -> None:
        self._console.say(text, style=style)
        self._last_line = self._clock()
