"""ExecutePolicy as a caller meets it: a step by the request's own numbers, and AWS's errors."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

STEPS = [
    {"ScalingAdjustment": 1, "MetricIntervalLowerBound": -10.0, "MetricIntervalUpperBound": 0.0},
    {"ScalingAdjustment": 2, "MetricIntervalUpperBound": -10.0},
]


def desired(autoscaling: Any, name: str) -> int:
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return int(group["DesiredCapacity"])


@pytest.mark.parametrize(("free", "size"), [(15, 2), (10.5, 2), (10, 3), (0, 3)])
def test_the_step_is_that_of_the_given_value(
    autoscaling: Any, lab_group: Callable[..., Any], eventually: Any, free: float, size: int
) -> None:
    name = f"step-{free:g}".replace(".", "-")
    group = lab_group(name)
    group.step_policy("spare-up", STEPS)
    eventually(group.instances)
    time.sleep(1)  # twice the time for which the first instance warms up
    asked = {"PolicyName": f"{name}-spare-up", "MetricValue": free, "BreachThreshold": 20.0}
    autoscaling.execute_policy(AutoScalingGroupName=name, **asked)
    assert desired(autoscaling, name) == size
    assert len(group.instances(None)) == size
    activities = autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    assert any(f"{name}-spare-up" in activity["Cause"] for activity in activities)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"MetricValue": 1.0}, "needs MetricValue and BreachThreshold"),
        ({"BreachThreshold": 20.0}, "needs MetricValue and BreachThreshold"),
        ({"MetricValue": 25.0, "BreachThreshold": 20.0}, "lead to no step"),
        ({"PolicyName": "another", "MetricValue": 1.0, "BreachThreshold": 20.0}, "No policy found"),
    ],
)
def test_what_does_not_fit_is_refused(
    autoscaling: Any, lab_group: Callable[..., Any], asked: dict[str, Any], problem: str
) -> None:
    name = f"refused-{len(asked)}-{sum(map(ord, problem + str(asked)))}"
    lab_group(name).step_policy("spare-up", STEPS)
    with pytest.raises(ClientError, match=problem) as refused:
        autoscaling.execute_policy(**{"AutoScalingGroupName": name, "PolicyName": f"{name}-spare-up"} | asked)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert desired(autoscaling, name) == 1


def test_a_simple_policy_waits_for_its_cooldown_only_where_asked(
    autoscaling: Any, lab_group: Callable[..., Any], eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    name = "simple-executed"
    group = lab_group(name)
    eventually(group.instances)
    policy = {"AutoScalingGroupName": name, "PolicyName": f"{name}-up"}
    autoscaling.put_scaling_policy(
        **policy,
        PolicyType="SimpleScaling",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=1,
        Cooldown=3600,
    )
    autoscaling.execute_policy(**policy)
    with pytest.raises(ClientError) as refused:
        autoscaling.execute_policy(**policy, HonorCooldown=True)
    assert refused.value.response["Error"]["Code"] == "ScalingActivityInProgress"
    autoscaling.execute_policy(**policy)
    assert desired(autoscaling, name) == 3
    with pytest.raises(ClientError, match="only for policies of type StepScaling"):
        autoscaling.execute_policy(**policy, MetricValue=1.0, BreachThreshold=2.0)
