"""A local AWS that scales, a hundred and twenty times as fast as AWS: a minute of CloudWatch is half a second."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws
from tests.support.waiting import PATIENCE

SPEED = 120.0


@pytest.fixture(scope="module")
def scaling_aws() -> Iterator[LocalAws]:
    with LocalAws(scaling_speed=SPEED) as running:
        yield running


@pytest.fixture
def autoscaling(scaling_aws: LocalAws) -> Any:
    return scaling_aws.client("autoscaling")


@pytest.fixture
def cloudwatch(scaling_aws: LocalAws) -> Any:
    return scaling_aws.client("cloudwatch")


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Return ``eventually(condition)``: calls it until it is true, and returns what it gave."""

    def wait(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (result := condition()):
            assert time.monotonic() < deadline, "it did not come about in time"
            time.sleep(0.1)
        return result

    return wait


class LabGroup:
    """A group with the policies of the aws-lab stack, and what a test wants to see of it."""

    def __init__(self, aws: LocalAws, name: str, **settings: Any) -> None:
        self.name = name
        self.autoscaling = aws.client("autoscaling")
        self.cloudwatch = aws.client("cloudwatch")
        self.autoscaling.create_launch_configuration(
            LaunchConfigurationName=name, ImageId="ami-12345678", InstanceType="t3.micro"
        )
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=name,
            MinSize=1,
            MaxSize=4,
            AvailabilityZones=["us-east-1a", "us-east-1b"],
            DefaultInstanceWarmup=60,
            **settings,
        )

    def instances(self, state: str | None = "InService") -> list[str]:
        (group,) = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])[
            "AutoScalingGroups"
        ]
        return sorted(
            one["InstanceId"] for one in group["Instances"] if state in (None, one["LifecycleState"])
        )

    def step_policy(self, name: str, steps: list[dict[str, Any]]) -> str:
        self.autoscaling.put_scaling_policy(
            AutoScalingGroupName=self.name,
            PolicyName=f"{self.name}-{name}",
            PolicyType="StepScaling",
            AdjustmentType="ChangeInCapacity",
            StepAdjustments=steps,
        )
        (policy,) = self.autoscaling.describe_policies(PolicyNames=[f"{self.name}-{name}"])["ScalingPolicies"]
        return str(policy["PolicyARN"])

    def alarm(self, name: str, comparison: str, threshold: float, periods: int, policy: str) -> str:
        self.cloudwatch.put_metric_alarm(
            AlarmName=f"{self.name}-{name}",
            Namespace="JupyterHub/Lab",
            MetricName="UserSessions",
            Dimensions=[{"Name": "AutoScalingGroupName", "Value": self.name}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=periods,
            ComparisonOperator=comparison,
            Threshold=threshold,
            TreatMissingData="notBreaching",
            AlarmActions=[policy],
        )
        return f"{self.name}-{name}"

    def publish(self, total: float, **at: datetime) -> None:
        """Publish what the agents of all instances in service would: the sessions spread over them.

        ``Timestamp`` says when they did; without it, now.
        """
        instances = self.instances()
        for _ in instances:
            self.cloudwatch.put_metric_data(
                Namespace="JupyterHub/Lab",
                MetricData=[
                    {
                        "MetricName": "UserSessions",
                        "Dimensions": [{"Name": "AutoScalingGroupName", "Value": self.name}],
                        "Value": total / len(instances),
                        **at,
                    }
                ],
            )

    def protect(self, instance_id: str, *, on: bool) -> None:
        self.autoscaling.set_instance_protection(
            AutoScalingGroupName=self.name, InstanceIds=[instance_id], ProtectedFromScaleIn=on
        )

    def delete(self) -> None:
        self.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=self.name, ForceDelete=True)


@pytest.fixture
def lab_group(scaling_aws: LocalAws, eventually: Any) -> Iterator[Callable[..., LabGroup]]:
    """Return ``lab_group(name, **settings)``: a group whose first instance is in service."""
    made: list[LabGroup] = []

    def make(name: str, **settings: Any) -> LabGroup:
        group = LabGroup(scaling_aws, name, **settings)
        made.append(group)
        if "LifecycleHookSpecificationList" not in settings:
            eventually(group.instances)
        return group

    yield make
    for group in made:
        group.delete()
