"""Imagined time: what happens next, and nothing in between."""

import heapq
import itertools
from collections.abc import Callable


class Schedule:
    """Events in order of time; those of one moment in the order in which they were planned."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def at(self, time: float, event: Callable[[], object]) -> None:
        """Plan an event; one whose time has passed happens next."""
        heapq.heappush(self._events, (max(time, self.now), next(self._numbers), event))

    def after(self, seconds: float, event: Callable[[], object]) -> None:
        """Plan an event ``seconds`` from now."""
        self.at(self.now + seconds, event)

    def every(self, seconds: float, event: Callable[[], bool | None], *, first: float) -> None:
        """Plan an event again and again from ``first`` on, until it returns False."""

        def turn() -> None:
            if event() is not False:
                self.after(seconds, turn)

        self.at(first, turn)

    def run(self, until: float) -> None:
        """Let everything happen up to and including ``until``."""
        while self._events and self._events[0][0] <= until:
            self.now, _, event = heapq.heappop(self._events)
            event()
        self.now = until
