"""Instance refreshes and health as requests see them, a hundred and twenty times as fast as at AWS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws

Eventually = Callable[[Callable[[], Any]], Any]
DATA = {"InstanceType": "t3.micro", "ImageId": "ami-12345678"}
QUICK = {"MinHealthyPercentage": 0, "InstanceWarmup": 60}


class Rolled:
    """A group of two from a launch template, whose newer version no instance has yet."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.name, self.autoscaling, self._ec2 = name, aws.client("autoscaling"), aws.client("ec2")
        self._ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=DATA)
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            MinSize=1,
            MaxSize=4,
            DesiredCapacity=2,
            AvailabilityZones=["us-east-1a"],
        )

    def new_version(self) -> None:
        self._ec2.create_launch_template_version(LaunchTemplateName=self.name, LaunchTemplateData=DATA)

    def serving(self) -> dict[str, str]:
        """Instances in service, and the version that each was launched from."""
        (group,) = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])[
            "AutoScalingGroups"
        ]
        return {
            one["InstanceId"]: one["LaunchTemplate"]["Version"]
            for one in group["Instances"]
            if one["LifecycleState"] == "InService"
        }

    def start(self, **preferences: Any) -> str:
        answer = self.autoscaling.start_instance_refresh(
            AutoScalingGroupName=self.name, Preferences={**QUICK, **preferences}
        )
        return str(answer["InstanceRefreshId"])

    def refresh(self) -> dict[str, Any]:
        """The newest refresh."""
        found = self.autoscaling.describe_instance_refreshes(AutoScalingGroupName=self.name)
        newest: dict[str, Any] = found["InstanceRefreshes"][0]
        return newest

    def protect(self, *ids: str, on: bool = True) -> None:
        self.autoscaling.set_instance_protection(
            AutoScalingGroupName=self.name, InstanceIds=list(ids), ProtectedFromScaleIn=on
        )


@pytest.fixture
def rolled(scaling_aws: LocalAws, eventually: Eventually, request: pytest.FixtureRequest) -> Iterator[Rolled]:
    group = Rolled(scaling_aws, request.node.name)
    eventually(lambda: len(group.serving()) == 2)
    group.new_version()
    yield group
    group.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group.name, ForceDelete=True)


def test_a_refresh_brings_the_new_version_to_all(rolled: Rolled, eventually: Eventually) -> None:
    before = rolled.serving()
    assert set(before.values()) == {"1"}
    refresh_id = rolled.start(MinHealthyPercentage=50)
    assert rolled.refresh()["Status"] in ("Pending", "InProgress")
    with pytest.raises(ClientError, match="already in progress") as refused:
        rolled.start()
    assert refused.value.response["Error"]["Code"] == "InstanceRefreshInProgress"
    eventually(lambda: rolled.refresh()["Status"] == "Successful")
    refresh = rolled.refresh()
    assert (refresh["InstanceRefreshId"], refresh["PercentageComplete"]) == (refresh_id, 100)
    assert refresh["InstancesToUpdate"] == 0
    assert refresh["EndTime"] >= refresh["StartTime"]
    assert refresh["Preferences"]["ScaleInProtectedInstances"] == "Wait"
    after = rolled.serving()
    assert set(after.values()) == {"2"}
    assert not set(before) & set(after)
    with pytest.raises(ClientError, match="No in progress or pending Instance Refresh"):
        rolled.autoscaling.cancel_instance_refresh(AutoScalingGroupName=rolled.name)


def test_protected_instances_are_waited_for_an_hour_and_then_it_fails(
    rolled: Rolled, eventually: Eventually
) -> None:
    before = rolled.serving()
    rolled.protect(*before)
    rolled.start()
    eventually(lambda: "Waiting for scale-in protection" in rolled.refresh().get("StatusReason", ""))
    eventually(lambda: rolled.refresh()["Status"] == "Failed")
    refresh = rolled.refresh()
    assert "within one hour" in refresh["StatusReason"]
    # An hour takes 30 s here, and begins when nothing else is left to replace.
    assert (refresh["EndTime"] - refresh["StartTime"]).total_seconds() > 29
    assert rolled.serving() == before


def test_a_refresh_is_cancelled_and_what_it_left_stays(rolled: Rolled, eventually: Eventually) -> None:
    before = rolled.serving()
    rolled.protect(*before)
    refresh_id = rolled.start()
    eventually(lambda: rolled.refresh()["Status"] == "InProgress")
    with pytest.raises(ClientError) as refused:
        rolled.autoscaling.put_warm_pool(AutoScalingGroupName=rolled.name, MinSize=1)
    assert refused.value.response["Error"]["Code"] == "InstanceRefreshInProgress"
    answer = rolled.autoscaling.cancel_instance_refresh(AutoScalingGroupName=rolled.name)
    assert answer["InstanceRefreshId"] == refresh_id
    eventually(lambda: rolled.refresh()["Status"] == "Cancelled")
    rolled.protect(*before, on=False)
    assert rolled.serving() == before


def test_preferences_that_cannot_be_are_refused(rolled: Rolled) -> None:
    for wrong in (
        {"MinHealthyPercentage": 0, "MaxHealthyPercentage": 150},
        {"ScaleInProtectedInstances": "Maybe"},
        {"CheckpointPercentages": [50]},
    ):
        with pytest.raises(ClientError) as refused:
            rolled.start(**wrong)
        assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_a_machine_that_was_stopped_is_replaced_although_it_is_protected_and_young(
    rolled: Rolled, scaling_aws: LocalAws, eventually: Eventually
) -> None:
    rolled.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=rolled.name, HealthCheckGracePeriod=72_000
    )
    stopped = min(rolled.serving())
    rolled.protect(stopped)
    scaling_aws.client("ec2").stop_instances(InstanceIds=[stopped])
    eventually(lambda: stopped not in rolled.serving() and len(rolled.serving()) == 2)


def test_a_replacement_does_not_wait_until_the_old_one_is_gone(
    rolled: Rolled, eventually: Eventually
) -> None:
    rolled.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=rolled.name,
        LifecycleHookName="leave",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=7200,
        DefaultResult="CONTINUE",
    )
    sick = min(rolled.serving())
    rolled.autoscaling.set_instance_health(
        InstanceId=sick, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
    )
    eventually(lambda: sick not in rolled.serving() and len(rolled.serving()) == 2)
    (held,) = rolled.autoscaling.describe_auto_scaling_instances(InstanceIds=[sick])["AutoScalingInstances"]
    assert (held["LifecycleState"], held["HealthStatus"]) == ("Terminating:Wait", "Unhealthy")
