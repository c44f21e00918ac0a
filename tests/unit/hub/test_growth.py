from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from swarm_hub.growth import AutoScalingGrowth, GrowthError


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch) -> Iterator[AutoScalingGrowth]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="us-east-1")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        template = ec2.create_launch_template(
            LaunchTemplateName="worker",
            LaunchTemplateData={
                "ImageId": ec2.describe_images()["Images"][0]["ImageId"],
                "InstanceType": "t3.large",
            },
        )["LaunchTemplate"]["LaunchTemplateId"]
        boto3.client("autoscaling", region_name="us-east-1").create_auto_scaling_group(
            AutoScalingGroupName="workers",
            LaunchTemplate={"LaunchTemplateId": template},
            MinSize=1,
            MaxSize=3,
            DesiredCapacity=1,
            VPCZoneIdentifier=subnet,
        )
        yield AutoScalingGrowth("workers", region="us-east-1")


def test_the_group_is_raised_and_never_lowered(growth: AutoScalingGrowth) -> None:
    assert (growth.group().desired, growth.group().maximum) == (1, 3)
    growth.raise_to(3)
    assert growth.group().desired == 3
    growth.raise_to(2)
    assert growth.group().desired == 3


class Forbidding:
    """A client whose role may look, and do nothing."""

    def describe_auto_scaling_groups(self, **arguments: Any) -> dict[str, Any]:
        del arguments
        return {"AutoScalingGroups": [{"DesiredCapacity": 1, "MaxSize": 3}]}

    def set_desired_capacity(self, **arguments: Any) -> None:
        del arguments
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, "SetDesiredCapacity")


def test_what_aws_refuses_is_an_error_of_ours() -> None:
    with pytest.raises(GrowthError, match=r"workers to 2 workers: .*AccessDenied"):
        AutoScalingGrowth("workers", region="us-east-1", client=Forbidding()).raise_to(2)


@pytest.mark.usefixtures("growth")
def test_a_group_that_is_not_there_is_named() -> None:
    with pytest.raises(GrowthError, match="no auto scaling group other"):
        AutoScalingGrowth("other", region="us-east-1").group()
