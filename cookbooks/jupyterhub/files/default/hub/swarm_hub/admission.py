"""May this server start now? A pure decision over what was observed: start, wait for a worker, or refuse.

Memory counts as promised: each server's reservation equals its limit, and that is what Swarm's scheduler
reserves on a node. Nothing here talks to Docker or AWS, so every rule can be tested by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hub_common.admission import Disk, Refuse, UserDisk, refuse_for_files, refuse_for_maintenance
from hub_common.settings import gib

# Left on each worker for the system, the engine and its agent.
WORKER_RESERVE = 256 * 1024**2


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A Swarm worker. ``memory`` and ``promised`` are bytes; ``ready`` means that users may be placed there now.

    ``images`` are the labels of the notebook images that it holds. A ``paused`` worker is there, but takes no new users;
    nor does one with ``leaving_at``, of which AWS has said that it will be gone then. ``id`` is the Swarm's, ``instance``
    the EC2 instance's where it is known; ``servers`` counts those that run there or are about to.
    """

    name: str
    memory: int
    promised: int
    ready: bool
    images: frozenset[str] = frozenset()
    paused: bool = False
    leaving_at: datetime | None = None
    id: str = ""
    instance: str = ""
    servers: int = 0

    def room_for(self, memory: int) -> int:
        """Return how many more servers of ``memory`` bytes fit."""
        return max(0, (self.memory - WORKER_RESERVE - self.promised) // memory) if self.ready else 0

    def capacity_for(self, memory: int) -> int:
        """Return how many servers of ``memory`` bytes fit while it is empty."""
        return max(0, (self.memory - WORKER_RESERVE) // memory)


@dataclass(frozen=True, kw_only=True)
class GroupSize:
    """The workers' auto scaling group, in instances; ``warm`` ones are prepared, and start within a minute."""

    name: str
    desired: int
    maximum: int
    warm: int = 0


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The configured limits. Memory in bytes; ``user_memory`` is what one server is promised."""

    max_users: int
    cluster_memory: int
    disk_percent: int
    user_memory: int


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was observed when the decision was asked for.

    ``servers`` and ``promised`` (bytes) count all other users' servers, those included that were admitted and
    are not visible in the Swarm yet; ``unplaced`` of them have no worker yet. ``ahead`` others wait for a
    worker and came first. ``closed`` says why this user may start nothing now, because of maintenance.
    """

    servers: int
    promised: int
    workers: tuple[Worker, ...]
    disk: Disk
    group: GroupSize | None = None
    user_disk: UserDisk = field(default_factory=UserDisk)
    unplaced: int = 0
    ahead: int = 0
    closed: str = ""


@dataclass(frozen=True, kw_only=True)
class Start:
    """The server may start now."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A worker is on its way; ``raise_to`` is the desired capacity to ask for first, None when enough was asked."""

    raise_to: int | None


Decision = Start | Wait | Refuse


def decide(rules: Rules, seen: Situation) -> Decision:
    """Decide about one more server of ``rules.user_memory`` bytes."""
    if seen.closed:
        return refuse_for_maintenance(seen.closed)
    files = refuse_for_files(seen.disk, seen.user_disk, rules.disk_percent)
    return files or _limits(rules, seen) or _place(rules, seen)


def _limits(rules: Rules, seen: Situation) -> Refuse | None:
    if seen.servers + seen.ahead + 1 > rules.max_users:
        return Refuse(
            limit="users",
            sentence=f"{_all_places(rules.max_users)} taken (limit max_users). Try again when "
            "somebody has stopped their server, or ask the administrators for more places.",
        )
    wanted = seen.promised + (seen.ahead + 1) * rules.user_memory
    if wanted > rules.cluster_memory:
        return Refuse(
            limit="cluster_memory",
            sentence=f"The running servers are promised {gib(seen.promised)} of the cluster's "
            f"{gib(rules.cluster_memory)} (limit max_cluster_memory_gib), and yours needs "
            f"{gib(rules.user_memory)}. Try again when somebody has stopped their server, or ask the administrators "
            "to raise the limit.",
        )
    return None


def _all_places(count: int) -> str:
    return f"All {count} places for users at once are" if count > 1 else "The only place for a user is"


def _place(rules: Rules, seen: Situation) -> Decision:
    asked = Slots(
        free=sum(worker.room_for(rules.user_memory) for worker in seen.workers),
        taken=seen.unplaced + seen.ahead,
        ready=sum(worker.ready for worker in seen.workers),
        paused=sum(worker.paused for worker in seen.workers),
        leaving=sum(worker.leaving_at is not None for worker in seen.workers),
        each=places_of_a_worker(rules.user_memory, seen.workers),
    )
    if asked.free > asked.taken:
        return Start()
    if asked.each == 0:
        largest = max(worker.memory for worker in seen.workers)
        return Refuse(
            limit="worker_memory",
            sentence=f"A server needs {gib(rules.user_memory)}, more than any worker has to give (the largest has "
            f"{gib(largest)}). Ask the administrators for larger workers or a smaller user_memory_gib.",
        )
    if seen.group is None:
        return _full(asked, "and no more can be added here")
    target = workers_needed(asked, seen.group.desired)
    if target > seen.group.maximum:
        return _full(asked, f"and their group {seen.group.name} may not grow beyond {seen.group.maximum}")
    return Wait(raise_to=target if target > seen.group.desired else None)


def places_of_a_worker(memory: int, workers: Iterable[Worker]) -> int:
    """Return how many servers a new worker will take; 1 as long as no worker was seen to judge by."""
    return max((worker.capacity_for(memory) for worker in workers), default=1)


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Places for servers of one size.

    ``free`` on the ``ready`` workers that there are, ``taken`` of them (or of those to come) by others who came
    first, ``each`` on one more worker. ``paused`` workers exist too, and take no users: waiting for them does not help.
    Nor does it for ``leaving`` ones.
    """

    free: int
    taken: int
    ready: int
    each: int
    paused: int = 0
    leaving: int = 0

    @property
    def there(self) -> int:
        """How many workers there are."""
        return self.ready + self.paused + self.leaving


def workers_needed(asked: Slots, desired: int, further: int = 1) -> int:
    """Return the capacity, in workers, that gives everyone who came first a place, and leaves ``further`` ones free.

    Workers that were asked for but are not ready yet count as coming: ``desired`` is not raised for them again. There may
    be more workers than desired: scaling in lowers the number also where all are protected, and none leaves.
    """
    coming = max(0, desired - asked.there)
    lacking = asked.taken + further - asked.free - coming * asked.each
    return max(desired, asked.there) + -(-lacking // asked.each) if lacking > 0 else desired


def capacity_for_spare(asked: Slots, group: GroupSize, spare: int) -> int | None:
    """Return the capacity to ask for so that ``spare`` places are free ahead of the next user, None when it is enough.

    It is asked for before anybody needs it. So it ends at the largest size of the group, and never lowers anything.
    """
    if asked.each == 0:
        return None
    target = min(group.maximum, workers_needed(asked, group.desired, spare))
    return target if target > group.desired else None


def _full(asked: Slots, why: str) -> Refuse:
    workers = f"All {asked.ready} workers are full" if asked.ready else "There is no worker that takes users"
    return Refuse(
        limit="workers",
        sentence=f"{workers}, {why}. Try again when somebody has stopped their server, or ask the administrators "
        "for more workers.",
    )
