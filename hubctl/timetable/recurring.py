"""Weekly classes: bursts that come again on the same weekday at the same time, in most of the weeks.

Days on which hardly anybody came (holidays, a hub that was down) are not counted, neither for nor against a class.
"""

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hubctl.timetable.attendance import MINUTES, Attendance
from hubctl.timetable.bursts import Burst, bursts

NEAR = 25  # minutes: bursts of different weeks that are nearer are one class
SPREAD = 45  # minutes between the earliest and the latest burst of a class
SHARE = 0.5  # of the weeks in which it has to come
SHARE_SINCE = 0.75  # the same, since it came first: of a class that began late
FEWEST = 2  # times
OVER = 3  # weeks without it, and it is over
GRID = 15  # minutes on which classes begin and end
PERCENTILE = 90.0
ALIKE = 0.15  # share by which classes may differ that are written as one


@dataclass(frozen=True, kw_only=True)
class WeeklyClass:
    """A class that was found.

    Attributes:
        weekdays: From 0 for Monday.
        start: Minute of the day at which it begins.
        end: Minute at which it ends, at most midnight.
        users: The percentile over its occurrences.
        spare: The same of the sessions of others that run then.
        came: Its occurrences.
        weeks: On how many days it could have come.
        every: 1 or 2 weeks.

    """

    weekdays: tuple[int, ...]
    start: int
    end: int
    users: int
    spare: int
    came: tuple[Burst, ...]
    weeks: int
    every: int = 1


@dataclass(frozen=True, kw_only=True)
class FoundClasses:
    """The weekly classes, and the bursts that are of none."""

    classes: tuple[WeeklyClass, ...]
    left: tuple[Burst, ...]
    over: tuple[WeeklyClass, ...] = ()


def weekly_classes(
    attendance: Attendance, *, smallest: int, percentile: float, lead_minutes: float
) -> FoundClasses:
    """Find the classes.

    Args:
        attendance: Who came.
        smallest: Users of a class, at least.
        percentile: Of the users over the weeks, from 0 to 100.
        lead_minutes: How long before a class its capacity will be there: early users have to come later than that.

    """
    days = attendance.ordinary_days()
    found = [burst for day in days for burst in bursts(attendance.days[day], smallest=smallest)]
    classes: list[WeeklyClass] = []
    over: list[WeeklyClass] = []
    left: list[Burst] = []
    for weekday in range(7):
        dates = [day for day in days if day.weekday() == weekday]
        for cluster in _clusters([burst for burst in found if burst.day.weekday() == weekday]):
            kept, beside = _one_a_day(cluster)
            left += beside
            is_over = _is_over(kept, dates)
            every = _every(kept, [day for day in dates if day <= kept[-1].day] if is_over else dates)
            if every is None or (is_over and len(kept) <= FEWEST):
                left += kept
                continue
            made = _class(kept, weekday, dates, every, percentile, lead_minutes)
            (over if is_over else classes).append(made)
    return FoundClasses(
        classes=tuple(_spare_once(joined(classes))),
        left=tuple(sorted(left, key=lambda burst: (burst.day, burst.start))),
        over=tuple(over),
    )


def _clusters(found: Sequence[Burst]) -> Iterator[list[Burst]]:
    """Yield the bursts of a weekday that are near each other in time."""
    cluster: list[Burst] = []
    for burst in sorted(found, key=lambda each: each.start):
        if cluster and (burst.start - cluster[-1].start > NEAR or burst.start - cluster[0].start > SPREAD):
            yield cluster
            cluster = []
        cluster.append(burst)
    if cluster:
        yield cluster


def _one_a_day(cluster: Sequence[Burst]) -> tuple[list[Burst], list[Burst]]:
    """Return the largest burst of each day, by day, and the others."""
    largest: dict[date, Burst] = {}
    for burst in sorted(cluster, key=lambda each: each.users):
        largest[burst.day] = burst
    kept = sorted(largest.values(), key=lambda each: each.day)
    return kept, [burst for burst in cluster if burst is not largest[burst.day]]


def _every(came: Sequence[Burst], dates: Sequence[date]) -> int | None:
    """Return whether a class comes every week (1) or every second (2); None when it is not a weekly class."""
    if len(came) < FEWEST:
        return None
    share = len(came) / len(dates)
    since = [day for day in dates if day >= came[0].day]
    if len(came) > FEWEST and all(gap % 14 == 0 for gap in _gaps(came)):
        turns = [day for day in dates if (day - came[0].day).days % 14 == 0]
        return 2 if len(came) >= SHARE * len(turns) else None
    if share >= SHARE or (len(came) > FEWEST and len(came) >= SHARE_SINCE * len(since)):
        return 1
    return None


def _is_over(came: Sequence[Burst], dates: Sequence[date]) -> bool:
    """Tell whether a class of every week, or of every second one, has stopped coming."""
    fortnightly = len(came) > FEWEST and all(gap % 14 == 0 for gap in _gaps(came))
    return sum(1 for day in dates if day > came[-1].day) >= OVER * (2 if fortnightly else 1)


def _gaps(came: Sequence[Burst]) -> list[int]:
    return [(later.day - earlier.day).days for earlier, later in itertools.pairwise(came)]


def _class(
    came: Sequence[Burst],
    weekday: int,
    dates: Sequence[date],
    every: int,
    percentile: float,
    lead_minutes: float,
) -> WeeklyClass:
    start = rounded(statistics.median(burst.start for burst in came))
    # The first ones must find their place: not before the lead time, with five minutes for late instances.
    earliest = statistics.median(burst.first for burst in came) + lead_minutes - 5
    start = max(0, min(start, math.floor(earliest / 5) * 5))
    end = rounded(statistics.median(burst.end for burst in came))
    return WeeklyClass(
        weekdays=(weekday,),
        start=start,
        end=min(MINUTES, max(end, start + GRID)),
        users=max(1, math.ceil(percentile_of([burst.users for burst in came], percentile))),
        spare=math.ceil(percentile_of([burst.others for burst in came], percentile)),
        came=tuple(came),
        weeks=len(dates),
        every=every,
    )


def rounded(minute: float) -> int:
    """Return the nearest minute on which classes begin and end."""
    return math.floor(minute / GRID + 0.5) * GRID


def percentile_of(numbers: Sequence[float], percentile: float) -> float:
    """Return the percentile of numbers, interpolated between the two that it lies between."""
    ordered = sorted(numbers)
    place = (len(ordered) - 1) * percentile / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def joined(classes: Sequence[WeeklyClass]) -> list[WeeklyClass]:
    """Return classes with those of several days that are alike written as one."""
    result: list[WeeklyClass] = []
    for each in classes:
        for number, other in enumerate(result):
            if _alike(other, each):
                result[number] = replace(
                    other,
                    weekdays=(*other.weekdays, *each.weekdays),
                    end=max(other.end, each.end),
                    users=max(other.users, each.users),
                    spare=max(other.spare, each.spare),
                    came=(*other.came, *each.came),
                    weeks=other.weeks + each.weeks,
                )
                break
        else:
            result.append(each)
    return result


def _spare_once(classes: Sequence[WeeklyClass]) -> list[WeeklyClass]:
    """Return classes with the others counted once: of those at the same time the largest keeps its spare places."""
    return [
        replace(each, spare=0)
        if any(
            (other.users, -place) > (each.users, -number) and _overlap(other, each)
            for place, other in enumerate(classes)
            if place != number
        )
        else each
        for number, each in enumerate(classes)
    ]


def _overlap(one: WeeklyClass, other: WeeklyClass) -> bool:
    return bool(set(one.weekdays) & set(other.weekdays)) and one.start < other.end and other.start < one.end


def _alike(one: WeeklyClass, other: WeeklyClass) -> bool:
    return (
        one.every == other.every == 1
        and one.start == other.start
        and abs(one.end - other.end) <= GRID
        and not set(one.weekdays) & set(other.weekdays)
        and abs(one.users - other.users) <= ALIKE * max(one.users, other.users)
    )


def comes_on(each: WeeklyClass, day: date) -> bool:
    """Tell whether a class is expected on a day after those it was found in."""
    if day.weekday() not in each.weekdays:
        return False
    return each.every == 1 or (day - each.came[-1].day).days % 14 == 0


def next_monday(day: date) -> date:
    """Return the first Monday after a day."""
    return day + timedelta(days=7 - day.weekday())
