"""Lifecycle hooks, protection and capacities as requests see them."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws

Eventually = Callable[[Callable[[], Any]], Any]
DRAIN = {
    "LifecycleHookName": "drain",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "HeartbeatTimeout": 7200,
    "DefaultResult": "CONTINUE",
}


def test_a_terminating_instance_waits_until_its_action_is_completed(
    autoscaling: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group("drained")
    autoscaling.put_lifecycle_hook(AutoScalingGroupName="drained", **DRAIN)
    autoscaling.set_desired_capacity(AutoScalingGroupName="drained", DesiredCapacity=2)
    eventually(lambda: len(group.instances()) == 2)
    autoscaling.set_desired_capacity(AutoScalingGroupName="drained", DesiredCapacity=1)
    (leaving,) = group.instances("Terminating:Wait")
    (described,) = autoscaling.describe_auto_scaling_instances(InstanceIds=[leaving])["AutoScalingInstances"]
    assert described["LifecycleState"] == "Terminating:Wait"
    asked = {"AutoScalingGroupName": "drained", "LifecycleHookName": "drain", "InstanceId": leaving}
    autoscaling.record_lifecycle_action_heartbeat(**asked)
    with pytest.raises(ClientError, match="is not in InService"):
        group.protect(leaving, on=True)
    autoscaling.complete_lifecycle_action(**asked, LifecycleActionResult="CONTINUE")
    assert leaving not in group.instances(None)
    with pytest.raises(ClientError, match="No active Lifecycle Action found with instance ID"):
        autoscaling.complete_lifecycle_action(**asked, LifecycleActionResult="CONTINUE")


def test_an_instance_whose_hook_is_not_completed_goes_at_the_time_out(
    autoscaling: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group("timed-out")
    hook = DRAIN | {"HeartbeatTimeout": 120}  # a second of this clock
    autoscaling.put_lifecycle_hook(AutoScalingGroupName="timed-out", **hook)
    (only,) = group.instances()
    began = time.monotonic()
    autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=only, ShouldDecrementDesiredCapacity=False
    )
    eventually(lambda: only not in group.instances(None))
    assert time.monotonic() - began > 0.9
    assert len(group.instances()) == 1  # its replacement


def test_a_launching_instance_enters_service_when_its_hook_lets_it(
    autoscaling: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    hook = {
        "LifecycleHookName": "boot",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
        "HeartbeatTimeout": 7200,
        "DefaultResult": "ABANDON",
    }
    group = lab_group("booting", LifecycleHookSpecificationList=[hook])
    (waiting,) = eventually(lambda: group.instances("Pending:Wait"))
    asked = {"AutoScalingGroupName": "booting", "LifecycleHookName": "boot", "InstanceId": waiting}
    autoscaling.complete_lifecycle_action(**asked, LifecycleActionResult="CONTINUE")
    assert group.instances() == [waiting]


def test_a_group_at_its_smallest_size_keeps_its_instance(
    autoscaling: Any, lab_group: Callable[..., Any]
) -> None:
    group = lab_group("smallest")
    (only,) = group.instances()
    with pytest.raises(ClientError, match="violate group's min size"):
        autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=only, ShouldDecrementDesiredCapacity=True
        )
    assert group.instances() == [only]


def test_deleting_a_group_waits_for_no_hook(
    scaling_aws: LocalAws, autoscaling: Any, lab_group: Callable[..., Any]
) -> None:
    group = lab_group("deleted")
    autoscaling.put_lifecycle_hook(AutoScalingGroupName="deleted", **DRAIN)
    (only,) = group.instances()
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="deleted", ForceDelete=True)
    (reservation,) = scaling_aws.client("ec2").describe_instances(InstanceIds=[only])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "terminated"
    group.delete = lambda: None


@pytest.mark.parametrize("action", ["complete_lifecycle_action", "record_lifecycle_action_heartbeat"])
def test_an_unknown_lifecycle_action_is_refused(autoscaling: Any, action: str) -> None:
    more = {"LifecycleActionResult": "CONTINUE"} if action.startswith("complete") else {}
    with pytest.raises(ClientError, match="No active Lifecycle Action"):
        getattr(autoscaling, action)(
            AutoScalingGroupName="none", LifecycleHookName="none", InstanceId="i-1", **more
        )


def test_the_balancer_has_the_instances_in_service_and_no_others(
    scaling_aws: LocalAws, autoscaling: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    vpc = scaling_aws.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    elbv2 = scaling_aws.client("elbv2")
    (target_group,) = elbv2.create_target_group(Name="hub", Protocol="HTTP", Port=8000, VpcId=vpc)[
        "TargetGroups"
    ]
    arn = target_group["TargetGroupArn"]
    group = lab_group("balanced", TargetGroupARNs=[arn])

    def targets() -> list[str]:
        health = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return sorted(one["Target"]["Id"] for one in health)

    eventually(lambda: targets() == group.instances())
    autoscaling.put_lifecycle_hook(AutoScalingGroupName="balanced", **DRAIN)
    (only,) = group.instances()
    autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=only, ShouldDecrementDesiredCapacity=False
    )
    assert only not in targets()
    eventually(lambda: group.instances() and targets() == group.instances())


def test_an_unhealthy_instance_is_replaced_once_its_grace_period_is_over(
    autoscaling: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group(
        "sick", HealthCheckType="ELB", HealthCheckGracePeriod=72_000
    )  # ten minutes of this clock
    (only,) = group.instances()
    sick = {"InstanceId": only, "HealthStatus": "Unhealthy"}
    autoscaling.set_instance_health(**sick)
    (described,) = autoscaling.describe_auto_scaling_instances(InstanceIds=[only])["AutoScalingInstances"]
    assert described["HealthStatus"] == "Healthy"
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="sick", HealthCheckGracePeriod=0)
    autoscaling.set_instance_health(**sick)
    (replacement,) = eventually(group.instances)
    assert replacement != only
    with pytest.raises(ClientError, match="Instance Id not found"):
        autoscaling.set_instance_health(**sick)
