"""Users of the Chef hub: one hub admits them in order, places them on the emptiest worker, and asks for more workers.

The rules are those of the hub's own admission (``swarm_hub.admission``), without its disks.
"""

from typing import Any

from hubctl.simulation.fleet import scaling_metric
from hubctl.simulation.machine import Machine
from hubctl.simulation.users import Users

METRIC_SECONDS = 60.0
PROTECT_SECONDS = 20.0  # between the hub's looks at which workers hold servers
LEAVE_SECONDS = 60.0  # until a drained worker has left the Swarm


class HubUsers(Users):
    """A user either gets a place, or waits for a worker that was asked for, or is refused with a sentence."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._metric = scaling_metric(self.model)
        self._watched: set[str] = set()

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
        self.schedule.after(self.assumptions.patience, lambda: self.give_up(number))

    def place_freed(self) -> None:
        """Start who has waited longest, as long as there is room."""
        while self.waiting:
            machine = max(self.fleet.open(), key=lambda one: one.free, default=None)
            if machine is None or machine.free < 1:
                return
            self.start_on(next(iter(self.waiting)), machine)

    def machine_usable(self, machine: Machine) -> None:
        """Give the users who wait their places, and let the hub protect the worker while it holds servers."""
        self.place_freed()
        self.schedule.every(PROTECT_SECONDS, lambda: self._protect(machine), first=self.schedule.now)

    def machine_leaving(self, machine: Machine) -> None:
        """Drain a worker: its servers stop at once, and Swarm lets it go a little later."""
        self.interrupted += len(machine.sessions)
        self.send_away(machine)
        self.schedule.after(LEAVE_SECONDS, lambda: self._left(machine))

    def publish_cpu(self) -> None:
        """Publish the CPU utilization of the workers, as EC2 does once a minute with detailed monitoring.

        One that warms up is not counted toward the group's metric, if the group or its policy has a warm-up; without one
        it counts from the moment it is in service.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html
        """
        if self._metric is None:
            return
        assumed, now = self.assumptions, self.schedule.now
        warmup = self._warmup()
        for machine in self.fleet.machines.values():
            instance = self.fleet.group.instances[machine.id]
            if instance.warming(now, warmup):
                continue
            busy = assumed.idle_cpu + assumed.cpu_per_user * len(machine.sessions)
            starting = assumed.boot_cpu if now < machine.usable else 0.0
            self.fleet.publish(self._metric, min(100.0, max(busy, starting)))

    def _warmup(self) -> float:
        own = [getattr(policy, "warmup", None) for policy in self.model.policies]
        given = [warmup for warmup in (*own, self.model.group.default_warmup) if warmup is not None]
        return max(given, default=0.0)

    def _ask_for_workers(self) -> bool:
        """Raise the group until everybody who waits has a place; return False when it may not grow so far."""
        group = self.fleet.group
        ready = sum(1 for _ in self.fleet.open())
        coming = max(0, group.desired - ready)
        lacking = len(self.waiting) - coming * self.model.places
        target = group.desired + max(0, -(-lacking // self.model.places))
        if target > group.spec.max_size:
            return False
        if target > group.desired:
            self.fleet.raise_to(target)
        return True

    def _protect(self, machine: Machine) -> bool:
        """Do the hub's round over one worker (``swarm_hub.worker_group``); return False once it leaves."""
        if machine.id not in self.fleet.machines or machine.leaving:
            return False
        self.fleet.protect(machine, on=bool(machine.sessions))
        return True

    def _left(self, machine: Machine) -> None:
        if machine.id in self.fleet.machines:
            self.fleet.let_go(machine)
