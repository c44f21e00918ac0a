"""Scheduled actions: when they fall due, and what they do to the sizes of a group.

An action with a start time acts then; one with a recurrence acts at its start time too and then again and again, until its
end time. The recurrence is a cron expression of five fields in the action's time zone, so daylight saving is followed.
"The minimum resolution is one minute", and an action "might be delayed up to two minutes".

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html (times, delays, limits)
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScheduledUpdateGroupAction.html (parameters)
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from hubctl.scaling.group import ScaledGroup

MOST_ACTIONS = 125  # of one group
CRON_FIELDS = 5
SAME_START = "Scheduled actions of a group must not start at the same time"


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
        if self.start is None and self.recurrence is None:
            raise ValueError(f"{self.name}: give a start time, a recurrence, or both")
        if self.min_size is None and self.max_size is None and self.desired is None:
            raise ValueError(f"{self.name}: at least one of the sizes must be given")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"{self.name}: the end time must be after the start time")
        if self.min_size is not None and self.max_size is not None and self.min_size > self.max_size:
            raise ValueError(f"{self.name}: the minimum size is above the maximum size")
        if self.recurrence is not None and not (
            len(self.recurrence.split()) == CRON_FIELDS and croniter.is_valid(self.recurrence)
        ):
            raise ValueError(f"{self.name}: {self.recurrence} is not a cron expression of five fields")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{self.name}: {self.time_zone} is not a time zone") from None

    def next_time(self, after: float) -> float | None:
        """Return the first time later than ``after`` at which it acts; None when it never does again."""
        times = [self.start] if self.start is not None and self.start > after else []
        if self.recurrence is not None and not times:
            times = [_next_recurrence(self.recurrence, self.time_zone, after)]
        due = min(times, default=None)
        return None if due is None or (self.end is not None and due > self.end) else due

    def expired(self, now: float) -> bool:
        """Tell whether it never acts again; AWS deletes such actions."""
        return self.next_time(now) is None


def _next_recurrence(recurrence: str, time_zone: str, after: float) -> float:
    local = datetime.fromtimestamp(after, UTC).astimezone(ZoneInfo(time_zone))
    return float(croniter(recurrence, local).get_next(float))


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
    if smallest > largest:
        raise ValueError(
            f"{action.name}: the minimum size {smallest} would be above the maximum size {largest}"
        )
    wanted = group.desired if action.desired is None else action.desired
    if action.desired is not None and not smallest <= wanted <= largest:
        raise ValueError(
            f"{action.name}: the desired capacity {wanted} is not between {smallest} and {largest}"
        )
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
