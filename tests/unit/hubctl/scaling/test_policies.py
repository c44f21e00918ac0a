"""Policies: the numbers of the EC2 Auto Scaling user guide."""

import pytest

from hubctl.scaling.metrics import MetricId
from hubctl.scaling.policies import ScalingStep, StepPolicy, TargetTrackingPolicy, adjusted, rounded

# "Step adjustments": a threshold of 50 percent, a group of 10
OUT = StepPolicy(
    name="out",
    adjustment_type="PercentChangeInCapacity",
    steps=(
        ScalingStep(lower=0, upper=10, adjustment=0),
        ScalingStep(lower=10, upper=20, adjustment=10),
        ScalingStep(lower=20, adjustment=30),
    ),
)
IN = StepPolicy(
    name="in",
    adjustment_type="PercentChangeInCapacity",
    steps=(
        ScalingStep(lower=-10, upper=0, adjustment=0),
        ScalingStep(lower=-20, upper=-10, adjustment=-10),
        ScalingStep(upper=-20, adjustment=-30),
    ),
)


@pytest.mark.parametrize(
    ("policy", "value", "adjustment"),
    [
        (OUT, 50, 0),
        (OUT, 59.9, 0),
        (OUT, 60, 10),
        (OUT, 69.9, 10),
        (OUT, 70, 30),
        (OUT, 1000, 30),
        (IN, 50, 0),
        (IN, 40.1, 0),
        (IN, 40, -10),
        (IN, 30.1, -10),
        (IN, 30, -30),
        (IN, 0, -30),
    ],
)
def test_the_scaling_configuration_of_the_guide(policy: StepPolicy, value: float, adjustment: int) -> None:
    step = policy.step(value, 50, above=policy is OUT)
    assert step is not None
    assert step.adjustment == adjustment


def test_a_value_outside_of_all_steps_asks_for_nothing() -> None:
    above_ten = StepPolicy(
        name="p", adjustment_type="ChangeInCapacity", steps=(ScalingStep(lower=10, adjustment=1),)
    )
    assert above_ten.step(55, 50, above=True) is None


@pytest.mark.parametrize(
    ("change", "result"), [(12.7, 12), (0.67, 1), (-0.58, -1), (-6.67, -6), (0, 0), (3.0, 3)]
)
def test_rounding_of_the_guide(change: float, result: int) -> None:
    assert rounded(change) == result


def test_a_percentage_that_is_whole_stays_whole() -> None:
    assert adjusted("PercentChangeInCapacity", 30, 10) == 33
    assert adjusted("PercentChangeInCapacity", 100, -29) == 71


@pytest.mark.parametrize(
    ("kind", "current", "adjustment", "magnitude", "result"),
    [
        ("ChangeInCapacity", 3, 5, 0, 8),
        ("ExactCapacity", 3, 5, 0, 5),
        ("PercentChangeInCapacity", 10, 10, 0, 11),
        ("PercentChangeInCapacity", 11, 30, 0, 14),
        ("PercentChangeInCapacity", 14, -10, 0, 13),
        ("PercentChangeInCapacity", 13, -30, 0, 10),
        ("PercentChangeInCapacity", 4, 25, 2, 6),  # MinAdjustmentMagnitude
        ("PercentChangeInCapacity", 4, -25, 2, 2),
        ("PercentChangeInCapacity", 4, 0, 2, 4),
    ],
)
def test_adjustments_of_the_guide(
    kind: str, current: int, adjustment: int, magnitude: int, result: int
) -> None:
    assert adjusted(kind, current, adjustment, magnitude) == result  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ((), "no steps"),
        ((ScalingStep(lower=0, upper=10, adjustment=1), ScalingStep(lower=5, adjustment=2)), "overlap"),
        (
            (ScalingStep(lower=0, upper=10, adjustment=1), ScalingStep(lower=11, adjustment=2)),
            "gap from 10 to 11",
        ),
        ((ScalingStep(lower=0, upper=10, adjustment=1),), "infinity"),
        ((ScalingStep(lower=-10, upper=0, adjustment=-1),), "minus infinity"),
        ((ScalingStep(adjustment=1), ScalingStep(lower=0, adjustment=1)), "overlaps"),
    ],
)
def test_steps_that_aws_refuses(steps: tuple[ScalingStep, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        StepPolicy(name="p", adjustment_type="ChangeInCapacity", steps=steps)


@pytest.mark.parametrize(
    ("current", "value", "capacity"),
    [
        (3, 75, 5),  # 4.5 needed: "we round up and add two instances"
        (5, 35, 4),  # 3.5 needed: removing 1.5 would exceed the target, "we remove just one instance"
        (4, 50, 4),
        (2, 0, 0),
        (3, 100 / 3, 2),
    ],
)
def test_target_tracking_rounds_to_the_larger_capacity(current: int, value: float, capacity: int) -> None:
    policy = TargetTrackingPolicy(name="cpu", metric=MetricId(namespace="N", name="CPU"), target=50)
    assert policy.capacity(current, value) == capacity
