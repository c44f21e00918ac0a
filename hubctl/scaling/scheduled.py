"""Scheduled actions: when they fall due, and what they do to the sizes of a group.

An action with a start time acts then; one with a recurrence acts at its start time too and then again and again, until its
end time: a recurrence at the very end time is not performed. The recurrence is a cron expression of five fields in the
action's time zone, so daylight saving is followed. AWS acts within seconds as a rule, and at most two minutes late.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html (times, delays, limits; 2026-12)
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScheduledUpdateGroupAction.html (parameters)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from croniter import croniter

from hubctl.scaling.group import ScaledGroup
from stacks.timetable.values import zone_names

MOST_ACTIONS = 125  # of one group
LONGEST_DELAY = 120.0  # seconds
SAME_START = "Scheduled action with this scheduled start time already exists"
# Five fields with white space between them, without the extensions of other crons, such as ?, L, # and @daily
_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"
_CRON = re.compile(rf"(?:[0-9*,/-]|{_NAMES})+(?:\s+(?:[0-9*,/-]|{_NAMES})+){{4}}", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ScheduledAction:
    """A scheduled action; times are seconds since the epoch, ``recurrence`` is a cron expression in ``time_zone``.

    Sizes that are None stay as they are.

    Raises:
        ValueError: AWS refuses such an action.

    """

    name: str
    start: float | None = None
    end: float | None = None
    recurrence: str | None = None
    time_zone: str = "UTC"
    min_size: int | None = None
    max_size: int | None = None
    desired: int | None = None

    def __post_init__(self) -> None:
        sizes = {
            "Min size": self.min_size,
            "Max size": self.max_size,
            "Desired capacity": self.desired,
        }
        if all(size is None for size in sizes.values()):
            raise ValueError(
                f"{self.name}: At least one of max size, min size, or desired capacity must be specified"
            )
        for word, size in sizes.items():
            if size is not None and size < 0:
                raise ValueError(f"{self.name}: {word} must be non-negative")
        _check_order(self.name, self.min_size, self.desired, self.max_size)
        if self.start is None and self.recurrence is None:
            raise ValueError(
                f"{self.name}: Scheduled start time must be specified for non-recurrent future group action"
            )
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"{self.name}: Given end time must be after start time")
        if self.recurrence is not None and not _is_cron(self.recurrence):
            raise ValueError(f"{self.name}: Given recurrence string: {self.recurrence} is invalid")
        if self.time_zone not in zone_names():
            raise ValueError(
                f"{self.name}: Time zone {self.time_zone} does not conform to the IANA Time Zone Database"
            )

    def next_time(self, after: float) -> float | None:
        """Return the first time later than ``after`` at which it acts; None when it never does again."""
        if self.start is not None and self.start > after:
            return self.start
        if self.recurrence is None:
            return None
        due = _next_recurrence(self.recurrence, self.time_zone, after)
        return None if self.end is not None and due >= self.end else due

    def last_time(self, until: float) -> float | None:
        """Return the last time not later than ``until`` at which it acted; None when it did not yet."""
        if self.start is not None and self.start > until:
            return None
        latest = until if self.end is None else min(until, self.end - 1)  # not at its end itself
        repeated = None
        if self.recurrence is not None:
            repeated = _last_recurrence(self.recurrence, self.time_zone, latest)
        if self.start is None:
            return repeated
        return self.start if repeated is None else max(self.start, repeated)

    def expired(self, now: float) -> bool:
        """Tell whether it never acts again; AWS deletes such actions."""
        return self.next_time(now) is None


def _is_cron(recurrence: str) -> bool:
    return _CRON.fullmatch(recurrence) is not None and croniter.is_valid(recurrence)


def _check_order(name: str, smallest: int | None, desired: int | None, largest: int | None) -> None:
    """Refuse sizes that contradict each other; None says nothing."""
    named = (("min size", smallest), ("desired capacity", desired), ("max size", largest))
    given = [(word, size) for word, size in named if size is not None]
    for (word, size), (larger, bound) in pairwise(given):
        if size > bound:
            raise ValueError(
                f"{name}: {word.capitalize()} {size} must be less than or equal to {larger} {bound}"
            )


def _next_recurrence(recurrence: str, time_zone: str, after: float) -> float:
    local = datetime.fromtimestamp(after, UTC).astimezone(ZoneInfo(time_zone))
    return float(croniter(recurrence, local).get_next(float))


def _last_recurrence(recurrence: str, time_zone: str, until: float) -> float | None:
    local = datetime.fromtimestamp(until, UTC).astimezone(ZoneInfo(time_zone))
    # A moment counts itself: croniter looks for what is before
    found = float(croniter(recurrence, local + timedelta(seconds=1)).get_prev(float))
    return found if found <= until else None


def due_actions(
    actions: Iterable[ScheduledAction], after: float, until: float
) -> list[tuple[float, ScheduledAction]]:
    """Return what falls due after ``after`` and not later than ``until``, in order of time; each repetition by itself."""
    due = []
    for action in actions:
        time = action.next_time(after)
        while time is not None and time <= until:
            due.append((time, action))
            time = action.next_time(time)
    return sorted(due, key=lambda one: (one[0], one[1].name))


def apply_action(group: ScaledGroup, action: ScheduledAction) -> str:
    """Set the sizes of a group as an action says; return what was done, in words.

    "If you specify a new minimum and the desired capacity is below it, the desired capacity rises to it", and it falls to a
    new maximum below it: as UpdateAutoScalingGroup does.

    Raises:
        ValueError: The sizes would contradict each other; nothing is changed then.

    """
    before = group.desired
    smallest = group.spec.min_size if action.min_size is None else action.min_size
    largest = group.spec.max_size if action.max_size is None else action.max_size
    _check_order(action.name, smallest, action.desired, largest)
    wanted = group.desired if action.desired is None else action.desired
    group.spec = replace(group.spec, min_size=smallest, max_size=largest)
    group.desired = group.spec.bounded(wanted)
    return (
        f"scheduled action {action.name} set the sizes to {smallest} to {largest}, and the desired capacity from "
        f"{before} to {group.desired}"
    )


def conflicting(actions: Iterable[ScheduledAction]) -> str | None:
    """Return why AWS refuses these actions of one group together; None when it takes them."""
    known = list(actions)
    if len(known) > MOST_ACTIONS:
        return f"{len(known)} scheduled actions, and AWS takes at most {MOST_ACTIONS} of one group"
    starts: dict[float, str] = {}
    for action in known:
        if action.start is not None:
            other = starts.setdefault(action.start, action.name)
            if other != action.name:
                return f"{SAME_START}: {other} and {action.name}"
    return None
