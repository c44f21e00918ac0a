"""The machines of a simulated group: launched and taken away by the scaling engine, and paid for by the second.

Time is imagined: :class:`Schedule` goes from one event to the next. A machine knows when users can work on it, and who does.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hubctl.scaling.engine import ScalingEngine
from hubctl.scaling.group import ScaledGroup
from hubctl.scaling.metrics import MetricId, MetricStore, Sample
from hubctl.scaling.policies import TargetTrackingPolicy
from hubctl.simulate.durations import HOUR
from hubctl.simulate.model import SimulationAssumptions, StackModel

TICK_SECONDS = 60.0
FREE_METRIC = "FreePlaces"  # of aws-lab: free places of all instances, as each of them reckons


@dataclass(kw_only=True)
class Session:
    """A user's server; ``number`` tells it from earlier ones of the same user, ``ends`` is when the user stops it."""

    number: int
    user: str
    began: float
    ends: float


@dataclass(kw_only=True)
class SimulatedMachine:
    """An instance with ``places``; ``usable`` is when its hub answers or its worker takes users."""

    id: str
    launched: float
    usable: float
    places: int
    sessions: dict[int, Session] = field(default_factory=dict)
    leaving: bool = False
    drain_began: float | None = None

    def open(self, now: float) -> bool:
        """Tell whether users are sent here."""
        return now >= self.usable and not self.leaving

    @property
    def free(self) -> int:
        """How many more users fit."""
        return self.places - len(self.sessions)


class Schedule:
    """Events in order of time; those of one moment in the order in which they were planned."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def at(self, time: float, event: Callable[[], object]) -> None:
        """Plan an event; one whose time has passed happens next."""
        heapq.heappush(self._events, (max(time, self.now), next(self._numbers), event))

    def after(self, seconds: float, event: Callable[[], object]) -> None:
        """Plan an event ``seconds`` from now."""
        self.at(self.now + seconds, event)

    def every(self, seconds: float, event: Callable[[], bool | None], *, first: float) -> None:
        """Plan an event again and again from ``first`` on, until it returns False."""

        def turn() -> None:
            if event() is not False:
                self.after(seconds, turn)

        self.at(first, turn)

    def run(self, until: float) -> None:
        """Let everything happen up to and including ``until``."""
        while self._events and self._events[0][0] <= until:
            self.now, _, event = heapq.heappop(self._events)
            event()
        self.now = until


def scaling_metric(model: StackModel) -> MetricId | None:
    """Return the metric that the stack scales on: its policies name one, or its alarms do."""
    for policy in model.policies:
        if isinstance(policy, TargetTrackingPolicy):
            return policy.metric
    return next((alarm.metric for alarm in model.alarms if alarm.metric.name != FREE_METRIC), None)


class SimulatedFleet:
    """Machines by id. ``usable``, ``leaving`` and ``gone`` are called when a machine becomes so."""

    def __init__(
        self,
        *,
        model: StackModel,
        assumptions: SimulationAssumptions,
        schedule: Schedule,
        dice: random.Random,
    ) -> None:
        self._model, self._schedule, self._dice = model, schedule, dice
        self.assumptions = assumptions
        self.group = ScaledGroup(model.group)
        self.engine = ScalingEngine()
        self.engine.configure(
            {model.group.name: self.group}, {model.group.name: model.policies}, model.alarms
        )
        self.store = MetricStore()
        self.machines: dict[str, SimulatedMachine] = {}
        self.paid_seconds = 0.0
        self.most = 0
        self.usable: Callable[[SimulatedMachine], None] = lambda _machine: None
        self.leaving: Callable[[SimulatedMachine], None] = lambda _machine: None
        self.gone: Callable[[SimulatedMachine], None] = lambda _machine: None
        self._launched = 0

    def start(self) -> None:
        """Begin with the smallest size, in service and warmed up long ago, and look at the alarms once a minute."""
        for zone in self.group.missing():
            machine = self._launch(zone, usable=self._schedule.now)
            self.group.started(machine.id, float("-inf"))
        # A little after the full minute, as CloudWatch does not evaluate at the very second.
        self._schedule.every(TICK_SECONDS, self._tick, first=self._dice.uniform(1, 10))

    def finish(self) -> None:
        """Pay for what still runs."""
        for machine in self.machines.values():
            self.paid_seconds += self._schedule.now - machine.launched

    def open(self) -> Iterator[SimulatedMachine]:
        """Yield the machines that take users now."""
        return (machine for machine in self.machines.values() if machine.open(self._schedule.now))

    def publish(self, metric: MetricId, value: float) -> None:
        """Publish a value now; alarms see it after the delay."""
        sample = Sample(self._schedule.now, value)
        self._schedule.after(self.assumptions.metric_delay, lambda: self.store.put(metric, sample))

    def raise_to(self, capacity: int) -> None:
        """Set a larger desired capacity, as the hub does for users who wait."""
        self.group.desired = max(self.group.desired, self.group.spec.bounded(capacity))
        self.reconcile()

    def let_go(self, machine: SimulatedMachine) -> None:
        """Complete the lifecycle actions that hold a machine."""
        for hook in list(self.group.instances[machine.id].waits):
            if self.group.complete(machine.id, hook, "CONTINUE", self._schedule.now):
                self._remove(machine)

    def protect(self, machine: SimulatedMachine, *, on: bool) -> None:
        """Set or lift a machine's protection from scaling in."""
        self.group.instances[machine.id].protected = on

    def _tick(self) -> None:
        self.engine.tick(self._schedule.now, self.store)
        self.reconcile()

    def reconcile(self) -> None:
        """Launch what is missing, begin to take away what is too much."""
        now = self._schedule.now
        for instance_id in [*self.group.expire(now), *self.group.shrink(now)]:
            self._remove(self.machines[instance_id])
        for instance in list(self.group.instances.values()):
            machine = self.machines[instance.id]
            if instance.leaving and not machine.leaving:
                machine.leaving = True
                self.leaving(machine)
        for zone in self.group.missing():
            self._launch(zone)

    def _launch(self, zone: str, usable: float | None = None) -> SimulatedMachine:
        assumed, now = self.assumptions, self._schedule.now
        self._launched += 1
        ready = now + assumed.launch + assumed.boot + assumed.pull if usable is None else usable
        machine = SimulatedMachine(
            id=f"i-{self._launched:05}", launched=now, usable=ready, places=self._model.places
        )
        self.machines[machine.id] = machine
        self.most = max(self.most, len(self.machines))
        self.group.launch(machine.id, zone, now)
        if usable is None:
            self._schedule.after(assumed.launch, lambda: self._started(machine))
        self._schedule.at(ready, lambda: self._usable(machine))
        if self._model.spot and assumed.interruptions_per_hour:
            hours = self._dice.expovariate(assumed.interruptions_per_hour)
            self._schedule.after(hours * HOUR, lambda: self._interrupt(machine))
        return machine

    def _started(self, machine: SimulatedMachine) -> None:
        if machine.id in self.group.instances:
            self.group.started(machine.id, self._schedule.now)

    def _usable(self, machine: SimulatedMachine) -> None:
        if machine.id in self.machines and not machine.leaving:
            self.usable(machine)

    def _interrupt(self, machine: SimulatedMachine) -> None:
        if machine.id in self.machines:
            self.group.lost(machine.id)
            self._remove(machine)
            self.reconcile()

    def _remove(self, machine: SimulatedMachine) -> None:
        del self.machines[machine.id]
        machine.leaving = True
        self.paid_seconds += self._schedule.now - machine.launched
        self.gone(machine)
