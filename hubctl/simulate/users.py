"""The users of a simulation: they come, wait, work, give up, lose their session and come back.

Users of the Chef hub are admitted in order by one hub, which places them on the emptiest worker and asks for more workers.
Users of the Lab are sent to an instance in turn by the balancer, and the instance's agent looks after them.
"""

import itertools
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hubctl.simulate.arrivals import Arrival
from hubctl.simulate.fleet import (
    FREE_METRIC,
    Schedule,
    Session,
    SimulatedFleet,
    SimulatedMachine,
    scaling_metric,
)
from hubctl.simulate.model import SimulationAssumptions, StackModel

METRIC_SECONDS = 60.0
PROTECT_SECONDS = 20.0  # between the hub's looks at which workers hold servers
LEAVE_SECONDS = 60.0  # until a drained worker has left the Swarm


@dataclass(kw_only=True)
class Waiting:
    """A user without a server, since ``since``."""

    user: str
    duration: float
    since: float


class Users(ABC):
    """What both kinds of stack have in common. ``waits`` are seconds; the counters are of users."""

    def __init__(
        self,
        *,
        model: StackModel,
        assumptions: SimulationAssumptions,
        schedule: Schedule,
        fleet: SimulatedFleet,
    ) -> None:
        self.model, self.assumptions, self.schedule, self.fleet = model, assumptions, schedule, fleet
        self.waiting: dict[int, Waiting] = {}
        self.waits: list[float] = []
        self.refusals: Counter[str] = Counter()  # by reason
        self.lost = 0
        self.interrupted = 0
        self.session_seconds = 0.0
        self._numbers = itertools.count()
        fleet.usable, fleet.leaving, fleet.gone = self.machine_usable, self.machine_leaving, self.machine_gone

    @abstractmethod
    def try_to_start(self, number: int) -> None:
        """Find a place for a user who waits, or let them go on waiting."""

    @abstractmethod
    def machine_usable(self, machine: SimulatedMachine) -> None:
        """Begin what a machine does once it takes users."""

    @abstractmethod
    def machine_leaving(self, machine: SimulatedMachine) -> None:
        """Do what happens when a machine has to leave, while its hooks hold it."""

    @property
    def sessions(self) -> int:
        """How many users have a server now."""
        return sum(len(machine.sessions) for machine in self.fleet.machines.values())

    def arrive(self, arrival: Arrival) -> None:
        """Take note of a user who wants a server."""
        number = next(self._numbers)
        self.waiting[number] = Waiting(user=arrival.user, duration=arrival.duration, since=self.schedule.now)
        self.try_to_start(number)

    def start_on(self, number: int, machine: SimulatedMachine) -> None:
        """Give a user who waits a server on a machine."""
        user = self.waiting.pop(number)
        began = self.schedule.now + self.assumptions.spawn
        session = Session(number=number, user=user.user, began=began, ends=began + user.duration)
        machine.sessions[number] = session
        self.waits.append(began - user.since)
        self.schedule.at(session.ends, lambda: self._end(machine, session))

    def give_up(self, number: int) -> bool:
        """Let a user go away without a server if their patience is over; return whether they went."""
        user = self.waiting.get(number)
        if user is None or self.schedule.now < user.since + self.assumptions.patience:
            return False
        self.refuse(number, f"out of patience after {self.assumptions.patience:g} s")
        return True

    def refuse(self, number: int, reason: str) -> None:
        """Send a user away without a server; the reason is what they ran into."""
        del self.waiting[number]
        self.refusals[reason] += 1

    def machine_gone(self, machine: SimulatedMachine) -> None:
        """Lose the sessions of a machine that is taken away; their users come back."""
        self.lost += len(machine.sessions)
        self.send_away(machine)

    def send_away(self, machine: SimulatedMachine) -> None:
        """End the sessions of a machine; their users come back after a while for the rest of their time."""
        for session in list(machine.sessions.values()):
            del machine.sessions[session.number]
            self._worked(session)
            rest = session.ends - max(self.schedule.now, session.began)
            arrival = Arrival(time=self.schedule.now, user=session.user, duration=max(1.0, rest))
            self.schedule.after(self.assumptions.return_after, partial(self.arrive, arrival))

    def finish(self) -> None:
        """Count what is still going on; who still waits at the end has not been served."""
        if self.waiting:
            self.refusals["still waiting at the end"] += len(self.waiting)
        for machine in self.fleet.machines.values():
            for session in machine.sessions.values():
                self._worked(session)

    def _end(self, machine: SimulatedMachine, session: Session) -> None:
        if machine.sessions.pop(session.number, None) is not None:
            self._worked(session)
            self.place_freed()

    def place_freed(self) -> None:  # noqa: B027 - only the hub places users who wait
        """Take note that a user has left."""

    def _worked(self, session: Session) -> None:
        self.session_seconds += max(0.0, min(self.schedule.now, session.ends) - session.began)


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

    def machine_usable(self, machine: SimulatedMachine) -> None:
        """Give the users who wait their places, and let the hub protect the worker while it holds servers."""
        self.place_freed()
        self.schedule.every(PROTECT_SECONDS, lambda: self._protect(machine), first=self.schedule.now)

    def machine_leaving(self, machine: SimulatedMachine) -> None:
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
        """Raise the group until all users who wait have a place; return False when it may not grow so far."""
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

    def _protect(self, machine: SimulatedMachine) -> bool:
        """Do the hub's round over one worker (``swarm_hub.worker_group``); return False once it leaves."""
        if machine.id not in self.fleet.machines or machine.leaving:
            return False
        self.fleet.protect(machine, on=bool(machine.sessions))
        return True

    def _left(self, machine: SimulatedMachine) -> None:
        if machine.id in self.fleet.machines:
            self.fleet.let_go(machine)


class LabUsers(Users):
    """A user who is sent to a full instance is turned away there and tries again; the balancer then chooses anew."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._metric = scaling_metric(self.model)
        self._turn = 0

    def try_to_start(self, number: int) -> None:
        """Ask the next instance in turn; come back later when it is full or there is none."""
        if number not in self.waiting or self.give_up(number):
            return
        machines = list(self.fleet.open())
        if machines:
            self._turn += 1
            machine = machines[self._turn % len(machines)]
            if machine.free > 0:
                self.start_on(number, machine)
                return
        self.schedule.after(self.assumptions.retry, lambda: self.try_to_start(number))

    def machine_usable(self, machine: SimulatedMachine) -> None:
        """Let the agent run, from now on once a period."""
        self.schedule.every(
            self.assumptions.agent_period, lambda: self._agent(machine), first=self.schedule.now
        )

    def machine_leaving(self, machine: SimulatedMachine) -> None:
        """Leave it to the agent's next run, which drains; a machine without a hook is gone by now."""
        machine.drain_began = self.schedule.now

    def _agent(self, machine: SimulatedMachine) -> bool:
        """Run the session agent: protect and publish, or drain. Return False once the machine is gone."""
        if machine.id not in self.fleet.machines:
            return False
        if machine.leaving:
            began = self.schedule.now if machine.drain_began is None else machine.drain_began
            if not machine.sessions or self.schedule.now - began >= self.model.drain_timeout:
                self.fleet.let_go(machine)
                return False
            return True
        self.fleet.protect(machine, on=bool(machine.sessions))
        if self._metric is not None:
            self.fleet.publish(self._metric, float(len(machine.sessions)))
            # As each instance reckons it: its own free places, times the instances in service
            free = float(machine.free * len(self.fleet.group.in_service()))
            self.fleet.publish(replace(self._metric, name=FREE_METRIC), free)
        return True
