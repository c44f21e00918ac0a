"""A timetable from what happened: weekly classes that are found in arrivals, as the file that `timetable` names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo, available_timezones

import yaml

from hubctl.core.errors import BadInputError
from hubctl.timetable.attendance import FEWEST_WEEKS, Attendance
from hubctl.timetable.backtest import FEWEST_TRAINED, Backtest, backtest, held_out
from hubctl.timetable.recurring import FoundClasses, WeeklyClass, next_monday, weekly_classes
from stacks.settings.text_files import shown
from stacks.timetable.values import zone_problem

LEAD_MINUTES = 15  # of the timetable that is made: who came early is known, and capacity is up for them
TERM_WEEKS = 16
SHORTEST_TERM_DAYS, LONGEST_TERM_DAYS = 14, 400  # the longest that a timetable takes
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class SuggestionRequest:
    """How a timetable is made.

    Attributes:
        zone: Its time zone.
        smallest: Users of a class, at least.
        percentile: Of a class's users over the weeks.
        weeks: How many of the last weeks are looked at; None for all.
        held_out: How many of them check it; None for a quarter.
        first: First day of its term; None for the Monday after the last arrival.
        last: Last day of its term; None for 16 weeks.

    """

    zone: ZoneInfo
    smallest: int
    percentile: float
    weeks: int | None = None
    held_out: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What was found, over which weeks, for which term, and how wrong it would have been."""

    request: SuggestionRequest
    attendance: Attendance
    found: FoundClasses
    term: tuple[date, date]
    backtest: Backtest


def chosen_zone(name: str) -> ZoneInfo:
    """Return a time zone; raise BadInputError for a name that is none."""
    if name in available_timezones() and (problem := zone_problem(name)):
        raise BadInputError(
            f"--time-zone {shown(name)}: {problem.partition('; ')[0]}",
            remedy="Give the name of a place, such as Europe/Berlin, or UTC.",
        )
    if name not in available_timezones():
        wanted = name.lower().replace(" ", "_")
        near = sorted(zone for zone in available_timezones() if wanted and wanted in zone.lower())
        raise BadInputError(
            f"--time-zone {shown(name)} is not a time zone",
            remedy=f"Did you mean {' or '.join(near[:3])}?"
            if near
            else "Give one such as Europe/Berlin or America/New_York.",
        )
    return ZoneInfo(name)


def suggested(attendance: Attendance, request: SuggestionRequest) -> Suggestion:
    """Find the weekly classes, and check them against the last weeks.

    Raises:
        BadInputError: There are too few weeks, no weekly class is found, or the term is not one.

    """
    kept = attendance if request.weeks is None else attendance.between(0, request.weeks - 1)
    if kept.weeks < FEWEST_WEEKS:
        raise BadInputError(
            f"the arrivals lie in {_weeks(kept.weeks)} ({kept.first} to {kept.last}): what comes every week is seen in "
            f"{FEWEST_WEEKS} or more, and one of them has to check it",
            remedy="Give arrivals of more weeks"
            + (", or a larger --weeks." if request.weeks is not None else "."),
        )
    checked = held_out(kept.weeks) if request.held_out is None else request.held_out
    if kept.between(checked).weeks < FEWEST_TRAINED if kept.week(kept.first) >= checked else True:
        raise BadInputError(
            f"--held-out {checked} leaves fewer than {FEWEST_TRAINED} of {_weeks(kept.weeks)} to find classes in",
            remedy=f"Give a smaller --held-out; by default it is {held_out(kept.weeks)}.",
        )
    found = weekly_classes(
        kept, smallest=request.smallest, percentile=request.percentile, lead_minutes=LEAD_MINUTES
    )
    if not found.classes:
        raise BadInputError(_nothing(kept, found, request), remedy=_lower(found, request))
    return Suggestion(
        request=request,
        attendance=kept,
        found=found,
        term=_term(kept, request),
        backtest=backtest(
            kept,
            weeks=checked,
            smallest=request.smallest,
            percentile=request.percentile,
            lead_minutes=LEAD_MINUTES,
        ),
    )


def _weeks(number: int) -> str:
    return "1 week" if number == 1 else f"{number} weeks"


def _nothing(kept: Attendance, found: FoundClasses, request: SuggestionRequest) -> str:
    said = (
        f"no weekly class of {request.smallest} or more users is found in {kept.arrivals} arrivals of {_weeks(kept.weeks)} "
        f"({kept.first} to {kept.last})"
    )
    if found.over:
        said += f"; {len(found.over)} ended before the last weeks"
    if found.left:
        largest = max(found.left, key=lambda burst: burst.users)
        times = "once" if len(found.left) == 1 else f"{len(found.left)} times"
        said += (
            f"; {times} many came together, but not every week, the most on {largest.day} at "
            f"{clock(round(largest.start))}: {largest.users}"
        )
    return said


def _lower(found: FoundClasses, request: SuggestionRequest) -> str:
    if found.left or found.over:
        return "Write the classes that you know of by hand: docs/how-to/timetable.md."
    return f"Look for smaller ones with --smallest {max(2, request.smallest // 2)}, or give arrivals of more weeks."


def _term(kept: Attendance, request: SuggestionRequest) -> tuple[date, date]:
    first = next_monday(kept.last) if request.first is None else request.first
    last = first + timedelta(weeks=TERM_WEEKS, days=-1) if request.last is None else request.last
    days = (last - first).days + 1
    wrong = next(
        (
            problem
            for problem, found in (
                ("ends before it begins", days < 1),
                (
                    f"is shorter than {SHORTEST_TERM_DAYS} days, in which each class comes",
                    days < SHORTEST_TERM_DAYS,
                ),
                (f"is longer than {LONGEST_TERM_DAYS} days", days > LONGEST_TERM_DAYS),
            )
            if found
        ),
        None,
    )
    if wrong:
        raise BadInputError(
            f"the term from {first} to {last} {wrong}", remedy="Give other days with --from and --until."
        )
    return first, last


def clock(minute: int) -> str:
    """Return a minute of the day as a time."""
    return f"{minute // 60:02}:{minute % 60:02}"


def class_name(each: WeeklyClass) -> str:
    """Return what a class is called, until somebody gives it its name."""
    return "-".join([*(WEEKDAYS[weekday] for weekday in each.weekdays), clock(each.start).replace(":", "")])


def dates_of(each: WeeklyClass, term: tuple[date, date]) -> list[date]:
    """Return the days of a class of every second week in a term."""
    first, last = term
    behind = (first - each.came[-1].day).days % 14
    day = first + timedelta(days=(14 - behind) % 14)
    return [day + timedelta(days=14 * turn) for turn in range(((last - day).days // 14) + 1)]


def as_yaml(suggestion: Suggestion, source: str) -> str:
    """Return the file: with what it was made from above it, and what each entry was seen as beside it."""
    request, kept = suggestion.request, suggestion.attendance
    first, last = suggestion.term
    lines = [
        f"# Made by `hubctl timetable suggest` from {source}: {kept.arrivals} arrivals, {kept.first} to {kept.last}.",
        f"# Users are the {request.percentile:g}th percentile over the weeks. Names, term and holidays are yours to set right.",
        f"zone: {request.zone.key}",
        f"lead_minutes: {LEAD_MINUTES}",
        "terms:",
        f"  suggested: {{first: {first}, last: {last}}}",
        "classes:",
    ]
    for each in suggestion.found.classes:
        lines += _entry(each, suggestion.term)
    return "\n".join(lines) + "\n"


def _entry(each: WeeklyClass, term: tuple[date, date]) -> Sequence[str]:
    users = sorted(burst.users for burst in each.came)
    days = (
        f"days: [{', '.join(WEEKDAYS[weekday] for weekday in each.weekdays)}]"
        if each.every == 1
        else f"dates: [{', '.join(map(str, dates_of(each, term)))}]"
    )
    return [
        f"  - name: {class_name(each)} # came {len(each.came)} of {each.weeks} times, {users[0]} to {users[-1]} users",
        f"    {days}",
        f'    start: "{clock(each.start)}"',
        f'    end: "{clock(each.end)}"',
        f"    users: {each.users}",
        *([f"    spare: {each.spare} # others who work then"] if each.spare else []),
    ]


def loaded(text: str) -> object:
    """Return the content of the file, as programs read it."""
    content: object = yaml.safe_load(text)
    return content
