"""From windows to the scheduled actions of an auto scaling group: each sets the fewest instances from a moment on.

What repeats every week at the same time of the wall clock is one action with a cron expression and a time zone; the rest
are single ones. A group takes 125 of them, each at another time:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from stacks.timetable.values import DAYS
from stacks.timetable.windows import Window

MOST_ACTIONS = 125
# AWS may be up to two minutes late, and deletes what has ended: so an action ends only a while after its last time
ENDS_AFTER = timedelta(minutes=10)
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class ScheduledAction:
    """From when on places for ``users`` and ``spare`` more have to be up; for none of both, the group is its usual size.

    Either ``at`` is set, for what happens once, or ``recurrence``, a cron expression in ``zone``. ``first`` and ``last``
    are its first and its last time, in UTC. ``runs`` are all its times, as a first one and how many weeks it repeats by
    the clock of UTC: a new run begins where the clocks of ``zone`` change.
    """

    name: str
    users: int
    spare: int
    zone: str
    first: datetime
    last: datetime
    runs: tuple[tuple[datetime, int], ...]
    at: datetime | None = None
    recurrence: str | None = None

    @property
    def until(self) -> datetime:
        """The moment from which on AWS does not know it any more."""
        return self.last if self.recurrence is None else self.last + ENDS_AFTER


@dataclass(frozen=True)
class _Change:
    moment: datetime
    users: int
    spare: int


def scheduled_actions(windows: Sequence[Window], zone: str) -> tuple[ScheduledAction, ...]:
    """Return the actions for windows that are in order and do not overlap, by their first time.

    ``zone`` is that of the wall clock by which classes repeat.
    """
    slots: dict[tuple[int, int, int, int, int], list[_Change]] = defaultdict(list)
    actions = []
    for change in _changes(windows):
        local = change.moment.astimezone(ZoneInfo(zone))
        if _exists_twice(local) or local.second:
            actions.append(_once(change, zone))
        else:
            slots[local.weekday(), local.hour, local.minute, change.users, change.spare].append(change)
    for slot in slots.values():
        for run in _runs(slot, ZoneInfo(zone)):
            actions.append(_once(run[0], zone) if len(run) == 1 else _weekly(run, zone))
    return tuple(sorted(actions, key=lambda action: (action.first, action.name)))


def _changes(windows: Sequence[Window]) -> Iterator[_Change]:
    for number, window in enumerate(windows):
        yield _Change(window.start, window.users, window.spare)
        if number + 1 == len(windows) or windows[number + 1].start > window.end:
            yield _Change(window.end, 0, 0)


def _exists_twice(local: datetime) -> bool:
    """Tell whether the wall clock shows that time twice on that day, as clocks are set back."""
    other = local.replace(fold=1 - local.fold)
    return other.utcoffset() != local.utcoffset()


def _runs(slot: Iterable[_Change], zone: ZoneInfo) -> Iterator[list[_Change]]:
    """Yield the parts of a slot in which each change is a week of the wall clock after the one before it."""
    run: list[_Change] = []
    for change in slot:
        if run and _wall(change, zone) - _wall(run[-1], zone) != WEEK:
            yield run
            run = []
        run.append(change)
    if run:
        yield run


def _wall(change: _Change, zone: ZoneInfo) -> datetime:
    return change.moment.astimezone(zone).replace(tzinfo=None)


def _by_utc(moments: Iterable[datetime]) -> Iterator[tuple[datetime, int]]:
    start, weeks = None, 0
    for moment in moments:
        if start is not None and moment == start + weeks * WEEK:
            weeks += 1
            continue
        if start is not None:
            yield start, weeks
        start, weeks = moment, 1
    if start is not None:
        yield start, weeks


def _once(change: _Change, zone: str) -> ScheduledAction:
    return ScheduledAction(
        name=f"once-{change.moment:%Y-%m-%d-%H%M}-utc",
        users=change.users,
        spare=change.spare,
        zone=zone,
        first=change.moment,
        last=change.moment,
        runs=((change.moment, 1),),
        at=change.moment,
    )


def _weekly(run: Sequence[_Change], zone: str) -> ScheduledAction:
    first = run[0].moment.astimezone(ZoneInfo(zone))
    return ScheduledAction(
        # By its first time, so that it stays the same action while its last time, or its size, is edited
        name=f"{DAYS[first.weekday()][:3]}-{first:%H%M}-from-{first:%Y-%m-%d}",
        users=run[0].users,
        spare=run[0].spare,
        zone=zone,
        first=run[0].moment,
        last=run[-1].moment,
        runs=tuple(_by_utc(change.moment for change in run)),
        # Cron counts days from Sunday
        recurrence=f"{first.minute} {first.hour} * * {(first.weekday() + 1) % 7}",
    )
