"""The queue in which every start asks for admission, in the order of arrival.

It remembers promises that are not visible in the Swarm yet, so that users who come together are not promised
the same place.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from hub_common.admission import Disk, Refuse, UserDisk
from hub_common.spawning import Refused
from swarm_hub.admission import Decision, GroupSize, Rules, Situation, Start, Wait, decide
from swarm_hub.cluster import Cluster
from swarm_hub.images import Choice, choose, holding, usable
from swarm_hub.packing import Bin, Retirement, fullest
from swarm_hub.worker_group import Growth, GrowthError

log = logging.getLogger("swarm_hub.admission_queue")

Tell = Callable[[str], None]
LOOK_SECONDS = 2.0
GROUP_SECONDS = 5.0  # all who wait share one look at AWS


@dataclass(frozen=True, kw_only=True)
class Request:
    """A start: name of its service, the directory's accounting as last known, and whether an administrator starts.

    Swarm chooses the worker of one that is not ``packed``.
    """

    service: str
    user_disk: UserDisk
    admin: bool = False
    packed: bool = True


class AdmissionQueue:
    """Admits starts one at a time.

    ``see_cluster`` reads the Swarm anew, ``see_disk`` gives the shared file system's last known state.
    ``growth`` is None where no worker can be added. ``images`` are those that a start may use, the wanted one first.
    ``closed`` says why only administrators start servers now, nothing when everybody may.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        see_cluster: Callable[[], Awaitable[Cluster]],
        see_disk: Callable[[], Disk],
        growth: Growth | None,
        growth_seconds: float,
        look_seconds: float = LOOK_SECONDS,
        on_decision: Callable[[Decision, Situation], None],
        images: Sequence[str] = (),
        closed: Callable[[], str] = lambda: "",
    ) -> None:
        self.rules = rules
        self._see_cluster = see_cluster
        self._see_disk = see_disk
        self._growth = growth
        self._growth_seconds = growth_seconds
        self._look_seconds = look_seconds
        self._on_decision = on_decision
        self._lock = asyncio.Lock()
        self._images = tuple(images)
        self._closed = closed
        self._promises: dict[str, int] = {}
        self._chosen: dict[str, Choice] = {}
        self._queue: list[str] = []
        self._retirement = Retirement()
        self.changed: Callable[[], None] = lambda: None  # called when a server starts or has ended
        self._group: GroupSize | None = None
        self._group_seen = 0.0

    @asynccontextmanager
    async def admitted(self, request: Request, tell: Tell) -> AsyncIterator[Choice | None]:
        """Hold a promise of memory for the service while the block creates it, of the image that it is given.

        Waits for a worker if one may come, telling how it goes. Raises Refused when the server may not start.
        """
        try:
            await self._admit(request, tell)
            yield self._chosen.get(request.service)
        finally:
            self._promises.pop(request.service, None)
            self._chosen.pop(request.service, None)
            self._leave_queue(request.service)
            self.changed()

    def expected(self) -> set[str]:
        """Return the services that wait for a worker, or were promised one. May be called from another thread."""
        return {*self._queue.copy(), *self._promises.copy()}

    def _leave_queue(self, service: str) -> None:
        if service in self._queue:
            self._queue.remove(service)

    async def _admit(self, request: Request, tell: Tell) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not await self._decided(request, tell, waited=loop.time() - began):
            await asyncio.sleep(self._look_seconds)

    async def _decided(self, request: Request, tell: Tell, *, waited: float) -> bool:
        """Return True once admitted, False while it has to wait."""
        async with self._lock:
            # A promise may be kept while Docker answers: then the answer does not show the service yet, and the
            # promise is gone. So those from before the question count too.
            promises = dict(self._promises)
            chosen = dict(self._chosen)
            cluster = await self._see_cluster()
            cluster = replace(cluster, workers=usable(self._images, cluster.workers))
            situation = self._situation(request, promises, cluster)
            decision = decide(self.rules, situation)
            if isinstance(decision, Refuse) and decision.limit == "workers" and self._growth:
                decision, situation = await self._with_growth(situation)
            if isinstance(decision, Start) and not self._place(request, cluster, promises, chosen):
                decision = Wait(
                    raise_to=None
                )  # the places of each image are others', until Swarm has placed these
            self._on_decision(decision, situation)
            if isinstance(decision, Refuse):
                raise Refused(decision)
            if isinstance(decision, Start):
                self._leave_queue(request.service)  # a promise counts already
                return True
            if waited >= self._growth_seconds:
                raise Refused(_too_late(self._growth_seconds))
            if request.service not in self._queue:
                self._queue.append(request.service)
            await self._ask_for(decision)
            tell(
                f"All workers are full: a new one is on its way, you are number {situation.ahead + 1} in line "
                f"({_so_far(waited)} so far). It usually takes {_usual(situation.group)}."
            )
            return False

    def _place(
        self, request: Request, cluster: Cluster, promises: dict[str, int], chosen: dict[str, Choice]
    ) -> bool:
        """Promise memory and choose the image; return False where no image has a place at the moment."""
        if self._images:
            waiting = (
                {**promises, **self._promises, **cluster.promised}.keys() - cluster.placed - {request.service}
            )
            known = {**chosen, **self._chosen}
            unplaced = {
                name: cluster.images.get(name) or (known[name].image if name in known else None)
                for name in waiting
            }
            choice = choose(self._images, cluster.workers, self.rules.user_memory, unplaced)
            if choice is None:
                return False
            self._chosen[request.service] = (
                self._packed(choice, cluster, waiting) if request.packed else choice
            )
        self._promises[request.service] = self.rules.user_memory
        return True

    def _packed(self, choice: Choice, cluster: Cluster, waiting: Collection[str]) -> Choice:
        """Choose the worker too: the fullest that has a place beside those that others were promised."""
        pins = {**cluster.pins, **{name: one.node for name, one in self._chosen.items()}}
        taken = Counter(pins.get(name, "") for name in waiting)
        memory = self.rules.user_memory
        bins = {
            worker.id: Bin(
                name=worker.id,
                places=worker.capacity_for(memory),
                free=max(0, worker.room_for(memory) - taken[worker.id]),
            )
            for worker in cluster.workers
            if worker.id and worker.ready
        }
        retiring = self._retirement.look(list(bins.values()), asyncio.get_running_loop().time())
        there = (bins[worker.id] for worker in holding(choice.image, cluster.workers) if worker.id in bins)
        found = fullest(there, retiring)
        if found is None:
            return choice
        self._retirement.placed(found.name)
        return replace(choice, node=found.name)

    async def _with_growth(self, situation: Situation) -> tuple[Decision, Situation]:
        assert self._growth is not None  # noqa: S101 - the caller has looked
        now = asyncio.get_running_loop().time()
        if self._group is None or now - self._group_seen > GROUP_SECONDS:
            try:
                self._group = await asyncio.to_thread(self._growth.group)
            except GrowthError as error:
                raise Refused(_no_growth(error)) from error
            self._group_seen = now
        grown = replace(situation, group=self._group)
        return decide(self.rules, grown), grown

    async def _ask_for(self, decision: Wait) -> None:
        if decision.raise_to is None or self._growth is None:
            return
        log.info("asking for %d workers", decision.raise_to)
        self._group = None  # look again before the next decision
        try:
            await asyncio.to_thread(self._growth.raise_to, decision.raise_to)
        except GrowthError as error:
            raise Refused(_no_growth(error)) from error

    def _situation(self, request: Request, promises: dict[str, int], cluster: Cluster) -> Situation:
        others = {**promises, **self._promises, **cluster.promised}
        others.pop(request.service, None)
        before = self._queue.index(request.service) if request.service in self._queue else len(self._queue)
        return Situation(
            servers=len(others),
            promised=sum(others.values()),
            unplaced=len(others.keys() - cluster.placed),
            workers=cluster.workers,
            disk=self._see_disk(),
            user_disk=request.user_disk,
            ahead=before,
            closed="" if request.admin else self._closed(),
        )


def _usual(group: GroupSize | None) -> str:
    return "about a minute" if group and group.warm else "some minutes"


def _so_far(seconds: float) -> str:
    """Return a time in words that change seldom enough for a line each."""
    return f"{seconds // 10 * 10:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min"


def _too_late(seconds: float) -> Refuse:
    return Refuse(
        limit="growth_timeout",
        sentence=f"No new worker came within {seconds / 60:.0f} minutes (limit growth_timeout_seconds). Try again, and "
        "tell the administrators: the auto scaling group's activity history says what went wrong.",
    )


def _no_growth(error: GrowthError) -> Refuse:
    log.error("%s", error)
    return Refuse(
        limit="growth_failed",
        sentence="All workers are full, and asking for one more failed. Try again in a few minutes, and tell the "
        "administrators: the hub's log says why.",
    )
