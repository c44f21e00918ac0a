"""From a timetable to moments: when each class meets, and how many places have to be up at any time.

Windows are a step function in UTC. A place that a class needs is up from the lead time before its start until its end.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from stacks.timetable.model import Timetable, instant

# Capacity that would go down and come back within that time stays up: an instance needs longer to leave and to return
SHORTEST_DIP = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One meeting of a class, from ``start`` to ``end`` in UTC."""

    name: str
    start: datetime
    end: datetime
    users: int
    spare: int = 0
    environment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Window:
    """A time, in UTC, at which places for ``users`` and ``spare`` more have to be up, for the classes of ``names``."""

    start: datetime
    end: datetime
    users: int
    spare: int
    names: tuple[str, ...]


class _Level:
    """A step function: each value holds from its moment until the next one; before the first it is 0."""

    def __init__(self, changes: Mapping[datetime, int]) -> None:
        self.moments = sorted(changes)
        self._values = list(accumulate(changes[moment] for moment in self.moments))

    def at(self, moment: datetime) -> int:
        """Return the value at a moment."""
        number = bisect_right(self.moments, moment)
        return self._values[number - 1] if number else 0

    def most_until(self, later: timedelta) -> "_Level":
        """Return the function whose value is the most that this one is from a moment until ``later``."""
        return self._extreme(max, timedelta(), later)

    def least_since(self, earlier: timedelta) -> "_Level":
        """Return the function whose value is the least that this one was since ``earlier``."""
        return self._extreme(min, earlier, timedelta())

    def _extreme(self, pick: Callable[[list[int]], int], before: timedelta, after: timedelta) -> "_Level":
        changes, last = {}, 0
        for edge in sorted({each for moment in self.moments for each in (moment - after, moment + before)}):
            low = bisect_right(self.moments, edge - before)
            high = bisect_right(self.moments, edge + after)
            value = pick([self._values[low - 1] if low else 0, *self._values[low:high]])
            if value != last:
                changes[edge] = value - last
            last = value
        return _Level(changes)


def occurrences(
    timetable: Timetable, first: datetime | None = None, last: datetime | None = None
) -> tuple[Occurrence, ...]:
    """Return the meetings that are under way between ``first`` and ``last``, by start; all of them without these."""
    found = [
        each
        for each in _all(timetable)
        if (first is None or each.end > first) and (last is None or each.start < last)
    ]
    return tuple(sorted(found, key=lambda each: (each.start, each.end, each.name)))


def windows(
    timetable: Timetable, first: datetime | None = None, last: datetime | None = None
) -> tuple[Window, ...]:
    """Return when how many places have to be up, in order and without overlap; between them it is none.

    Classes that meet at the same time add up. The lead time of a class does not add to what the classes before it need:
    their places are free when it begins. Short dips between classes are filled. With ``first`` and ``last``, those parts
    of the windows that lie between them.
    """
    lead = timedelta(minutes=timetable.lead_minutes)
    found = occurrences(timetable)
    users, spare = _need(found, "users", lead), _need(found, "spare", lead)
    steps = [
        Window(start=start, end=end, users=users.at(start), spare=spare.at(start), names=())
        for start, end in pairwise(sorted({*users.moments, *spare.moments}))
        if users.at(start) or spare.at(start)
    ]
    return tuple(_cut(_named(steps, found, lead), first, last))


def _all(timetable: Timetable) -> Iterator[Occurrence]:
    for entry in timetable.classes:
        zone = timetable.zone_of(entry)
        for day in timetable.dates_of(entry):
            start, end = instant(day, entry.start, zone), instant(day, entry.end, zone, latest=True)
            if end <= start:  # clocks are set forward within it
                end = start + timedelta(minutes=entry.end.minutes - entry.start.minutes)
            yield Occurrence(
                name=entry.name,
                start=start,
                end=end,
                users=entry.users,
                spare=entry.spare,
                environment=entry.environment,
            )


def _need(found: Sequence[Occurrence], key: str, lead: timedelta) -> _Level:
    """Return the level of ``users`` or ``spare``: the sum of the classes under way, up early and without short dips."""
    changes: Counter[datetime] = Counter()
    for each in found:
        changes[each.start] += getattr(each, key)
        changes[each.end] -= getattr(each, key)
    return _Level(changes).most_until(lead).most_until(SHORTEST_DIP).least_since(SHORTEST_DIP)


def _named(steps: Sequence[Window], found: Sequence[Occurrence], lead: timedelta) -> Iterator[Window]:
    """Yield the windows with the classes that they are for; those of a filled dip are the classes on both sides."""
    starts = [each.start for each in found]
    longest = max((each.end - each.start for each in found), default=timedelta())
    named: list[frozenset[str]] = []
    for step in steps:
        near = found[bisect_left(starts, step.start - longest) : bisect_left(starts, step.end + lead)]
        named.append(
            frozenset(each.name for each in near if each.start - lead < step.end and each.end > step.start)
        )
    for step, before, names, after in zip(
        steps, [frozenset(), *named], named, [*named[1:], frozenset()], strict=False
    ):
        yield replace(step, names=tuple(sorted(names or before | after)))


def _cut(found: Iterable[Window], first: datetime | None, last: datetime | None) -> Iterator[Window]:
    for window in found:
        start = max(window.start, first) if first else window.start
        end = min(window.end, last) if last else window.end
        if start < end:
            yield replace(window, start=start, end=end)
