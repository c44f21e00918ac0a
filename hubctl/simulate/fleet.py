"""The machines of a simulated group: launched and taken away by the scaling engine, and paid for by the second.

A machine knows when users can work on it, and who does. Those of the warm pool are launched once, stopped, and started when
the group needs them.
"""

import math
import random
from collections.abc import Callable, Sequence

from hubctl.prices.lookup import hourly_price
from hubctl.scaling.alarms import Alarm
from hubctl.scaling.engine import ScalingEngine, Trigger, apply_decision, decide_capacity
from hubctl.scaling.group import ScaledGroup
from hubctl.scaling.lifecycle import PRESENT
from hubctl.scaling.metrics import MINUTE, MetricId
from hubctl.scaling.policies import StepPolicy, TargetTrackingPolicy
from hubctl.scaling.purchasing import Purchase
from hubctl.scaling.quick_alarms import QuickAlarmBoard
from hubctl.simulate.durations import HOUR
from hubctl.simulate.events import Schedule
from hubctl.simulate.machines import SimulatedMachine
from hubctl.simulate.model import SimulationAssumptions, StackModel
from hubctl.simulate.places import Places
from hubctl.simulate.samples import SimulatedMetrics
from stacks.settings.scaling_guards import instance_type

TICK_SECONDS = 60.0
PASSING = frozenset({"Pending", "Pending:Wait", "Warmed:Pending", "Warmed:Pending:Wait"})
FREE_METRIC = "FreePlaces"  # of aws-lab: free places of all instances, as each of them reckons


def price_of(purchase: Purchase) -> float | None:
    """Return the price of an instance an hour; None when the price files do not know it."""
    price = hourly_price(purchase.type, spot=purchase.spot)
    return None if price is None else price.amount


def scaling_metric(model: StackModel) -> MetricId | None:
    """Return the metric that the stack scales on: its policies name one, or its alarms do."""
    for policy in model.policies:
        if isinstance(policy, TargetTrackingPolicy):
            return policy.metric
    return next((alarm.metric for alarm in model.alarms if alarm.metric.name != FREE_METRIC), None)


class SimulatedFleet:
    """Machines by id. ``usable``, ``leaving`` and ``gone`` are called when a machine becomes so.

    ``protection`` is called before the group chooses which instances go, ``agents`` before someone looks at what was
    published, and ``collected`` after it. ``serving`` instances are in service now, ``pooled`` in the warm pool.
    """

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
        self.engine = ScalingEngine(QuickAlarmBoard(idle=self._idle))
        self._ways: dict[
            str, int
        ] = {}  # of what alarms set off: 1 only adds instances, -1 only takes them away
        self.engine.configure(
            {model.group.name: self.group}, {model.group.name: model.policies}, model.alarms
        )
        step = min([MINUTE, *(alarm.period for alarm in model.alarms)])
        self.metrics = SimulatedMetrics(assumptions.metric_delay, step)
        self.machines: dict[str, SimulatedMachine] = {}
        self.places = Places(model.places)
        self.paid: dict[Purchase, float] = {}  # seconds
        self.stopped_seconds = 0.0
        self.most = 0
        self.usable: Callable[[SimulatedMachine], None] = lambda _machine: None
        self.leaving: Callable[[SimulatedMachine], None] = lambda _machine: None
        self.warned: Callable[[SimulatedMachine], None] = lambda _machine: None
        self.gone: Callable[[SimulatedMachine], None] = lambda _machine: None
        self.protection: Callable[[], None] = lambda: None
        self.agents: Callable[[float], None] = lambda _now: None
        self.collected: Callable[[float], None] = lambda _now: None
        self.serving = self.pooled = 0
        self._servings: list[tuple[float, int]] = [(-math.inf, 0)]
        self._launched = 0
        self._calm = False  # nothing is to be done until something changes
        self._pooled_since: dict[str, float] = {}

    def start(self) -> None:
        """Begin with the smallest size, in service and warmed up long ago, and look at the alarms once a minute."""
        for zone in self.group.missing():
            machine = self._launch(zone, usable=self._schedule.now)
            if machine is None:
                break
            self.group.started(machine.id, float("-inf"))
            self._continue(machine)
            self.group.instances[machine.id].in_service = float("-inf")
        for zone in self.group.missing_in_pool():
            machine = self._launch(zone, usable=self._schedule.now, pooled=True)
            if machine is None:
                break
            self.group.started(machine.id, float("-inf"))
            self._continue(machine)
            self._stopped(machine)
        self._count_instances()
        # A little after the full minute, as CloudWatch does not evaluate at the very second.
        self._schedule.every(TICK_SECONDS, self._tick, first=self._dice.uniform(1, 10))

    def finish(self) -> None:
        """Pay for what still runs."""
        for machine in self.machines.values():
            self._pay(machine)
            if machine.id in self._pooled_since:
                self.stopped_seconds += self._schedule.now - self._pooled_since.pop(machine.id)

    def publish(self, metric: MetricId, values: Sequence[float]) -> None:
        """Publish values now; alarms see them after the delay."""
        self.metrics.publish(metric, self._schedule.now, values)

    def _count_instances(self) -> None:
        """Take note of how many instances are in service, and in the warm pool."""
        self.serving, self.pooled = len(self.group.in_service()), len(self.group.pool())
        if self.serving != self._servings[-1][1]:
            self._servings.append((self._schedule.now, self.serving))

    def serving_at(self, moment: float) -> int:
        """Return how many instances were in service at a moment that is not forgotten."""
        if len(self._servings) == 1:
            return self.serving
        return next(number for time, number in reversed(self._servings) if time <= moment)

    def forget_serving(self, before: float) -> None:
        """Forget how many were in service at moments before one."""
        while len(self._servings) > 1 and self._servings[1][0] <= before:
            del self._servings[0]

    def raise_to(self, capacity: int) -> None:
        """Set a larger desired capacity, as the hub does for users who wait."""
        self.group.desired = max(self.group.desired, self.group.spec.bounded(capacity))
        self.reconcile()

    def carry_out(self, trigger: Trigger) -> None:
        """Carry a policy out as ExecutePolicy does: with a value, whatever the state of the alarm is.

        https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExecutePolicy.html
        """
        decision = decide_capacity(self.group, [trigger], (), self._schedule.now)
        if decision is not None:
            apply_decision(self.group, decision, self._schedule.now)
            self.reconcile()

    def let_go(self, machine: SimulatedMachine) -> None:
        """Complete the lifecycle actions that hold a machine on its way out."""
        for hook in list(self.group.instances[machine.id].waits):
            if self.group.complete(machine.id, hook, "CONTINUE", self._schedule.now):
                self._remove(machine)
                return
        self._returned(machine)
        self._count_instances()

    def protect(self, machine: SimulatedMachine, *, on: bool) -> None:
        """Set or lift a machine's protection from scaling in."""
        self.group.instances[machine.id].protected = on

    def _idle(self, alarm: Alarm) -> bool:
        """Tell of an alarm whether it would only go further beyond a size that the group has reached already."""
        desired, spec = self.group.desired, self.group.spec
        largest, smallest = desired >= spec.max_size, desired <= spec.min_size
        if not (largest or smallest):
            return False
        way = self._ways.get(alarm.name)
        if way is None:
            way = self._ways[alarm.name] = self._way(alarm)
        return (largest and way > 0) or (smallest and way < 0)

    def _way(self, alarm: Alarm) -> int:
        if alarm.missing == "ignore":  # its state depends on the one before
            return 0
        ways = set()
        for _, policy in self.engine.policies_of(alarm):
            if isinstance(policy, TargetTrackingPolicy):
                ways.add(1 if alarm.comparison.startswith("Greater") else -1)
            else:
                ways.add(policy.way if isinstance(policy, StepPolicy) else 0)
        return ways.pop() if len(ways) == 1 else 0

    def _tick(self) -> None:
        now = self._schedule.now
        self.agents(now)
        self.metrics.collect(now)
        self.collected(now)
        decided = self.engine.tick(now, self.metrics).decisions
        if decided or not self._calm:
            self.reconcile()

    def reconcile(self) -> None:
        """Launch or start what is missing, begin to take away what is too much."""
        now, group = self._schedule.now, self.group
        if len(group.present()) > group.desired:
            self.protection()
        gone = [*group.expire(now), *group.shrink(now)]
        # Prepared instances come into the group before the pool loses what it then has too much.
        for instance_id in group.leave_pool(now):
            self._wake(self.machines[instance_id])
        for instance_id in [*gone, *group.shrink_pool(now)]:
            self._remove(self.machines[instance_id])
        for instance in [one for one in group.instances.values() if one.state not in PRESENT]:
            machine = self.machines[instance.id]
            if instance.leaving and not machine.leaving:
                machine.leaving = True
                self.places.remove(machine.serial)
                if instance.pooled:
                    self.let_go(machine)
                else:
                    self.leaving(machine)
            elif instance.pooled and not machine.pooled:
                self._returned(machine)
        for zone in group.missing():
            self._launch(zone)
        for zone in group.missing_in_pool():
            self._launch(zone, pooled=True)
        self._calm = len(group.present()) == group.desired and not any(
            instance.waits or instance.state in PASSING for instance in group.instances.values()
        )
        self._count_instances()

    def _launch(
        self, zone: str, usable: float | None = None, *, pooled: bool = False
    ) -> SimulatedMachine | None:
        """Launch a machine; return None when AWS has no capacity of any type, until it is tried again."""
        assumed, now = self.assumptions, self._schedule.now
        self._calm = False
        bought = self._purchase(pooled=pooled)
        if bought is None:
            return None
        self._launched += 1
        ready = now + assumed.launch + assumed.boot + assumed.pull if usable is None else usable
        machine = SimulatedMachine(
            id=f"i-{self._launched:05}",
            serial=self._launched,
            places=self._model.places,
            usable=ready,
            paid_since=now,
            type=bought.type,
            vcpus=self._vcpus(bought.type),
            spot=bought.spot,
            pooled=pooled,
        )
        self.machines[machine.id] = machine
        if not pooled:
            self._count()
        instance = self.group.launch(machine.id, zone, now, pooled=pooled)
        instance.type, instance.spot = bought.type, bought.spot
        self._plan(machine, assumed.launch, ready, starts=usable is None)
        if machine.spot and assumed.interruptions_per_hour:
            hours = self._dice.expovariate(assumed.interruptions_per_hour)
            notice = min(hours * HOUR, assumed.spot_notice)
            self._schedule.after(hours * HOUR - notice, self._warn, machine)
            self._schedule.after(hours * HOUR, self._interrupt, machine)
        return machine

    def _count(self) -> None:
        self.most = max(self.most, sum(not machine.pooled for machine in self.machines.values()))

    def _purchase(self, *, pooled: bool) -> Purchase | None:
        """Return what AWS launches next: of the best type of which it has capacity; None when it has none at all."""
        model = self._model
        wanted = self.group.next_purchases(price_of) or [
            Purchase(type=model.instance_type, spot=not pooled and self._as_spot())
        ]
        return next((one for one in wanted if one.type not in model.unavailable), None)

    def _vcpus(self, name: str) -> int:
        size = instance_type(name) if name != self._model.instance_type else None
        return self._model.vcpus if size is None else size.vcpus

    def _as_spot(self) -> bool:
        """Tell whether the next instance is spot: the base is on demand, and a share of the others."""
        if not self._model.spot:
            return False
        base, percent = self._model.on_demand_base, self._model.on_demand_percent
        others = [machine for machine in self.machines.values() if not machine.leaving]
        on_demand = sum(not machine.spot for machine in others)
        beyond = len(others) + 1 - base
        return beyond > 0 and on_demand >= base + -(-beyond * percent // 100)

    def _plan(self, machine: SimulatedMachine, running: float, ready: float, *, starts: bool = True) -> None:
        """Plan when EC2 runs the machine, and when its hub answers or its worker takes users."""
        if starts:
            self._schedule.after(running, self._started, (machine, machine.generation))
        self._schedule.at(ready, self._ready, (machine, machine.generation))

    def _wake(self, machine: SimulatedMachine) -> None:
        """Start a machine of the warm pool."""
        now, assumed = self._schedule.now, self.assumptions
        self.stopped_seconds += now - self._pooled_since.pop(machine.id, now)
        machine.pooled, machine.leaving, machine.drain_began = False, False, None
        machine.generation += 1
        if machine.paid_since is None:
            machine.paid_since = now
        hibernated = self._model.group.warm_pool is not None and (
            self._model.group.warm_pool.state == "Hibernated"
        )
        machine.usable = now + assumed.start + (assumed.resume if hibernated else assumed.restart)
        self._count()
        self._plan(machine, assumed.start, machine.usable)

    def _started(self, given: tuple[SimulatedMachine, int]) -> None:
        machine, generation = given
        if machine.generation == generation and machine.id in self.group.instances:
            self.group.started(machine.id, self._schedule.now)
            self._count_instances()

    def _ready(self, given: tuple[SimulatedMachine, int]) -> None:
        machine, generation = given
        if machine.generation != generation or machine.id not in self.machines or machine.leaving:
            return
        if machine.pooled:
            self._schedule.after(self.assumptions.stop, self._prepared, (machine, generation))
            return
        self._continue(machine)
        if not machine.doomed:
            self.places.add(machine.serial, machine)
            self.usable(machine)

    def _continue(self, machine: SimulatedMachine) -> None:
        """Complete the launching hooks of a machine that is ready."""
        instance = self.group.instances[machine.id]
        for hook in list(instance.waits):
            self.group.complete(machine.id, hook, "CONTINUE", self._schedule.now)
        self._count_instances()

    def _prepared(self, given: tuple[SimulatedMachine, int]) -> None:
        machine, generation = given
        if machine.generation == generation and machine.id in self.machines and not machine.leaving:
            self._continue(machine)
            self._stopped(machine)
            self.reconcile()

    def _stopped(self, machine: SimulatedMachine) -> None:
        self._pay(machine)
        self._pooled_since[machine.id] = self._schedule.now

    def _returned(self, machine: SimulatedMachine) -> None:
        """Let a machine go back to the warm pool, if that is where scaling in has sent it."""
        instance = self.group.instances.get(machine.id)
        if instance is None or not instance.pooled or machine.pooled:
            return
        self.places.remove(machine.serial)
        self.gone(machine)
        machine.pooled, machine.leaving, machine.drain_began = True, False, None
        machine.generation += 1
        self._schedule.after(self.assumptions.stop, self._prepared, (machine, machine.generation))

    def _warn(self, machine: SimulatedMachine) -> None:
        """Take note of the notice that EC2 gives two minutes before it takes a spot instance."""
        if machine.id in self.machines and not machine.leaving:
            machine.doomed = True
            self.places.remove(machine.serial)
            self.warned(machine)

    def _interrupt(self, machine: SimulatedMachine) -> None:
        if machine.id in self.machines:
            self.group.lost(machine.id)
            self._remove(machine)
            self.reconcile()

    def _pay(self, machine: SimulatedMachine) -> None:
        if machine.paid_since is not None:
            bought = Purchase(type=machine.type, spot=machine.spot)
            self.paid[bought] = self.paid.get(bought, 0.0) + self._schedule.now - machine.paid_since
            machine.paid_since = None

    def _remove(self, machine: SimulatedMachine) -> None:
        del self.machines[machine.id]
        self._calm, machine.leaving = False, True
        self.places.remove(machine.serial)
        self.stopped_seconds += self._schedule.now - self._pooled_since.pop(machine.id, self._schedule.now)
        self._pay(machine)
        self.gone(machine)
        self._count_instances()
