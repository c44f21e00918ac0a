"""What to know about a week of the timetable: classes that do not fit, actions that may come late, and what ends soon."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hubctl.simulate.model import DEFAULTS
from hubctl.timetable.capacity import StackWeek
from hubctl.timetable.week import DAYS, Week
from stacks.timetable.model import Timetable
from stacks.timetable.windows import Window, occurrences

# "the action might be delayed for up to two minutes from the scheduled start time":
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
LATE = timedelta(minutes=2)
SOON = timedelta(weeks=3)
MOST_NAMED = 3
AHEAD = timedelta(days=400)  # as far as scheduled actions are made


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something to know: what kind of thing, which stack it concerns (if only one), and a sentence with the remedy."""

    kind: str
    sentence: str
    stack: str | None = None


def remarks(week: Week, stacks: Sequence[StackWeek], today: date) -> list[Remark]:
    """Return everything that is to be said of a week, what is wrong first."""
    found = [remark for stack in stacks for remark in (*_too_large(stack), *_refused(stack), *_late(stack))]
    return [*found, *_near(week), *_clocks(week), *_ending(week, today)]


def left_out(problems: Mapping[str, str]) -> list[Remark]:
    """Return which stacks are not shown, and why."""
    return [
        Remark(kind="not shown", stack=name, sentence=f"it is not shown, as {problem}")
        for name, problem in problems.items()
    ]


def moment(week: Week, at: datetime) -> str:
    """Return a moment as it is said: the day and the time by the week's clock."""
    local = at.astimezone(week.zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def _too_large(stack: StackWeek) -> Iterator[Remark]:
    larger = [window for window in stack.week.windows if stack.needed(window) > stack.largest]
    if larger:
        most = max(map(stack.needed, larger))
        yield Remark(
            kind="larger than the group",
            stack=stack.name,
            sentence=f"the group has at most {stack.largest} instances with {stack.largest * stack.model.places} places, too "
            f"few for {_named(stack, larger)}: set {_variable(stack, 'max_size')} to {most}, or choose a larger "
            f"{_variable(stack, 'instance_type')}",
        )


def _named(stack: StackWeek, found: Sequence[Window]) -> str:
    """Name the classes of windows, with the most users that each of these has; the largest first."""
    largest = sorted(found, key=lambda window: -window.users)
    texts = [
        f"{' and '.join(window.names)} ({moment(stack.week, window.start)}, {window.users} users)"
        for window in largest[:MOST_NAMED]
    ]
    more = len(found) - len(texts)
    return ", ".join([*texts, *([f"and {more} more"] if more > 0 else [])])


def _variable(stack: StackWeek, name: str) -> str:
    return name if stack.model.kind == "lab" else f"worker_{name}"


def _refused(stack: StackWeek) -> Iterator[Remark]:
    limits = {"hub_max_users": stack.model.max_users, "hub_max_cluster_memory_gib": stack.model.max_servers}
    for name, limit in limits.items():
        over = [window for window in stack.week.windows if limit is not None and window.users > limit]
        if over:
            yield Remark(
                kind="more users than the hub takes",
                stack=stack.name,
                sentence=f"{name} lets {limit} users in, too few for {_named(stack, over)}: raise it",
            )


def _late(stack: StackWeek) -> Iterator[Remark]:
    assumed = DEFAULTS[stack.model.kind]
    seconds = assumed.launch + LATE.total_seconds()
    if stack.model.group.warm_pool is None:  # whose instances have booted and pulled before
        seconds += assumed.boot + assumed.pull
    lead = stack.week.timetable.lead_minutes
    grows = any(stack.given(window) > stack.ordinary for window in stack.week.windows)
    if grows and lead * 60 < seconds:
        yield Remark(
            kind="short lead time",
            stack=stack.name,
            sentence=f"lead_minutes {lead} is shorter than the {seconds / 60:.1f} minutes after which a new instance serves "
            "users (launch, boot, pull as the simulator assumes them, and two minutes by which AWS may act late): raise it",
        )


def _near(week: Week) -> Iterator[Remark]:
    times = sorted({time for window in week.windows for time in (window.start, window.end)})
    for one, other in itertools.pairwise(times):
        if other - one < LATE:
            yield Remark(
                kind="changes too near each other",
                sentence=f"the capacity changes at {moment(week, one)} and at {moment(week, other)}: AWS may act up to two "
                "minutes late, so the first may not be seen; let the classes begin or end at the same minute",
            )


def _clocks(week: Week) -> Iterator[Remark]:
    for day in week.days:
        before, after = (
            datetime(each.year, each.month, each.day, tzinfo=week.zone).utcoffset() or timedelta()
            for each in (day, day + timedelta(days=1))
        )
        if before != after:
            minutes = round((after - before).total_seconds() / 60)
            way = "forward" if minutes > 0 else "back"
            yield Remark(
                kind="clocks change",
                sentence=f"on {day:%A} {day.day} {day:%B} the clocks of {week.timetable.zone} go {way} by "
                f"{abs(minutes)} minutes: the day has {24 - minutes / 60:g} hours; classes keep their local time",
            )


def _ending(week: Week, today: date) -> Iterator[Remark]:
    after = week.first + timedelta(days=DAYS)
    for name, term in week.timetable.terms.items():
        if max(week.first, today) <= term.last < max(after, today) + SOON:
            yield Remark(
                kind="a term ends soon",
                sentence=f"the term {name} ends on {term.last}: after that its classes have no capacity; add the next term",
            )
    last = max(each.start for each in occurrences(week.timetable)).astimezone(week.zone).date()
    if last < after:
        yield Remark(
            kind="the timetable ends",
            sentence=f"its last class is on {last}: afterwards there are no scheduled actions; add dates or a term",
        )
    yield from _horizon(week.timetable, today)


def _horizon(timetable: Timetable, today: date) -> Iterator[Remark]:
    """Say which classes are too far ahead to have scheduled actions yet."""
    far = [each for each in occurrences(timetable) if each.start.date() > today + AHEAD]
    if far:
        yield Remark(
            kind="beyond the horizon",
            sentence=f"{len(far)} meetings from {far[0].start.date()} on are more than {AHEAD.days} days "
            "ahead, and a plan refuses them: take them out until they are near",
        )
