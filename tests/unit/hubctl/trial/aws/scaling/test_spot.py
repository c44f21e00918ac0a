"""Several types and spot on the local AWS: what is launched, the interruption notice, and what excludes each other."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.scaling.machines import INTERRUPTION_TAG, SHORTAGE_TAG
from hubctl.trial.aws.server import LocalAws

Eventually = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def mixed_group(scaling_aws: LocalAws) -> Iterator[Callable[..., None]]:
    """Return ``mixed_group(name, base, percent, **settings)``: makes a group of two types, which goes at the end."""
    autoscaling, ec2 = scaling_aws.client("autoscaling"), scaling_aws.client("ec2")
    made: list[str] = []

    def make(name: str, base: int, percent: int, **settings: Any) -> None:
        ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "m6i.large"},
        )
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=3,
            MaxSize=6,
            AvailabilityZones=["us-east-1a"],
            MixedInstancesPolicy=policy(name, base, percent),
            **settings,
        )
        made.append(name)

    yield make
    for name in made:
        autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


def policy(template: str, base: int, percent: int) -> dict[str, Any]:
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateName": template, "Version": "$Latest"},
            "Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "m6i.large"}],
        },
        "InstancesDistribution": {
            "OnDemandBaseCapacity": base,
            "OnDemandPercentageAboveBaseCapacity": percent,
            "OnDemandAllocationStrategy": "prioritized",
            "SpotAllocationStrategy": "price-capacity-optimized",
        },
    }


def machines(aws: LocalAws, group: str) -> list[dict[str, Any]]:
    (described,) = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
        "AutoScalingGroups"
    ]
    ids = [one["InstanceId"] for one in described["Instances"] if one["LifecycleState"] == "InService"]
    if not ids:
        return []
    answer = aws.client("ec2").describe_instances(InstanceIds=ids)
    return [one for each in answer["Reservations"] for one in each["Instances"]]


def test_the_policy_decides_types_and_kinds(
    scaling_aws: LocalAws, mixed_group: Callable[..., None], eventually: Eventually
) -> None:
    mixed_group("shares", 1, 50)
    found = eventually(lambda: len(machines(scaling_aws, "shares")) == 3 and machines(scaling_aws, "shares"))
    assert {one["InstanceType"] for one in found} == {"m5.large"}
    assert sorted(one.get("InstanceLifecycle", "on-demand") for one in found) == [
        "on-demand",
        "on-demand",
        "spot",
    ]


def test_a_type_without_capacity_gives_way_to_the_next(
    scaling_aws: LocalAws, mixed_group: Callable[..., None], eventually: Eventually
) -> None:
    autoscaling = scaling_aws.client("autoscaling")

    def lacking(types: str) -> None:
        tag = {"ResourceId": "short", "ResourceType": "auto-scaling-group", "Key": SHORTAGE_TAG}
        autoscaling.create_or_update_tags(Tags=[{**tag, "Value": types, "PropagateAtLaunch": False}])

    def failures() -> list[str]:
        activities = autoscaling.describe_scaling_activities(AutoScalingGroupName="short")["Activities"]
        return [one["Cause"] for one in activities if one["StatusCode"] == "Failed"]

    shortage = {"Key": SHORTAGE_TAG, "Value": "m5.large m6i.large", "PropagateAtLaunch": False}
    mixed_group("short", 0, 100, Tags=[shortage])
    (cause,) = eventually(failures)
    assert "InsufficientInstanceCapacity" in cause
    assert machines(scaling_aws, "short") == []
    lacking("m5.large")
    found = eventually(lambda: len(machines(scaling_aws, "short")) == 3 and machines(scaling_aws, "short"))
    assert {one["InstanceType"] for one in found} == {"m6i.large"}
    assert len(failures()) == 1


def test_a_tagged_spot_instance_gets_its_notice_and_is_replaced(
    scaling_aws: LocalAws, mixed_group: Callable[..., None], eventually: Eventually
) -> None:
    ec2 = scaling_aws.client("ec2")
    mixed_group("taken", 2, 0)
    found = eventually(lambda: len(machines(scaling_aws, "taken")) == 3 and machines(scaling_aws, "taken"))
    (spot,) = [one["InstanceId"] for one in found if one.get("InstanceLifecycle") == "spot"]
    ec2.create_tags(Resources=[spot], Tags=[{"Key": INTERRUPTION_TAG, "Value": "terminate"}])

    def notice() -> str:
        tags = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [spot]}])["Tags"]
        return next((tag["Value"] for tag in tags if tag["Key"] == INTERRUPTION_TAG), "gone")

    eventually(lambda: notice() != "terminate")
    eventually(
        lambda: (
            spot not in {one["InstanceId"] for one in machines(scaling_aws, "taken")}
            and len(machines(scaling_aws, "taken")) == 3
        )
    )
    causes = [
        one["Cause"]
        for one in scaling_aws.client("autoscaling").describe_scaling_activities(
            AutoScalingGroupName="taken"
        )["Activities"]
    ]
    assert any("EC2 has taken the spot instance back" in cause for cause in causes)


def test_a_group_with_a_warm_pool_gets_no_spot_instances(
    scaling_aws: LocalAws, mixed_group: Callable[..., None]
) -> None:
    autoscaling = scaling_aws.client("autoscaling")
    mixed_group("pooled", 0, 100)
    autoscaling.put_warm_pool(AutoScalingGroupName="pooled", MinSize=1, MaxGroupPreparedCapacity=1)
    with pytest.raises(ClientError, match="excludes Spot"):
        autoscaling.update_auto_scaling_group(
            AutoScalingGroupName="pooled", MixedInstancesPolicy=policy("pooled", 0, 50)
        )
    (kept,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["pooled"])["AutoScalingGroups"]
    distribution = kept["MixedInstancesPolicy"]["InstancesDistribution"]
    assert distribution["OnDemandPercentageAboveBaseCapacity"] == 100
