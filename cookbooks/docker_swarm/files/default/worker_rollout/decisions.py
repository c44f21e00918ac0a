"""The next step of a rollout, from what AWS and the Swarm say now: nothing else is remembered between two runs.

A new worker comes first, by raising the desired capacity by one. Then one old worker is paused: it takes no new users, and
those who are there work on. Once it is empty, or the deadline has passed, it is drained and ended, and another new one comes
in its place. The last one is ended with a decrement, so that the desired capacity ends where it began.

Ending an instance by name does not ask for its protection from scale-in, which workers with servers have:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# So long after the deadline a rollout whose new workers do not come is given up: what serves stays.
GIVE_UP_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the operator asked for; moments in seconds. ``capacity`` is the desired capacity at the start, if known."""

    id: str
    version: str
    state: str
    deadline: float | None
    capacity: int | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Sizes of the auto scaling group."""

    desired: int
    maximum: int


@dataclass(frozen=True, kw_only=True)
class Worker:
    """An instance of the group, and its node in the Swarm; ``node`` is empty as long as it has not joined.

    ``said`` is the state of its progress as last written. ``usable`` means that users may be placed there.
    """

    instance: str
    version: str
    lifecycle: str
    node: str = ""
    availability: str = ""
    usable: bool = False
    servers: int = 0
    said: str = ""

    @property
    def living(self) -> bool:
        """Whether it is in service or on its way there."""
        return self.lifecycle == "InService" or self.lifecycle.startswith("Pending")

    @property
    def gone_soon(self) -> bool:
        """Whether it is on its way out. Who waits in the warm pool serves nobody, and keeps no rollout from ending."""
        return not self.living and not self.lifecycle.startswith("Warmed:")


@dataclass(frozen=True, kw_only=True)
class Raise:
    """Ask for so many workers."""

    desired: int


@dataclass(frozen=True, kw_only=True)
class SetAvailability:
    """Pause, drain or open a worker."""

    worker: Worker
    availability: str


@dataclass(frozen=True, kw_only=True)
class End:
    """End an instance; with ``decrement`` no other one comes for it."""

    worker: Worker
    decrement: bool


@dataclass(frozen=True, kw_only=True)
class Close:
    """The rollout is over: ``done`` or ``aborted``, and why."""

    state: str
    why: str


Step = Raise | SetAvailability | End | Close


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps of one run, what is waited for, and the state of each worker's progress, by instance."""

    steps: tuple[Step, ...] = ()
    note: str = ""
    states: Mapping[str, str] = field(default_factory=dict)


def plan(record: Record, group: Group, workers: Sequence[Worker], now: float) -> Plan:
    """Return what to do now."""
    if record.state == "aborted":
        return _aborted(workers)
    if record.state != "running":
        return Plan()
    return _running(_Course(record, group, workers, now))


def is_old(version: str, target: str) -> bool:
    """Tell whether workers of a version leave; one that is newer than the target stays."""
    return version != target and not (
        version.isdecimal() and target.isdecimal() and int(version) > int(target)
    )


class _Course:
    """How a running rollout stands."""

    def __init__(self, record: Record, group: Group, workers: Sequence[Worker], now: float) -> None:
        self.record, self.group, self.workers, self.now = record, group, workers, now
        self.old = [one for one in workers if one.living and is_old(one.version, record.version)]
        self.new = [one for one in workers if one.living and one not in self.old]
        self.leaving = [one for one in workers if one.gone_soon and is_old(one.version, record.version)]
        # What an interrupted run has begun with: drained before paused.
        closed = [one for one in self.old if one.availability in ("pause", "drain")]
        self.candidate = min(closed, key=lambda one: (one.availability, one.instance), default=None)

    @property
    def capacity(self) -> int:
        return self.group.desired if self.record.capacity is None else self.record.capacity

    @property
    def late(self) -> bool:
        return self.record.deadline is not None and self.now >= self.record.deadline

    @property
    def missing(self) -> str:
        """What has to come before an old worker may be closed; nothing once all is there."""
        if len(self.old) + len(self.new) < self.group.desired:
            return "waiting for AWS to start a new worker"
        unready = sorted(one.instance for one in self.new if not one.usable)
        return f"waiting until the new worker {unready[0]} takes users" if unready else ""

    @property
    def given_up(self) -> bool:
        deadline = self.record.deadline
        return bool(self.missing) and deadline is not None and self.now >= deadline + GIVE_UP_SECONDS

    def states(self, closing: Worker | None = None, leaving: Worker | None = None) -> dict[str, str]:
        """Return the states to show."""
        found = {one.instance: "new" for one in self.new} | {one.instance: "waiting" for one in self.old}
        found |= {one.instance: "leaving" for one in self.leaving}
        if closing:
            found[closing.instance] = "closing"
        if leaving:
            found[leaving.instance] = "leaving"
        return found


def _aborted(workers: Sequence[Worker]) -> Plan:
    """Open again what this rollout has paused; what others have paused stays so."""
    ours = [one for one in workers if one.living and one.said in ("closing", "leaving")]
    steps = [
        SetAvailability(worker=one, availability="active")
        for one in ours
        if one.node and one.availability in ("pause", "drain")
    ]
    return Plan(steps=tuple(steps), states={one.instance: "waiting" for one in ours})


def _running(course: _Course) -> Plan:
    if not course.old:
        if course.leaving:
            return Plan(note="waiting until the last old worker has left", states=course.states())
        return Plan(steps=(Close(state="done", why="no old worker is left"),), states=course.states())
    if course.candidate:
        return _closed(course, course.candidate)
    if course.given_up:
        why = f"an hour after the deadline, still {course.missing}; the old workers stay"
        return Plan(steps=(Close(state="aborted", why=why),), note=why, states=course.states())
    group = course.group
    if group.desired < min(group.maximum, course.capacity + 1):
        more = Raise(desired=group.desired + 1)
        return Plan(steps=(more,), note="asking for a new worker", states=course.states())
    if course.missing:
        return Plan(note=course.missing, states=course.states())
    chosen = min(course.old, key=lambda one: (bool(one.node) and one.usable, one.servers, one.instance))
    if not chosen.node:
        return _ended(course, chosen)
    room = group.desired > course.capacity
    without = f": the group may have {group.maximum} workers, so no new one comes before an old one has left"
    note = f"{chosen.instance} takes no new users{'' if room else without}"
    pausing = SetAvailability(worker=chosen, availability="pause")
    return Plan(steps=(pausing,), note=note, states=course.states(closing=chosen))


def _closed(course: _Course, worker: Worker) -> Plan:
    """Go on with the one that takes no new users."""
    if not worker.servers:
        return _ended(course, worker)
    if not course.late:
        note = f"waiting until {worker.instance} is empty: {worker.servers} servers run there"
        return Plan(note=note, states=course.states(closing=worker))
    if not any(one.usable for one in (*course.old, *course.new)):
        note = f"the deadline has passed, but no worker could take the {worker.servers} servers of {worker.instance}"
        return Plan(note=note, states=course.states(closing=worker))
    return _ended(course, worker)


def _ended(course: _Course, worker: Worker) -> Plan:
    """Drain and end it. Who still works there is moved by the drain, before the instance lets go."""
    steps: list[Step] = []
    if worker.node and worker.availability != "drain":
        steps.append(SetAvailability(worker=worker, availability="drain"))
    last = len(course.old) == 1
    steps.append(End(worker=worker, decrement=last and course.group.desired > course.capacity))
    return Plan(steps=tuple(steps), note=f"{worker.instance} leaves", states=course.states(leaving=worker))
