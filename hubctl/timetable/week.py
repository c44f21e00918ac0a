"""Seven days of a timetable by the clock of its zone: what takes place, what stands ready, and what is particular about them.

A picture of any kind is drawn from this; nothing here knows of columns or pixels.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from hubctl.core.errors import BadInputError
from stacks.timetable.model import Timetable
from stacks.timetable.windows import Occurrence, Window, occurrences, windows

DAYS = 7
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Week:
    """Seven days from ``first`` on; ``classes`` and ``windows`` are those that reach into them, in order of time."""

    timetable: Timetable
    first: date
    classes: Sequence[Occurrence]
    windows: Sequence[Window]

    @property
    def zone(self) -> ZoneInfo:
        """The zone by whose clock the days are shown."""
        return ZoneInfo(self.timetable.zone)

    @property
    def days(self) -> tuple[date, ...]:
        """The seven days."""
        return tuple(self.first + timedelta(days=number) for number in range(DAYS))

    @cached_property
    def bounds(self) -> tuple[datetime, datetime]:
        """When the first day begins and the last one ends, in UTC."""
        return (
            midnight(self.first, self.zone),
            midnight(self.first + timedelta(days=DAYS), self.zone),
        )

    @property
    def hours(self) -> float:
        """How long the week is: 168 hours unless clocks change."""
        start, end = self.bounds
        return (end - start).total_seconds() / 3600

    @property
    def name(self) -> str:
        """Such as 2026-W49, or the first day where that is not a Monday."""
        year, week, weekday = self.first.isocalendar()
        return f"{year}-W{week:02}" if weekday == 1 else f"from {self.first}"

    def holiday(self, day: date) -> str | None:
        """Return what a holiday is called; None where the day is none."""
        return next(
            (days.name or "holiday" for days in self.timetable.holidays if day in days),
            None,
        )

    def users_at(self, moment: datetime) -> int:
        """Return how many users all classes that take place then are expected to have."""
        return sum(each.users for each in self.classes if each.start <= moment < each.end)

    def window_at(self, moment: datetime) -> Window | None:
        """Return the window that is open then."""
        return next((each for each in self.windows if each.start <= moment < each.end), None)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins in a zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def week_of(timetable: Timetable, first: date) -> Week:
    """Return the seven days from ``first`` on."""
    begin, end = Week(timetable=timetable, first=first, classes=(), windows=()).bounds
    return Week(
        timetable=timetable,
        first=first,
        classes=occurrences(timetable, begin, end),
        windows=[each for each in windows(timetable) if each.start < end and each.end > begin],  # not cut
    )


def chosen_day(week: str | None, day: str | None, today: date) -> date:
    """Return the first day of the week that was asked for: ``2026-W49``, seven days from a date on, or this week's Monday.

    Raises:
        BadInputError: Both are given, or one is not of the calendar.

    """
    if week is not None and day is not None:
        raise BadInputError("both --week and --from are given", remedy="Give one of them.")
    if day is not None:
        try:
            return date.fromisoformat(day.strip())
        except ValueError:
            raise BadInputError(
                f"--from {day!r} is not a day of the calendar", remedy="Write it as 2026-11-30."
            ) from None
    if week is None:
        return today - timedelta(days=today.weekday())
    found = _WEEK.fullmatch(week.strip())
    try:
        if found is None:
            raise ValueError
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise BadInputError(
            f"--week {week!r} is not a week of the calendar", remedy="Write it as ISO 8601 does: 2026-W49."
        ) from None
