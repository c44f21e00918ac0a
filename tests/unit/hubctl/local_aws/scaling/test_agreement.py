"""The local AWS and the engine in imagined time, on the same published numbers: the same changes, within one period."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubctl.local_aws.server import LocalAws
from hubctl.scaling.alarms import Alarm
from hubctl.scaling.group import GroupSpec
from hubctl.scaling.metrics import MetricId, Sample
from hubctl.scaling.policies import Step, StepPolicy
from hubctl.simulation.model import StackModel
from hubctl.simulation.replay import Change, replay

SPEED = 20.0  # a period is three real seconds, so that a busy machine does not spoil it
PERIOD = 60.0
METRIC = MetricId(
    namespace="JupyterHub/Lab",
    name="UserSessions",
    dimensions=frozenset({("AutoScalingGroupName", "agreement")}),
)
STEPS = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 8, "ScalingAdjustment": 1},
    {"MetricIntervalLowerBound": 8, "ScalingAdjustment": 2},
]
MODEL = StackModel(
    name="agreement",
    kind="lab",
    group=GroupSpec(name="agreement", min_size=1, max_size=4, zones=("a", "b"), default_warmup=60),
    policies=(
        StepPolicy(
            name="agreement-up",
            adjustment_type="ChangeInCapacity",
            steps=(Step(lower=0, upper=8, adjustment=1), Step(lower=8, adjustment=2)),
        ),
        StepPolicy(
            name="agreement-down",
            adjustment_type="ChangeInCapacity",
            steps=(Step(upper=0, adjustment=-1),),
        ),
    ),
    alarms=(
        Alarm(
            name="agreement-high",
            metric=METRIC,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=8,
            evaluation_periods=2,
            missing="notBreaching",
            actions=("agreement-up",),
        ),
        Alarm(
            name="agreement-low",
            metric=METRIC,
            comparison="LessThanThreshold",
            threshold=3,
            evaluation_periods=3,
            missing="notBreaching",
            actions=("agreement-down",),
        ),
    ),
    instance_type="m6i.xlarge",
    places=9,
    user_gib=1.5,
    spot=False,
    region="us-east-1",
)


@pytest.fixture(scope="module")
def scaling_aws() -> Iterator[LocalAws]:
    with LocalAws(scaling_speed=SPEED) as running:
        yield running


def test_the_changes_of_a_closed_loop_are_the_engines(
    scaling_aws: LocalAws, lab_group: Callable[..., Any]
) -> None:
    group = lab_group("agreement")
    high = group.step_policy("up", STEPS)
    low = group.step_policy("down", [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}])
    group.alarm("high", "GreaterThanOrEqualToThreshold", 8, 2, high)
    group.alarm("low", "LessThanThreshold", 3, 3, low)
    log = re.search(r"times as fast as AWS, from (\d+\.\d+) on", scaling_aws.log_path.read_text())
    assert log is not None
    origin = float(log[1])

    def clock() -> float:
        return origin + (time.time() - origin) * SPEED

    start, samples, seen = clock(), [], [Change(time=0, desired=1)]
    sessions = [(4, 2), (20, 7), (1, 9)]  # users, for how many periods
    for users, periods in sessions:
        end = clock() + periods * PERIOD
        while (now := clock()) < end:
            instances = group.instances()
            group.publish(users)
            samples += [Sample(now, users / len(instances))] * len(instances)
            (described,) = group.autoscaling.describe_auto_scaling_groups(
                AutoScalingGroupNames=["agreement"]
            )["AutoScalingGroups"]
            if described["DesiredCapacity"] != seen[-1].desired:
                seen.append(Change(time=clock(), desired=described["DesiredCapacity"]))
            time.sleep(0.3)
    expected = replay(MODEL, METRIC, samples, start=start, until=clock())
    assert [change.desired for change in seen[1:]] == [change.desired for change in expected] == [3, 2, 1]
    for looped, imagined in zip(seen[1:], expected, strict=True):
        assert abs(looped.time - imagined.time) <= PERIOD, (looped, imagined)
