"""Spare places: which empty workers stay for the next users, and when the hub asks for more of them.

The hub looks after each start and stop, and every now and then. So the last user of a worker is not the one who asks for
the next worker, and has to wait for it. A worker that AWS is about to take back is replaced at once: its servers need places.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from prometheus_client import Gauge

from swarm_hub.admission import Rules, Slots, capacity_for_spare, places_of_a_worker
from swarm_hub.cluster import Cluster
from swarm_hub.leaving_notice import LeavingNotice
from swarm_hub.packing import Bin, kept_for_spare
from swarm_hub.spare_windows import SpareWindows
from swarm_hub.worker_group import Growth

log = logging.getLogger("swarm_hub.spare")

FREE = Gauge("chef_hub_free_places", "Places that are free on workers that take users")
SPARE = Gauge("chef_hub_spare_places", "Places that are to be kept free ahead of the next user")
LEAVING = Gauge("chef_hub_workers_leaving", "Workers that AWS is about to take back")
STALE_SECONDS = 120.0


class FreePlaces:
    """What the last look found, NaN before the first one and while looks fail: an alarm must not take silence for none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found = math.nan
        self._until = -math.inf

    def found(self, places: int) -> None:
        """Take note of a look."""
        self._found, self._until = places, self._clock() + STALE_SECONDS

    def shown(self) -> float:
        """Return what the metric shows."""
        return self._found if self._clock() < self._until else math.nan


_FREE = FreePlaces()
FREE.set_function(_FREE.shown)


@dataclass(frozen=True, kw_only=True)
class SparePlaces:
    """``count`` places are kept free, more while the timetable's ``windows`` say so.

    ``expected`` names the services that wait for a worker or were promised a place. ``notice`` is told of each look.
    """

    count: int
    rules: Rules
    growth: Growth
    expected: Callable[[], Collection[str]]
    notice: LeavingNotice = field(default_factory=LeavingNotice)
    windows: SpareWindows = field(default_factory=SpareWindows)

    def kept(self, cluster: Cluster) -> frozenset[str]:
        """Return the instances of empty workers that must not leave."""
        self.notice.see(cluster)
        memory = self.rules.user_memory
        ready = {worker.id: worker for worker in cluster.workers if worker.ready}
        bins = [
            Bin(
                name=worker.id,
                places=worker.capacity_for(memory),
                free=worker.room_for(memory),
            )
            for worker in ready.values()
        ]
        # Servers that are on their way take places of the spare ones.
        kept = kept_for_spare(bins, self._wanted(cluster) + self._coming(cluster))
        return frozenset(ready[name].instance for name in kept)

    def grow(self, cluster: Cluster) -> None:
        """Ask for workers where too few places are free; raise GrowthError when AWS refuses."""
        slots = self._slots(cluster)
        wanted = self._wanted(cluster)
        _FREE.found(max(0, slots.free - slots.taken))
        SPARE.set(wanted)
        LEAVING.set(slots.leaving)
        if slots.taken + wanted <= slots.free:
            return
        group = self.growth.group()
        target = capacity_for_spare(slots, group, wanted)
        if target is not None:
            log.info("asking for %d workers, so that %d places are free", target, wanted)
            self.growth.raise_to(target)

    def _wanted(self, cluster: Cluster) -> int:
        """Return how many places to keep free: never more than the hub's limits would let users have."""
        rules = self.rules
        servers = len({*cluster.promised, *self.expected()})
        by_memory = rules.cluster_memory // rules.user_memory
        count = max(self.count, self.windows.places())
        return max(0, min(count, rules.max_users - servers, by_memory - servers))

    def _coming(self, cluster: Cluster) -> int:
        return len({*cluster.promised, *self.expected()} - cluster.placed)

    def _slots(self, cluster: Cluster) -> Slots:
        memory = self.rules.user_memory
        leaving = [worker for worker in cluster.workers if worker.leaving_at is not None]
        return Slots(
            free=sum(worker.room_for(memory) for worker in cluster.workers),
            taken=self._coming(cluster) + sum(worker.servers for worker in leaving),
            ready=sum(worker.ready for worker in cluster.workers),
            paused=sum(worker.paused for worker in cluster.workers),
            leaving=len(leaving),
            each=places_of_a_worker(memory, cluster.workers),
        )
