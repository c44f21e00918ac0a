"""Alarms, policies and groups put together: from stored metrics to changed capacities, in one call for each tick.

:func:`decide_capacity` says what the policies that were triggered at one moment make of a group's desired capacity,
:func:`execute_policy` what one of them does that a request executes without an alarm.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubctl.scaling.alarms import Alarm, AlarmBoard, AlarmEvaluation, AlarmState
from hubctl.scaling.group import ScaledGroup
from hubctl.scaling.metrics import Metrics
from hubctl.scaling.policies import (
    Policy,
    ScalingStep,
    SimplePolicy,
    StepPolicy,
    TargetTrackingPolicy,
    adjusted,
    target_tracking_alarms,
)


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A policy that an alarm set off, with the newest data point of the alarm's metric.

    AWS says "the most recent metric data points" of a step policy; the newest one is taken here.
    """

    policy: Policy
    alarm: Alarm
    value: float | None


@dataclass(frozen=True, kw_only=True)
class CapacityDecision:
    """The new desired capacity of a group, and why."""

    desired: int
    before: int
    reason: str
    policy: Policy


def decide_capacity(
    group: ScaledGroup, triggers: Sequence[Trigger], tracking: Iterable[str], now: float
) -> CapacityDecision | None:
    """Return the change of capacity that the triggers lead to, None when they lead to none.

    Of several policies the one with the largest capacity wins, out and in. Target tracking policies scale in only
    together: ``tracking`` names all of the group's that may scale in. The group is not changed.
    """
    if "AlarmNotification" in group.spec.suspended:
        return None
    wanted = [(trigger, _wanted(group, trigger, now)) for trigger in triggers]
    asked = [(trigger, capacity) for trigger, capacity in wanted if capacity is not None]
    together = {
        trigger.policy.name
        for trigger, capacity in asked
        if isinstance(trigger.policy, TargetTrackingPolicy) and capacity < group.desired
    }
    if not set(tracking) <= together:
        asked = [(trigger, capacity) for trigger, capacity in asked if trigger.policy.name not in together]
    if not asked:
        return None
    trigger, capacity = max(asked, key=lambda one: one[1])
    return CapacityDecision(
        desired=capacity,
        before=group.desired,
        policy=trigger.policy,
        reason=(
            f"alarm {trigger.alarm.name} is in state ALARM"
            f"{'' if trigger.value is None else f' at {trigger.value:g}'}: policy {trigger.policy.name} "
            f"changes the desired capacity from {group.desired} to {capacity}"
        ),
    )


class NotExecutedError(Exception):
    """A policy cannot be executed so; ``under_way`` when it may be later, because the group is changing or cools down."""

    def __init__(self, message: str, *, under_way: bool = False) -> None:
        super().__init__(message)
        self.under_way = under_way


def execute_policy(
    group: ScaledGroup,
    policy: Policy,
    now: float,
    *,
    value: float | None = None,
    threshold: float | None = None,
    honor_cooldown: bool = False,
) -> CapacityDecision | None:
    """Return the change of capacity that a request's policy leads to, None when it leads to none; the group stays as it is.

    A step policy compares ``value`` with ``threshold``, a simple one waits for its cooldown only where ``honor_cooldown``
    says so. It works without alarms, so also while these are suspended.
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExecutePolicy.html

    Raises:
        NotExecutedError: A number is missing or does not fit, no step holds it, or the group is changing.

    """
    if isinstance(policy, TargetTrackingPolicy):
        raise NotExecutedError(f"the policy {policy.name} is of type TargetTrackingScaling")
    if isinstance(policy, StepPolicy):
        capacity = _by_request(group, policy, value, threshold, now)
    elif value is not None or threshold is not None:
        raise NotExecutedError("MetricValue and BreachThreshold are only for policies of type StepScaling")
    else:
        if honor_cooldown and (now < group.cooldown_until or group.in_progress()):
            raise NotExecutedError("a scaling activity is in progress, or the cooldown", under_way=True)
        capacity = _by_adjustment(group, policy)
    if capacity is None:
        return None
    return CapacityDecision(
        desired=capacity,
        before=group.desired,
        policy=policy,
        reason=(
            f"a user request executed policy {policy.name}{'' if value is None else f' at {value:g}'}, "
            f"changing the desired capacity from {group.desired} to {capacity}"
        ),
    )


def apply_decision(group: ScaledGroup, decision: CapacityDecision, now: float) -> None:
    """Set the desired capacity, and start the cooldown of a simple policy."""
    group.desired = decision.desired
    if isinstance(decision.policy, SimplePolicy):
        own = decision.policy.cooldown
        group.cool_down(group.spec.default_cooldown if own is None else own, now)


def _wanted(group: ScaledGroup, trigger: Trigger, now: float) -> int | None:
    """Return the capacity that one trigger asks for, within bounds; None when it must not change anything now."""
    policy = trigger.policy
    if isinstance(policy, SimplePolicy):
        if now < group.cooldown_until or group.in_progress():
            return None
        return _by_adjustment(group, policy)
    if trigger.value is None:
        return None
    warmup = group.spec.warmup(policy.warmup)
    if isinstance(policy, StepPolicy):
        above = trigger.alarm.comparison.startswith("Greater")
        step = policy.step(trigger.value, trigger.alarm.threshold, above=above)
        return None if step is None else _by_step(group, policy, step, warmup, now)
    return _by_target(group, policy, trigger.value, warmup, now)


def _at_its_end(group: ScaledGroup, policy: Policy, value: float | None) -> bool:
    """Tell at once whether a policy would only go further beyond a size that the group has reached already."""
    largest, smallest = group.desired >= group.spec.max_size, group.desired <= group.spec.min_size
    if not (largest or smallest) or value is None or isinstance(policy, SimplePolicy):
        return False
    way = (1 if value > policy.target else -1) if isinstance(policy, TargetTrackingPolicy) else policy.way
    return (largest and way > 0) or (smallest and way < 0)


def _by_adjustment(group: ScaledGroup, policy: SimplePolicy) -> int | None:
    capacity = adjusted(policy.adjustment_type, len(group.present()), policy.adjustment, policy.min_magnitude)
    return _changed(group, group.spec.bounded(capacity))


def _by_request(
    group: ScaledGroup, policy: StepPolicy, value: float | None, threshold: float | None, now: float
) -> int | None:
    if value is None or threshold is None:
        raise NotExecutedError(
            f"the policy {policy.name} of type StepScaling needs MetricValue and BreachThreshold"
        )
    # A request has no comparison that would say to which step a bound belongs: the side of the threshold is taken.
    step = policy.step(value, threshold, above=value >= threshold)
    if step is None:
        raise NotExecutedError(
            f"the metric value {value:g} and the breach threshold {threshold:g} lead to no step of the policy {policy.name}"
        )
    return _by_step(group, policy, step, group.spec.warmup(policy.warmup), now)


def _by_step(
    group: ScaledGroup, policy: StepPolicy, step: ScalingStep, warmup: float, now: float
) -> int | None:
    exact = policy.adjustment_type == "ExactCapacity"
    out = step.adjustment > group.desired if exact else step.adjustment > 0
    current = _capacity(group, out=out, warmup=warmup, now=now)
    capacity = adjusted(policy.adjustment_type, current, step.adjustment, policy.min_magnitude)
    return _in_direction(group, capacity, out=out, warmup=warmup, now=now)


def _by_target(
    group: ScaledGroup, policy: TargetTrackingPolicy, value: float, warmup: float, now: float
) -> int | None:
    out = value > policy.target
    current = _capacity(group, out=out, warmup=warmup, now=now)
    return _in_direction(group, policy.capacity(current, value), out=out, warmup=warmup, now=now)


def _capacity(group: ScaledGroup, *, out: bool, warmup: float, now: float) -> int:
    """Count the current capacity: without those that warm up when scaling out, with those that leave when scaling in."""
    return group.warm(now, warmup) if out else len(group.outside_pool())


def _in_direction(group: ScaledGroup, capacity: int, *, out: bool, warmup: float, now: float) -> int | None:
    bounded = group.spec.bounded(capacity)
    if out:
        return bounded if bounded > group.desired else None
    # "A scale-in activity can't start while a scale-out activity is in progress", warm-up included.
    if any(instance.warming(now, warmup) for instance in group.present()):
        return None
    return bounded if bounded < group.desired else None


def _changed(group: ScaledGroup, capacity: int) -> int | None:
    return capacity if capacity != group.desired else None


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What a tick found and decided: all evaluations that were due, and a decision for each group that changes."""

    evaluations: list[AlarmEvaluation]
    decisions: dict[str, CapacityDecision]


class ScalingEngine:
    """Policies by group, and the alarms that set them off by naming them in their actions.

    An alarm's action is a policy's name or an ARN that ends in it, as AWS writes them:
    ``...:autoScalingGroupName/GROUP:policyName/POLICY``.
    """

    def __init__(self, board: AlarmBoard | None = None) -> None:
        self.board = AlarmBoard() if board is None else board
        self.groups: dict[str, ScaledGroup] = {}
        self._policies: dict[str, dict[str, Policy]] = {}
        self._named: dict[str, list[tuple[str, Policy]]] = {}  # what each alarm sets off

    def configure(
        self,
        groups: Mapping[str, ScaledGroup],
        policies: Mapping[str, Iterable[Policy]],
        alarms: Iterable[Alarm],
    ) -> None:
        """Set groups by name, their policies by the group's name, and alarms; states of known alarms stay."""
        self.groups = dict(groups)
        self._named = {}
        self._policies = {group: {policy.name: policy for policy in each} for group, each in policies.items()}
        tracking = [
            alarm
            for group in self._policies
            for policy in self._tracking(group)
            for alarm in target_tracking_alarms(policy, group)
        ]
        wanted = [*alarms, *tracking]
        for alarm in wanted:
            self.board.put(alarm)
        self.board.keep_only(alarm.name for alarm in wanted)

    def tick(self, now: float, metrics: Metrics) -> Tick:
        """Evaluate the alarms that are due, and set the groups' desired capacities."""
        evaluations = self.board.tick(now, metrics)
        return Tick(evaluations=evaluations, decisions=self._decide(evaluations, now))

    def set_alarm_state(self, name: str, state: AlarmState, points: Sequence[float], now: float) -> Tick:
        """Set an alarm's state as SetAlarmState does: actions run when it changes, on ``points`` from its reason data.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html

        Raises:
            KeyError: There is no such alarm.

        """
        evaluation = self.board.set_state(name, state, tuple(points), now)
        return Tick(evaluations=[evaluation], decisions=self._decide([evaluation], now))

    def execute(self, group: str, policy: str, now: float, **request: Any) -> CapacityDecision | None:
        """Execute a policy as ExecutePolicy does, with what :func:`execute_policy` takes; change the desired capacity.

        Raises:
            KeyError: There is no such group or policy, or it does not take part.
            NotExecutedError: See :func:`execute_policy`.

        """
        decision = execute_policy(self.groups[group], self._policies[group][policy], now, **request)
        if decision is not None:
            apply_decision(self.groups[group], decision, now)
        return decision

    def _decide(self, evaluations: Iterable[AlarmEvaluation], now: float) -> dict[str, CapacityDecision]:
        triggers: dict[str, list[Trigger]] = {}
        for evaluation in evaluations:
            for group, policy in self._set_off(evaluation):
                value = evaluation.verdict.newest
                if not _at_its_end(self.groups[group], policy, value):
                    trigger = Trigger(policy=policy, alarm=evaluation.alarm, value=value)
                    triggers.setdefault(group, []).append(trigger)
        decisions = {}
        for name, set_off in triggers.items():
            scaling_in = [policy.name for policy in self._tracking(name) if not policy.disable_scale_in]
            decision = decide_capacity(self.groups[name], set_off, scaling_in, now)
            if decision is not None:
                apply_decision(self.groups[name], decision, now)
                decisions[name] = decision
        return decisions

    def _tracking(self, group: str) -> list[TargetTrackingPolicy]:
        policies = self._policies.get(group, {}).values()
        return [policy for policy in policies if isinstance(policy, TargetTrackingPolicy)]

    def _set_off(self, evaluation: AlarmEvaluation) -> list[tuple[str, Policy]]:
        if not evaluation.acts:
            return []
        found = self._named.get(evaluation.alarm.name)
        if found is None:
            found = self._named[evaluation.alarm.name] = list(self.policies_of(evaluation.alarm))
        return found

    def policies_of(self, alarm: Alarm) -> Iterator[tuple[str, Policy]]:
        """Yield the policies that an alarm sets off, with the names of their groups."""
        for action in alarm.actions:
            for group, policies in self._policies.items():
                name = action.rpartition(":policyName/")[2]
                in_arn = f":autoScalingGroupName/{group}:" in action or action == name
                if in_arn and name in policies and group in self.groups:
                    yield group, policies[name]
