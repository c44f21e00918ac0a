"""Who came on which day, by the clock of a time zone: sessions of an arrivals file, grouped by local days.

Wall-clock time makes a class at nine o'clock one class, whatever daylight saving time does in between.
"""

import statistics
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from hubctl.core.errors import BadInputError
from hubctl.simulate.arrivals import one_server_each, read_arrivals
from hubctl.simulate.columns import Arrival

MINUTES = 24 * 60
LONGEST_DAYS = 800  # two years of a university
# A day on which fewer come than this share of what is usual on its weekday is a holiday, or a hub that was down
QUIET = 0.2
FEWEST_WEEKS = 3


@dataclass(kw_only=True)
class Day:
    """The sessions that began on a day: minutes since midnight of their beginning and end, and their users.

    ``still`` are the minutes at which sessions of earlier days ended on this one.
    """

    date: date
    begins: "array[float]" = field(default_factory=lambda: array("d"))
    ends: "array[float]" = field(default_factory=lambda: array("d"))
    users: list[str] = field(default_factory=list)
    still: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, begin: float, end: float, user: str) -> None:
        """Add a session. They come in order of time."""
        self.begins.append(begin)
        self.ends.append(end)
        self.users.append(user)

    def at(self, minute: float) -> int:
        """Return how many sessions run at a minute."""
        running = sum(1 for begin, end in zip(self.begins, self.ends, strict=True) if begin <= minute < end)
        return running + sum(1 for end in self.still if minute < end)


@dataclass(frozen=True, kw_only=True)
class Attendance:
    """The days between the first and the last arrival; ``days`` has those on which somebody came.

    ``said`` are sentences about how the file was read.
    """

    days: Mapping[date, Day]
    said: Sequence[str] = ()

    @property
    def first(self) -> date:
        """The first day."""
        return min(self.days)

    @property
    def last(self) -> date:
        """The last day."""
        return max(self.days)

    @property
    def arrivals(self) -> int:
        """How many sessions there are."""
        return sum(len(day.users) for day in self.days.values())

    def week(self, day: date) -> int:
        """Return in which week a day lies: 0 for the seven days up to the last, 1 for the seven before."""
        return (self.last - day).days // 7

    @property
    def weeks(self) -> int:
        """In how many weeks somebody came."""
        return len({self.week(day) for day in self.days})

    def between(self, newest: int, oldest: int | None = None) -> "Attendance":
        """Return the weeks from ``oldest`` (by default the first there is) to ``newest``."""
        kept = {
            day: sessions
            for day, sessions in self.days.items()
            if newest <= self.week(day) and (oldest is None or self.week(day) <= oldest)
        }
        return Attendance(days=kept, said=self.said)

    def ordinary_days(self) -> tuple[date, ...]:
        """Return the days on which about as many came as is usual on that weekday: neither holidays nor gaps."""
        by_weekday: dict[int, list[int]] = {}
        for day, sessions in self.days.items():
            by_weekday.setdefault(day.weekday(), []).append(len(sessions.users))
        usual = {weekday: statistics.median(numbers) for weekday, numbers in by_weekday.items()}
        return tuple(
            day
            for day, sessions in sorted(self.days.items())
            if len(sessions.users) >= QUIET * usual[day.weekday()]
        )


def read_attendance(file: Path, zone: ZoneInfo, *, local_times: bool = False) -> Attendance:
    """Read a file of arrivals; ``local_times`` takes time stamps without a zone as times of ``zone``, not as UTC.

    Raises:
        BadInputError: The file cannot be read, has mistakes, or does not say on which days users came.

    """
    found = read_arrivals(file, longest_days=LONGEST_DAYS)
    if found.start is None:
        raise BadInputError(
            f"{file}: its time stamps are seconds from the start, which do not say on which days users came",
            remedy="Write time stamps as 2026-11-02T09:00:00, or as seconds since 1970.",
        )
    if found.zoned and local_times:
        raise BadInputError(
            f"{file}: its time stamps say their time zone, so --local-times does not fit them",
            remedy="Leave --local-times out.",
        )
    arrivals = one_server_each(found.arrivals)
    said = list(found.said)
    if joined := len(found.arrivals) - len(arrivals):
        said.append(f"{joined} of {len(found.arrivals)} arrivals are of users whose server still ran: joined")
    if not found.zoned and not local_times and zone.key != "UTC":
        said.append(
            "the time stamps name no time zone: taken as UTC; with --local-times they are times of "
            f"{zone.key}"
        )
    return Attendance(days=by_day(arrivals, found.start, UTC if local_times else zone), said=said)


def by_day(arrivals: Iterable[Arrival], start: float, zone: tzinfo) -> dict[date, Day]:
    """Return the sessions by local day; ``arrivals`` are in order of time, which begins at ``start`` since 1970."""
    days: dict[date, Day] = {}
    for arrival in arrivals:
        begins = datetime.fromtimestamp(start + arrival.time, zone)
        today = begins.date()
        minute = begins.hour * 60 + begins.minute + begins.second / 60
        end = minute + arrival.duration / 60
        day = days.get(today)
        if day is None:
            day = days[today] = Day(date=today)
        day.add(minute, end, arrival.user)
        while end > MINUTES:
            today, end = today + timedelta(days=1), end - MINUTES
            days.setdefault(today, Day(date=today)).still.append(end)
    return {today: day for today, day in days.items() if day.users}  # others are reached by sessions only
