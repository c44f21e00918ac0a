"""The local AWS's loop and the engine alone, on the same published numbers: the same changes, within one step."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.group import ScaledGroupSettings
from hubctl.scaling.metrics import MetricId, Sample
from hubctl.scaling.policies import ScalingStep, StepPolicy
from hubctl.simulate.model import StackModel
from hubctl.simulate.run import REPLAY_STEP_SECONDS, CapacityChange, replay
from hubctl.trial.aws.scaling.loop import ScalingLoop
from hubctl.trial.aws.scaling.reading import Clock

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
    group=ScaledGroupSettings(name="agreement", min_size=1, max_size=4, zones=("a", "b"), default_warmup=60),
    policies=(
        StepPolicy(
            name="agreement-up",
            adjustment_type="ChangeInCapacity",
            steps=(ScalingStep(lower=0, upper=8, adjustment=1), ScalingStep(lower=8, adjustment=2)),
        ),
        StepPolicy(
            name="agreement-down",
            adjustment_type="ChangeInCapacity",
            steps=(ScalingStep(upper=0, adjustment=-1),),
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


class MotoHere:
    """AWS's services in this process, whose scaling has the test's own time."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.loop = ScalingLoop(Clock(real=lambda: self.now))

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def scaling_aws() -> Iterator[MotoHere]:
    with mock_aws():
        yield MotoHere()


def test_the_changes_of_a_closed_loop_are_the_engines(
    scaling_aws: MotoHere, lab_group: Callable[..., Any]
) -> None:
    group = lab_group("agreement")
    high = group.step_policy("up", STEPS)
    low = group.step_policy("down", [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}])
    group.alarm("high", "GreaterThanOrEqualToThreshold", 8, 2, high)
    group.alarm("low", "LessThanThreshold", 3, 3, low)
    start, samples, seen = scaling_aws.now, [], [CapacityChange(time=0, desired=1)]
    sessions = [(4, 2), (20, 7), (1, 9)]  # users, for how many periods
    for users, periods in sessions:
        end = scaling_aws.now + periods * PERIOD
        while (now := scaling_aws.now) < end:
            instances = group.instances()
            group.publish(users, Timestamp=datetime.fromtimestamp(now, UTC))
            samples += [Sample(now, users / len(instances))] * len(instances)
            scaling_aws.loop.tick()
            (described,) = group.autoscaling.describe_auto_scaling_groups(
                AutoScalingGroupNames=["agreement"]
            )["AutoScalingGroups"]
            if described["DesiredCapacity"] != seen[-1].desired:
                seen.append(CapacityChange(time=now, desired=described["DesiredCapacity"]))
            scaling_aws.now += REPLAY_STEP_SECONDS
    expected = replay(MODEL, METRIC, samples, start=start, until=scaling_aws.now)
    assert [change.desired for change in seen[1:]] == [change.desired for change in expected] == [3, 2, 1]
    for looped, imagined in zip(seen[1:], expected, strict=True):
        assert abs(looped.time - imagined.time) <= REPLAY_STEP_SECONDS, (looped, imagined)
