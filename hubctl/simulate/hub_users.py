"""The users of the Chef hub: one hub admits them in order, places them on workers, and asks for more workers.

It does so by the rules of ``swarm_hub.admission`` and ``swarm_hub.packing``.
"""

from typing import Any

from hubctl.simulate.fleet import scaling_metric
from hubctl.simulate.machines import SimulatedMachine
from hubctl.simulate.model import VCPUS
from hubctl.simulate.users import Users

METRIC_SECONDS = 60.0
PROTECT_SECONDS = 20.0  # between the hub's looks at which workers hold servers
LEAVE_SECONDS = 60.0  # until a drained worker has left the Swarm
LONG_SECONDS = 1800.0  # after which the emptiest worker takes no new starts, as in swarm_hub.packing


class HubUsers(Users):
    """A user either gets a place, or waits for a worker that was asked for, or is refused with a sentence."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._metric = scaling_metric(self.model)
        self._retiring = self._candidate = 0
        self._candidate_since = 0.0
        self._counts_after = self._warmup()
        self.fleet.protection = self._protect

    def try_to_start(self, number: int) -> None:
        """Admit a user: refuse at a limit, start where there is room, and otherwise ask for a worker and wait."""
        others = len(self.waiting) - 1 + self.sessions
        limits = {
            "hub_max_users": self.model.max_users,
            "hub_max_cluster_memory_gib": self.model.max_servers,
        }
        for name, limit in limits.items():
            if limit is not None and others + 1 > limit:
                self.refuse(number, name)
                return
        self.place_freed()
        if number in self.waiting and not self._ask_for_workers():
            self.refuse(number, "worker_max_size")
            return
        self.keep_spare()
        if number in self.waiting:
            self.schedule.after(self.assumptions.patience, self._give_up, number)

    def _give_up(self, number: int) -> None:
        if number in self.waiting:
            self.refuse(number, self.out_of_patience)

    def place_freed(self) -> None:
        """Start who has waited longest, as long as there is room."""
        places = self.fleet.places
        while self.waiting and places.free:
            machine = places.fullest(self._retiring) if self.model.packs else places.emptiest()
            if machine is None:
                return
            if machine.serial == self._retiring:
                self._retiring = self._candidate = 0  # the others were full: it is needed after all
            self.start_on(next(iter(self.waiting)), machine)

    def look(self) -> None:
        """Do the hub's round: the emptiest worker retires after a while, and places are kept free."""
        if self.model.packs:
            self._retire()
        self.keep_spare()

    def _retire(self) -> None:
        emptiest = self.fleet.places.emptiest_in_use()
        if not emptiest:
            self._retiring = self._candidate = 0
            return
        if self._retiring and not self._in_use(self._retiring):
            self._retiring = 0
        if self._retiring:
            return
        if emptiest != self._candidate:
            self._candidate, self._candidate_since = emptiest, self.schedule.now
        if self.schedule.now - self._candidate_since >= LONG_SECONDS:
            self._retiring = self._candidate

    def _in_use(self, serial: int) -> bool:
        machine = self.fleet.machines.get(f"i-{serial:05}")
        return machine is not None and bool(machine.sessions)

    def machine_usable(self, machine: SimulatedMachine) -> None:
        """Give the users who wait their places; from now on the hub protects the worker while it holds servers."""
        machine.turned(self.schedule.now)
        self.place_freed()

    def machine_leaving(self, machine: SimulatedMachine) -> None:
        """Drain a worker: its servers stop at once, and Swarm lets it go a little later."""
        self.interrupted += len(machine.sessions)
        self.send_away(machine)
        self.schedule.after(LEAVE_SECONDS, self._left, machine)

    def publish_cpu(self) -> None:
        """Publish the CPU utilization of the workers, as EC2 does once a minute with detailed monitoring.

        One that warms up is not counted toward the group's metric, if the group or its policy has a warm-up; without one
        it counts from the moment it is in service.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html
        """
        if self._metric is None:
            return
        assumed, now, warmup = self.assumptions, self.schedule.now, self._counts_after
        values = []
        for machine in self.fleet.machines.values():
            instance = self.fleet.group.instances[machine.id]
            if instance.pooled or instance.warming(now, warmup):
                continue
            busy = assumed.idle_cpu + assumed.cpu_per_user * VCPUS / machine.vcpus * len(machine.sessions)
            starting = assumed.boot_cpu if now < machine.usable else 0.0
            values.append(min(100.0, max(busy, starting)))
        self.fleet.publish(self._metric, values)

    def _warmup(self) -> float:
        own = [getattr(policy, "warmup", None) for policy in self.model.policies]
        given = [warmup for warmup in (*own, self.model.group.default_warmup) if warmup is not None]
        return max(given, default=0.0)

    def _ask_for_workers(self) -> bool:
        """Raise the group until all users who wait have a place; return False when it may not grow so far."""
        target = self._needed(0)
        if target > self.fleet.group.spec.max_size:
            return False
        if target > self.fleet.group.desired:
            self.fleet.raise_to(target)
        return True

    def keep_spare(self) -> None:
        """Raise the group, as far as it may grow, until places are free ahead of the next user."""
        if not self.model.spare_places:
            return
        target = min(self.fleet.group.spec.max_size, self._needed(self.model.spare_places))
        if target > self.fleet.group.desired:
            self.fleet.raise_to(target)

    def _needed(self, further: int) -> int:
        """Return the capacity that gives all who wait a place and leaves ``further`` free (``workers_needed`` of the hub)."""
        group, each = self.fleet.group, self.model.places
        there = len(self.fleet.places)
        coming = max(0, group.desired - there)
        lacking = len(self.waiting) + further - self.fleet.places.free - coming * each
        return max(group.desired, there) + -(-lacking // each) if lacking > 0 else group.desired

    def _protect(self) -> None:
        """Set the protection as the hub's last look at each worker has left it."""
        now, kept, free = self.schedule.now, set(), self.fleet.places.free
        empty = self.fleet.places.empty() if self.model.spare_places else []
        free -= sum(machine.free for machine in empty)
        for machine in empty:
            if free < self.model.spare_places:
                kept.add(machine.serial)
                free += machine.free
        for machine in self.fleet.machines.values():
            if machine.usable > now or machine.leaving or machine.pooled:
                continue
            looked = machine.usable + (now - machine.usable) // PROTECT_SECONDS * PROTECT_SECONDS
            self.fleet.protect(machine, on=machine.held_sessions(looked) or machine.serial in kept)

    def _left(self, machine: SimulatedMachine) -> None:
        if machine.id in self.fleet.machines and machine.leaving:
            self.fleet.let_go(machine)
