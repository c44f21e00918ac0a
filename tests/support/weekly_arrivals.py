"""Made-up users over weeks: classes that come every week, and others who come at any time."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hubctl.simulate.columns import Arrival
from hubctl.timetable.attendance import Attendance, by_day

FIRST = date(2026, 9, 7)  # a Monday; clocks in Europe go back on 25 October
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, kw_only=True)
class MadeClass:
    """A class: weekday (0 is Monday), minutes of the day, users, and of which weeks it is."""

    weekday: int
    start: int
    end: int
    users: int
    attendance: tuple[float, float] = (0.9, 1.0)
    minutes: float = 4.0  # by which arrivals scatter
    comes: Callable[[int], bool] = lambda _: True


def made_arrivals(
    classes: Sequence[MadeClass],
    *,
    seed: int = 1,
    weeks: int = 10,
    others: int = 40,
    zone: ZoneInfo = BERLIN,
    quiet: Sequence[date] = (),
    missing: Sequence[int] = (),
) -> list[Arrival]:
    """Return arrivals in order of time, which counts from 1970.

    ``others`` come on a working day, ``quiet`` days are holidays, and of the ``missing`` weeks nothing is known.
    """
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    arrivals = []
    for number in range(weeks * 7):
        week, day = number // 7, FIRST + timedelta(days=number)
        if week in missing:
            continue
        holiday = day in quiet
        came = 2 if holiday else others if day.weekday() < 5 else others // 6
        for _ in range(came):
            minute, user = dice.triangular(420, 1320, 630), f"r{dice.randrange(300)}"
            arrivals.append(_arrival(day, minute, min(36_000, dice.lognormvariate(8.5, 0.9)), user, zone))
        for place, each in enumerate(classes):
            if holiday or each.weekday != day.weekday() or not each.comes(week):
                continue
            for student in range(round(each.users * dice.uniform(*each.attendance))):
                begin = max(0.0, dice.gauss(each.start, each.minutes))
                end = max(begin + 1, dice.gauss(each.end, 4))
                arrivals.append(_arrival(day, begin, (end - begin) * 60, f"c{place}-{student}", zone))
    return sorted(arrivals)


def _arrival(day: date, minute: float, seconds: float, user: str, zone: ZoneInfo) -> Arrival:
    whole = int(minute * 60)
    local = datetime(day.year, day.month, day.day, whole // 3600, whole // 60 % 60, whole % 60, tzinfo=zone)
    return Arrival(time=local.timestamp(), user=user, duration=round(seconds))


def attendance_of(arrivals: Sequence[Arrival], zone: ZoneInfo = BERLIN) -> Attendance:
    """Return arrivals as the command groups them."""
    return Attendance(days=by_day(arrivals, 0, zone))


def written(arrivals: Sequence[Arrival], file: Path, zone: ZoneInfo | None = None) -> Path:
    """Write arrivals as a CSV file, with time stamps in UTC that say so, or of a zone that they do not name."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("timestamp", "user", "duration"))
    for each in arrivals:
        moment = datetime.fromtimestamp(each.time, zone or UTC)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S}{'' if zone else 'Z'}"
        rows.writerow((stamp, each.user, f"{each.duration:g}"))
    file.write_text(text.getvalue(), encoding="utf-8")
    return file
