"""What happens next in a simulation: planned events, users who come, and users who try again and again.

Time is imagined: :class:`Schedule` goes from one event to the next. The users who come, a million of them perhaps, are never
all planned at once: they come from a column of times.
"""

import heapq
import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any


class Schedule:
    """Events in order of time; those of one moment in the order in which they were planned.

    At one moment, users who come are before what was planned meanwhile, and those who try again before both.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[..., object], Any]] = []
        self._numbers = itertools.count()
        self._times: Sequence[float] = ()
        self._come: Callable[[int], object] = lambda _place: None
        self._before = 0  # events planned before the users: they are first at the same moment
        self.again: Queue | None = None
        self.tries: Callable[[], object] = lambda: None  # lets the next one who tries again do so

    def users(self, times: Sequence[float], come: Callable[[int], object]) -> None:
        """Let ``come`` be called with the place of each time, which are in order."""
        self._times, self._come, self._before = times, come, next(self._numbers)

    def at(self, time: float, event: Callable[..., object], given: Any = None) -> None:
        """Plan an event, which is called with ``given`` unless that is None; one whose time has passed happens next."""
        heapq.heappush(self._events, (max(time, self.now), next(self._numbers), event, given))

    def after(self, seconds: float, event: Callable[..., object], given: Any = None) -> None:
        """Plan an event ``seconds`` from now."""
        self.at(self.now + seconds, event, given)

    def every(self, seconds: float, event: Callable[[], bool | None], *, first: float) -> None:
        """Plan an event again and again from ``first`` on, until it returns False."""
        events, numbers = self._events, self._numbers

        def turn() -> None:
            if event() is not False:
                heapq.heappush(events, (self.now + seconds, next(numbers), turn, None))

        self.at(first, turn)

    def run(self, until: float, progress: Callable[[int], object] | None = None) -> None:
        """Let everything happen up to and including ``until``; ``progress`` gets the number of users who came meanwhile."""
        events, times, come, before = self._events, self._times, self._come, self._before
        place, count, told = 0, len(times), 0
        while True:
            time = events[0][0] if events else math.inf
            user = times[place] if place < count else math.inf
            if self.again is not None and self.again.due < time and self.again.due <= user:
                if self.again.due > until:
                    break
                self.now = self.again.due
                self.tries()
            elif user <= time and not (user == time and events[0][1] < before):
                if user > until:
                    break
                self.now = user
                come(place)
                place += 1
                if progress is not None and not place % 4096:
                    progress(place - told)
                    told = place
            else:
                if time > until:
                    break
                self.now, _, event, given = heapq.heappop(events)
                if given is None:
                    event()
                else:
                    event(given)
        self.now = until
        if progress is not None:
            progress(count - told)


class Queue:
    """Users who try again, each every ``seconds`` since they came, in the order in which they do.

    While all tries are in vain they are only counted, however many they are: :meth:`sleep` until :meth:`wake`.
    """

    def __init__(self, seconds: float, attempt: Callable[[int], None]) -> None:
        self._seconds, self._attempt = seconds, attempt
        self._entries: list[tuple[float, int]] = []  # (phase, number), in order
        self._base, self._last = 0.0, (-1.0, -1)  # the round, and the last one in it who has tried
        self.due = self._next = math.inf  # due is when something is to be done: nothing while they sleep
        self._asleep, self._passed = False, 0

    def sleep(self) -> None:
        """Let all tries be in vain from now on."""
        self._asleep, self.due = True, math.inf

    def wake(self, now: float) -> int:
        """Let those who are due now or later try; return how many tries were in vain since :meth:`sleep`."""
        if not self._asleep:
            return 0
        passed = self._passed + self._skip(now)
        self._asleep, self._passed, self.due = False, 0, self._next
        return passed

    def add(self, number: int, now: float) -> None:
        """Let a user who has just tried for the first time do so again."""
        if self._asleep:
            self._passed += self._skip(math.nextafter(now, math.inf))
        entry = (now % self._seconds, number)
        place = bisect_left(self._entries, entry)
        self._entries.insert(place, entry)
        self._base, self._last = now - entry[0], entry
        self._tell(place + 1)

    def remove(self, number: int, since: float, now: float) -> None:
        """Let a user who came at ``since`` try no more."""
        if self._asleep:
            self._passed += self._skip(now)
        del self._entries[bisect_left(self._entries, (since % self._seconds, number))]
        self._tell(bisect_right(self._entries, self._last))

    def turn(self) -> None:
        """Let the next one try."""
        place = bisect_right(self._entries, self._last)
        if place == len(self._entries):
            place, self._base = 0, self._base + self._seconds
        self._last = self._entries[place]
        self._tell(place + 1)
        self._attempt(self._last[1])

    def _skip(self, until: float) -> int:
        """Pass over the tries before ``until``; return how many they are."""
        if self._next >= until:
            return 0
        phase = until % self._seconds
        base = until - phase
        rounds = round((base - self._base) / self._seconds)
        place = bisect_left(self._entries, (phase, -1))
        while place and base + self._entries[place - 1][0] >= until:
            place -= 1  # due at this very moment, as :meth:`_tell` reckons it to the last digit
        passed = place - bisect_right(self._entries, self._last)
        self._base, self._last = base, self._entries[place - 1] if place else (-1.0, -1)
        self._tell(place)
        return passed + rounds * len(self._entries)

    def _tell(self, place: int) -> None:
        """Set when the next one is due: the one at ``place``, or the first one of the next round."""
        entries = self._entries
        if place < len(entries):
            self._next = self._base + entries[place][0]
        elif entries:
            self._next = self._base + self._seconds + entries[0][0]
        else:
            self._next = math.inf
        if not self._asleep:
            self.due = self._next
