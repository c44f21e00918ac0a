"""What the policies that were triggered at one moment make of a group's desired capacity.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scale-based-on-demand.html ("Multiple scaling policies", bounds)
https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html ("Instance warm-up")
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scaling-cooldowns.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.group import Group
from hubctl.scaling.policies import Policy, SimplePolicy, StepPolicy, TargetTrackingPolicy, adjusted


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A policy that an alarm set off, with the newest data point of the alarm's metric.

    AWS says "the most recent metric data points" of a step policy; the newest one is taken here.
    """

    policy: Policy
    alarm: Alarm
    value: float | None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The new desired capacity of a group, and why."""

    desired: int
    before: int
    reason: str
    policy: Policy


def decide(group: Group, triggers: Sequence[Trigger], tracking: Iterable[str], now: float) -> Decision | None:
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
    return Decision(
        desired=capacity,
        before=group.desired,
        policy=trigger.policy,
        reason=(
            f"alarm {trigger.alarm.name} is in state ALARM"
            f"{'' if trigger.value is None else f' at {trigger.value:g}'}: policy {trigger.policy.name} "
            f"changes the desired capacity from {group.desired} to {capacity}"
        ),
    )


def apply(group: Group, decision: Decision, now: float) -> None:
    """Set the desired capacity, and start the cooldown of a simple policy."""
    group.desired = decision.desired
    if isinstance(decision.policy, SimplePolicy):
        own = decision.policy.cooldown
        group.cool_down(group.spec.default_cooldown if own is None else own, now)


def _wanted(group: Group, trigger: Trigger, now: float) -> int | None:
    """Return the capacity that one trigger asks for, within bounds; None when it must not change anything now."""
    policy = trigger.policy
    if isinstance(policy, SimplePolicy):
        if now < group.cooldown_until or group.in_progress():
            return None
        capacity = adjusted(
            policy.adjustment_type, len(group.present()), policy.adjustment, policy.min_magnitude
        )
        return _changed(group, group.spec.bounded(capacity))
    if trigger.value is None:
        return None
    warmup = group.spec.warmup(policy.warmup)
    if isinstance(policy, StepPolicy):
        return _by_step(group, policy, trigger.alarm, trigger.value, warmup, now)
    return _by_target(group, policy, trigger.value, warmup, now)


def _by_step(
    group: Group, policy: StepPolicy, alarm: Alarm, value: float, warmup: float, now: float
) -> int | None:
    step = policy.step(value, alarm.threshold, above=alarm.comparison.startswith("Greater"))
    if step is None:
        return None
    exact = policy.adjustment_type == "ExactCapacity"
    out = step.adjustment > group.desired if exact else step.adjustment > 0
    current = _capacity(group, out=out, warmup=warmup, now=now)
    capacity = adjusted(policy.adjustment_type, current, step.adjustment, policy.min_magnitude)
    return _in_direction(group, capacity, out=out, warmup=warmup, now=now)


def _by_target(
    group: Group, policy: TargetTrackingPolicy, value: float, warmup: float, now: float
) -> int | None:
    out = value > policy.target
    current = _capacity(group, out=out, warmup=warmup, now=now)
    return _in_direction(group, policy.capacity(current, value), out=out, warmup=warmup, now=now)


def _capacity(group: Group, *, out: bool, warmup: float, now: float) -> int:
    """Count the current capacity: without those that warm up when scaling out, with those that leave when scaling in."""
    return group.warm(now, warmup) if out else len(group.instances)


def _in_direction(group: Group, capacity: int, *, out: bool, warmup: float, now: float) -> int | None:
    bounded = group.spec.bounded(capacity)
    if out:
        return bounded if bounded > group.desired else None
    # "A scale-in activity can't start while a scale-out activity is in progress", warm-up included.
    if any(instance.warming(now, warmup) for instance in group.present()):
        return None
    return bounded if bounded < group.desired else None


def _changed(group: Group, capacity: int) -> int | None:
    return capacity if capacity != group.desired else None
