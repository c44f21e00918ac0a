"""Scaling policies: from a metric's value and a group's capacity to the capacity that the policy asks for.

A target tracking policy makes its two alarms itself: :func:`target_tracking_alarms`.

Step and simple scaling: https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
Target tracking: https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.metrics import MetricId

Adjustment = Literal["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"]
_ROUNDING_NOISE = 1e-9  # 0.1 * 30 is a little more than 3, and would be a fourth instance
HIGH_MINUTES = 3
LOW_MINUTES = 15
LOW_SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class ScalingStep:
    """Bounds relative to the alarm's threshold (None is infinity), and what to adjust by between them."""

    adjustment: int
    lower: float | None = None
    upper: float | None = None

    def holds(self, distance: float, *, above: bool) -> bool:
        """Tell whether ``distance`` (value - threshold) lies in the step.

        Above the threshold the lower bound belongs to the step and the upper does not, below it the other way round
        (section "Step adjustments").
        """
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        return lower <= distance < upper if above else lower < distance <= upper


@dataclass(frozen=True, kw_only=True)
class SimplePolicy:
    """One adjustment, then a cooldown in seconds; None means the group's default."""

    name: str
    adjustment_type: Adjustment
    adjustment: int
    min_magnitude: int = 0
    cooldown: float | None = None


@dataclass(frozen=True, kw_only=True)
class StepPolicy:
    """An adjustment by the size of the breach. ``warmup`` is in seconds; None means the group's.

    Raises:
        ValueError: The steps overlap, leave a gap, or do not reach infinity where they must.

    """

    name: str
    adjustment_type: Adjustment
    steps: tuple[ScalingStep, ...]
    min_magnitude: int = 0
    warmup: float | None = None

    def __post_init__(self) -> None:
        problem = _steps_problem(self.steps)
        if problem:
            raise ValueError(f"policy {self.name}: {problem}")

    @property
    def way(self) -> int:
        """1 for a policy whose steps all add, -1 for one whose steps all take away, 0 for any other."""
        adjustments = [step.adjustment for step in self.steps]
        if self.adjustment_type == "ExactCapacity" or not adjustments:
            return 0
        return (min(adjustments) > 0) - (max(adjustments) < 0)

    def step(self, value: float, threshold: float, *, above: bool) -> ScalingStep | None:
        """Return the step that ``value`` calls for, None where no step holds it."""
        distance = value - threshold
        return next((step for step in self.steps if step.holds(distance, above=above)), None)


@dataclass(frozen=True, kw_only=True)
class TargetTrackingPolicy:
    """Keeps ``metric`` (its ``statistic``) near ``target``."""

    name: str
    metric: MetricId
    target: float
    statistic: str = "Average"
    disable_scale_in: bool = False
    warmup: float | None = None

    def capacity(self, current: int, value: float) -> int:
        """Return the capacity at which ``value`` would be at the target, rounded up.

        "If adding 1.5 instances brings the metric to the target, two are added; if removing 1.5 would, one is removed" is how the
        guide describes it: in both directions the larger capacity is taken.
        """
        return math.ceil(current * value / self.target - _ROUNDING_NOISE)


Policy = SimplePolicy | StepPolicy | TargetTrackingPolicy


def adjusted(kind: Adjustment, current: int, adjustment: int, min_magnitude: int = 0) -> int:
    """Return the capacity after an adjustment of ``current``, before the group's bounds."""
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return current + adjustment
    change = rounded(current * adjustment / 100)
    if adjustment and abs(change) < min_magnitude:
        change = int(math.copysign(min_magnitude, adjustment))
    return current + change


def rounded(change: float) -> int:
    """Round a percentage of the capacity towards zero, but never to zero (section "Scaling adjustment types")."""
    if 0 < abs(change) < 1:
        return int(math.copysign(1, change))
    return int(change + math.copysign(_ROUNDING_NOISE, change))


def _steps_problem(steps: tuple[ScalingStep, ...]) -> str | None:
    """Say what section "Step adjustments" forbids."""
    if not steps:
        return "it has no steps"
    if any(step.lower is None and step.upper is None for step in steps) and len(steps) > 1:
        return "a step without bounds overlaps the others"
    ordered = sorted(steps, key=lambda step: -math.inf if step.lower is None else step.lower)
    for one, next_one in pairwise(ordered):
        if one.upper is None or next_one.lower is None or one.upper > next_one.lower:
            return "its steps overlap"
        if one.upper < next_one.lower:
            return f"its steps leave a gap from {one.upper:g} to {next_one.lower:g}"
    if ordered[0].lower is not None and ordered[0].lower < 0:
        return "a step has a negative lower bound, and none goes down to minus infinity"
    if ordered[-1].upper is not None and ordered[-1].upper > 0:
        return "a step has a positive upper bound, and none goes up to infinity"
    return None


def target_tracking_alarms(policy: TargetTrackingPolicy, group: str) -> tuple[Alarm, ...]:
    """Return the high alarm of a group's policy, and the low one unless the policy may not scale in."""
    action = f":autoScalingGroupName/{group}:policyName/{policy.name}"
    high = Alarm(
        name=f"TargetTracking-{group}-{policy.name}-AlarmHigh",
        metric=policy.metric,
        statistic=policy.statistic,
        comparison="GreaterThanThreshold",
        threshold=policy.target,
        evaluation_periods=HIGH_MINUTES,
        actions=(action,),
    )
    low = Alarm(
        name=f"TargetTracking-{group}-{policy.name}-AlarmLow",
        metric=policy.metric,
        statistic=policy.statistic,
        comparison="LessThanThreshold",
        threshold=policy.target * LOW_SHARE,
        evaluation_periods=LOW_MINUTES,
        actions=(action,),
    )
    return (high,) if policy.disable_scale_in else (high, low)
