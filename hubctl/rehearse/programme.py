"""What a rehearsal plays: who comes when, how long they stay, and when the timetable has capacity ready.

All times are seconds of AWS since the beginning of the rehearsal. The next meeting of the class is rehearsed; how many are
expected is scaled with how many come, so that a class of 100 can be rehearsed by 12.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hubctl.core.errors import BadInputError
from hubctl.rehearse.roster import RosterRow
from hubctl.simulate.schedules import instances_for
from stacks.timetable.actions import scheduled_actions
from stacks.timetable.model import Timetable
from stacks.timetable.spare_runs import spare_runs
from stacks.timetable.windows import Occurrence, Window, occurrences, windows

SPREAD_SECONDS = 240.0  # without a roster: as the scenario class-of-100 has it
BEFORE_SECONDS = 120.0  # from the beginning of a rehearsal to the first thing that happens
WITHOUT_TIMETABLE_SECONDS = 1200.0  # how long the class lasts where neither file says it
HORIZON = timedelta(days=400)
MOST_USERS = 30


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A user who comes ``at`` and stays for ``duration``, both in seconds of AWS."""

    user: str
    at: float
    duration: float


@dataclass(frozen=True, kw_only=True)
class CapacityStep:
    """A scheduled action of the stack: from ``at`` on the group has at least so many instances."""

    at: float
    instances: int
    name: str


@dataclass(frozen=True, kw_only=True)
class SpareTime:
    """When the timetable wants ``places`` kept free: from ``at`` on, for so many ``seconds``."""

    at: float
    seconds: float
    places: int


@dataclass(frozen=True, kw_only=True)
class Programme:
    """The whole of it. ``begins`` is the class's beginning; ``steps`` is empty for a class that was not announced.

    ``expected`` is what the timetable says, scaled to the users who come; ``spare`` and ``spare_times`` are not scaled.
    """

    name: str
    begins: float
    ends: float
    guests: tuple[Guest, ...]
    steps: tuple[CapacityStep, ...] = ()
    spare_times: tuple[SpareTime, ...] = ()
    expected: int = 0
    spare: int = 0
    meets: str = ""


def make_programme(
    *,
    roster: Sequence[RosterRow],
    timetable: Timetable | None,
    announced: bool,
    chosen: str,
    users: int | None,
    places: int,
    spare: int,
    smallest: int,
    seed: int,
    now: datetime,
) -> Programme:
    """Return what is played; raise BadInputError where it cannot be.

    Args:
        roster: Who comes; made up where it is empty.
        timetable: Gives the class and its capacity; without one the class begins after two minutes.
        announced: Whether the timetable's capacity is ready, or only its times are taken.
        chosen: The class's name, empty for the one that meets next.
        users: How many of the roster come; without one, or with fewer than it has, a sample.
        places: How many users one instance holds.
        spare: Places that are kept free in any case.
        smallest: The group's smallest size without the timetable.
        seed: Decides the sample, and arrivals that are made up.
        now: From when on a meeting is looked for.

    """
    meeting = next_meeting(timetable, chosen, now) if timetable else None
    rows = [row for row in roster if not (chosen and row.group) or row.group == chosen]
    if roster and not rows:
        raise BadInputError(
            f"the roster has nobody of the class {chosen}",
            remedy=f"Its classes are {', '.join(sorted({row.group for row in roster}))}.",
        )
    whole = len(rows) or (meeting.users if meeting else users or 0)
    count = users or whole
    _check_count(count, len(rows))
    dice = random.Random(f"rehearsal {seed}")  # noqa: S311 - nothing secret
    length = (meeting.end - meeting.start).total_seconds() if meeting else WITHOUT_TIMETABLE_SECONDS
    began = _seconds_of_day(meeting, timetable)
    arrivals = _arrivals(rows, count, began, length, dice)
    share = count / whole
    steps: list[CapacityStep] = []
    spare_times: list[SpareTime] = []
    expected = ahead = 0
    if meeting is not None and announced and timetable is not None:
        expected, ahead = math.ceil(meeting.users * share), max(meeting.spare, spare)
        found = windows(timetable, meeting.start - timedelta(minutes=timetable.lead_minutes), meeting.end)
        steps = _steps(found, timetable.zone, meeting, share=share, places=places, smallest=smallest)
        spare_times = _spare_times(found, meeting)
    first = min([0.0, *(arrival.at for arrival in arrivals), *(step.at for step in steps)])
    shift = BEFORE_SECONDS - first
    return Programme(
        name=meeting.name if meeting else "class",
        begins=shift,
        ends=shift + length,
        guests=tuple(replace(one, at=one.at + shift) for one in arrivals),
        steps=tuple(replace(step, at=step.at + shift) for step in steps),
        spare_times=tuple(replace(each, at=each.at + shift) for each in spare_times),
        expected=expected,
        spare=ahead,
        meets=meeting.start.isoformat(timespec="minutes") if meeting else "",
    )


def next_meeting(timetable: Timetable, chosen: str, now: datetime) -> Occurrence:
    """Return the next meeting of the class, or of any where none is chosen; raise BadInputError where there is none."""
    names = sorted({each.name for each in timetable.classes})
    if chosen and chosen not in names:
        raise BadInputError(
            f"--class {chosen}: the timetable has no such class", remedy=f"It has {', '.join(names)}."
        )
    for each in occurrences(timetable, now, now + HORIZON):
        if each.start > now and (not chosen or each.name == chosen):
            return each
    raise BadInputError(
        f"{chosen or 'no class of the timetable'} {'does not meet' if chosen else 'meets'} within the next 400 days",
        remedy="Give a timetable whose classes still meet.",
    )


def _check_count(count: int, there: int) -> None:
    if there and count > there:
        raise BadInputError(
            f"--users {count}: the roster has {there}", remedy=f"Give at most {there}, or a longer roster."
        )
    if not 1 <= count <= MOST_USERS:
        said = "no users are given" if count < 1 else f"{count} users are more than one machine can play"
        raise BadInputError(
            said, remedy=f"Give --users from 1 to {MOST_USERS}; the simulator takes any number."
        )


def _seconds_of_day(meeting: Occurrence | None, timetable: Timetable | None) -> float:
    if meeting is None or timetable is None:
        return 9 * 3600.0
    entry = next(each for each in timetable.classes if each.name == meeting.name)
    local = meeting.start.astimezone(timetable.zone_of(entry))
    return local.hour * 3600.0 + local.minute * 60.0 + local.second


def _arrivals(
    rows: Sequence[RosterRow], count: int, began: float, length: float, dice: random.Random
) -> list[Guest]:
    """Return the guests, with times relative to the class's beginning."""
    found: list[tuple[str, float, float | None]]
    if not rows:
        found = [
            (f"student-{number + 1:02}", round(dice.gauss(0, SPREAD_SECONDS)), None)
            for number in range(count)
        ]
    else:
        sample = sorted(dice.sample(range(len(rows)), count))
        found = [(rows[number].user, rows[number].after(began), rows[number].duration) for number in sample]
    guests = []
    for user, at, duration in found:
        stays = length - at if duration is None else duration
        guests.append(Guest(user=user, at=at, duration=max(60.0, stays)))
    return sorted(guests, key=lambda one: (one.at, one.user))


def _steps(
    found: Sequence[Window],
    zone: str,
    meeting: Occurrence,
    *,
    share: float,
    places: int,
    smallest: int,
) -> list[CapacityStep]:
    """Return the scheduled actions that the stack makes of the meeting, relative to its beginning."""
    steps = []
    for action in scheduled_actions(found, zone):
        needed = instances_for(math.ceil(action.users * share), action.spare, places)
        steps.append(
            CapacityStep(
                at=(action.first - meeting.start).total_seconds(),
                instances=max(smallest, needed),
                name=action.name,
            )
        )
    return steps


def _spare_times(found: Sequence[Window], meeting: Occurrence) -> list[SpareTime]:
    """Return when the stack has the hub keep places free for the meeting, relative to its beginning."""
    return [
        SpareTime(
            at=(run.start - meeting.start).total_seconds(), seconds=run.minutes * 60.0, places=run.spare
        )
        for run in spare_runs(found)
    ]
