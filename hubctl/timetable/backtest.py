"""How wrong a timetable would have been: made from the earlier weeks of a file, checked against the last ones.

Nothing of the weeks that are checked is known when it is made, holidays included: what it would have cost to be wrong shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hubctl.timetable.attendance import Attendance, Day
from hubctl.timetable.bursts import AFTER, BEFORE, Burst, bursts
from hubctl.timetable.recurring import NEAR, WeeklyClass, comes_on, weekly_classes

HELD_OUT_SHARE = 4  # one week in so many is held out
FEWEST_TRAINED = 2
FEW = 0.5  # of the expected users: fewer are said


@dataclass(frozen=True, kw_only=True)
class Checked:
    """An occurrence that the timetable expected: with its planned places, and how many users came."""

    day: date
    expected: WeeklyClass
    came: int

    @property
    def planned(self) -> int:
        """Users that it was planned for."""
        return self.expected.users

    @property
    def lacking(self) -> int:
        """Places that were missing."""
        return max(0, self.came - self.planned)

    @property
    def few(self) -> bool:
        """Whether far fewer came than expected."""
        return self.came < FEW * self.planned


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What a timetable from the weeks before ``first`` would have been worth in those until ``last``.

    Attributes:
        trained: Weeks it was made from.
        weeks: Weeks it was checked on.
        first: First day that was checked.
        last: Last day.
        checked: Occurrences that it expected.
        unexpected: Classes that came without an entry.
        lead_minutes: For how long before a class its places stand ready.

    """

    trained: int
    weeks: int
    first: date
    last: date
    checked: Sequence[Checked]
    unexpected: Sequence[Burst]
    lead_minutes: float

    @property
    def few(self) -> tuple[Checked, ...]:
        """The entries to which far fewer came, or nobody."""
        return tuple(each for each in self.checked if each.few)

    @property
    def users(self) -> int:
        """How many users came to classes, expected or not."""
        return sum(each.came for each in self.checked) + sum(burst.users for burst in self.unexpected)

    @property
    def ready(self) -> int:
        """For how many of them a place would have stood ready: waits avoided."""
        return sum(min(each.came, each.planned) for each in self.checked)

    @property
    def lacking(self) -> int:
        """For how many users of expected classes there would have been no place yet."""
        return sum(each.lacking for each in self.checked)

    @property
    def unused_hours(self) -> float:
        """Hours of places that stood ready for users who did not come."""
        return sum(
            max(0, each.planned - each.came)
            * (each.expected.end - each.expected.start + self.lead_minutes)
            / 60
            for each in self.checked
        )


def held_out(weeks: int) -> int:
    """Return how many of so many weeks are held out unless somebody says so."""
    return max(1, weeks // HELD_OUT_SHARE)


def backtest(
    attendance: Attendance, *, weeks: int, smallest: int, percentile: float, lead_minutes: float
) -> Backtest:
    """Make a timetable without the last ``weeks`` and compare these with it."""
    before = attendance.between(weeks)
    found = weekly_classes(before, smallest=smallest, percentile=percentile, lead_minutes=lead_minutes)
    first = attendance.last - timedelta(days=7 * weeks - 1)
    checked: list[Checked] = []
    unexpected: list[Burst] = []
    for day in _days(first, attendance.last):
        came = attendance.days.get(day, Day(date=day))
        left = bursts(came, smallest=smallest)
        for each in found.classes:
            if comes_on(each, day):
                match = min(left, key=lambda burst: abs(burst.start - each.start), default=None)
                if match is not None and abs(match.start - each.start) <= NEAR:
                    left.remove(match)
                    checked.append(Checked(day=day, expected=each, came=match.users))
                else:
                    checked.append(Checked(day=day, expected=each, came=_arrived(came, each.start)))
        unexpected += left
    return Backtest(
        trained=before.weeks,
        weeks=weeks,
        first=first,
        last=attendance.last,
        checked=checked,
        unexpected=unexpected,
        lead_minutes=lead_minutes,
    )


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _arrived(day: Day, start: float) -> int:
    """Return how many came around a time, class or not."""
    return len(
        {
            user
            for begin, user in zip(day.begins, day.users, strict=True)
            if start - BEFORE <= begin < start + AFTER
        }
    )
