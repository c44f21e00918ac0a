"""Warm pools on the local AWS: machines are prepared, stopped, started again, and given back."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws

Eventually = Callable[[Callable[[], Any]], Any]


def pool(autoscaling: Any, name: str) -> dict[str, str]:
    """Return the lifecycle states of the pool's instances, by id."""
    return {
        one["InstanceId"]: one["LifecycleState"]
        for one in autoscaling.describe_warm_pool(AutoScalingGroupName=name)["Instances"]
    }


def machine_state(aws: LocalAws, instance_id: str) -> str:
    (reservation,) = aws.client("ec2").describe_instances(InstanceIds=[instance_id])["Reservations"]
    return str(reservation["Instances"][0]["State"]["Name"])


def hook(autoscaling: Any, name: str, transition: str) -> None:
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=name,
        LifecycleHookName=transition.lower(),
        LifecycleTransition=f"autoscaling:EC2_INSTANCE_{transition}",
        HeartbeatTimeout=7200,
        DefaultResult="ABANDON" if transition == "LAUNCHING" else "CONTINUE",
    )


def complete(autoscaling: Any, name: str, instance_id: str, transition: str) -> None:
    autoscaling.complete_lifecycle_action(
        AutoScalingGroupName=name,
        LifecycleHookName=transition.lower(),
        InstanceId=instance_id,
        LifecycleActionResult="CONTINUE",
    )


def lifecycle(autoscaling: Any, instance_id: str) -> str:
    found = autoscaling.describe_auto_scaling_instances(InstanceIds=[instance_id])["AutoScalingInstances"]
    return str(found[0]["LifecycleState"]) if found else "gone"


def test_prepared_machines_stop_and_start_within_the_group_when_it_grows(
    scaling_aws: LocalAws, lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    group = lab_group("warm")
    eventually(group.instances)
    autoscaling.put_warm_pool(AutoScalingGroupName="warm", MinSize=2, MaxGroupPreparedCapacity=2)
    eventually(lambda: list(pool(autoscaling, "warm").values()) == ["Warmed:Stopped"] * 2)
    prepared = set(pool(autoscaling, "warm"))
    assert {machine_state(scaling_aws, one) for one in prepared} == {"stopped"}
    assert len(group.instances(state=None)) == 1
    autoscaling.set_desired_capacity(AutoScalingGroupName="warm", DesiredCapacity=2)
    eventually(lambda: len(group.instances()) == 2)
    (taken,) = prepared & set(group.instances())
    assert machine_state(scaling_aws, taken) == "running"
    eventually(lambda: list(pool(autoscaling, "warm").values()) == ["Warmed:Stopped"] * 2)
    assert taken not in pool(autoscaling, "warm")


def test_hooks_hold_instances_on_the_way_in_out_and_back(
    scaling_aws: LocalAws, lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    group = lab_group("reuse")
    eventually(group.instances)
    hook(autoscaling, "reuse", "LAUNCHING")
    hook(autoscaling, "reuse", "TERMINATING")
    autoscaling.put_warm_pool(
        AutoScalingGroupName="reuse",
        MinSize=1,
        MaxGroupPreparedCapacity=1,
        InstanceReusePolicy={"ReuseOnScaleIn": True},
    )
    ((prepared, state),) = eventually(lambda: list(pool(autoscaling, "reuse").items()))
    assert state == "Warmed:Pending:Wait"
    assert machine_state(scaling_aws, prepared) == "running"
    complete(autoscaling, "reuse", prepared, "LAUNCHING")
    assert lifecycle(autoscaling, prepared) in ("Warmed:Pending:Proceed", "Warmed:Stopped")
    eventually(lambda: lifecycle(autoscaling, prepared) == "Warmed:Stopped")
    assert machine_state(scaling_aws, prepared) == "stopped"
    autoscaling.set_desired_capacity(AutoScalingGroupName="reuse", DesiredCapacity=2)
    eventually(lambda: lifecycle(autoscaling, prepared) == "Pending:Wait")
    assert machine_state(scaling_aws, prepared) == "running"
    complete(autoscaling, "reuse", prepared, "LAUNCHING")
    (second,) = eventually(lambda: list(pool(autoscaling, "reuse")))
    # Room for one more, which no new machine takes meanwhile.
    autoscaling.suspend_processes(AutoScalingGroupName="reuse", ScalingProcesses=["Launch"])
    autoscaling.put_warm_pool(
        AutoScalingGroupName="reuse",
        MinSize=2,
        MaxGroupPreparedCapacity=2,
        InstanceReusePolicy={"ReuseOnScaleIn": True},
    )
    stays = next(one for one in group.instances() if one != prepared)
    group.protect(stays, on=True)
    autoscaling.set_desired_capacity(AutoScalingGroupName="reuse", DesiredCapacity=1)
    eventually(lambda: lifecycle(autoscaling, prepared) == "Terminating:Wait")
    complete(autoscaling, "reuse", prepared, "TERMINATING")
    assert lifecycle(autoscaling, prepared) == "Warmed:Pending:Wait"
    assert set(pool(autoscaling, "reuse")) == {prepared, second}
    complete(autoscaling, "reuse", prepared, "LAUNCHING")
    assert machine_state(scaling_aws, prepared) == "stopped"


def test_a_pool_and_spot_exclude_each_other(autoscaling: Any) -> None:
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="spot", ImageId="ami-12345678", InstanceType="t3.micro", SpotPrice="0.01"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="spot",
        LaunchConfigurationName="spot",
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )
    with pytest.raises(ClientError, match="Spot price"):
        autoscaling.put_warm_pool(AutoScalingGroupName="spot", MinSize=1)
    assert "WarmPoolConfiguration" not in autoscaling.describe_warm_pool(AutoScalingGroupName="spot")


def mixed_group(
    aws: LocalAws, name: str, *, weight: str = "", spot_percent: int = 0, **template: Any
) -> None:
    """Create an empty group of two instance types."""
    aws.client("ec2").create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "m6i.xlarge", **template},
    )
    weights = {"WeightedCapacity": weight} if weight else {}
    aws.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=0,
        AvailabilityZones=["us-east-1a"],
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": name, "Version": "$Latest"},
                "Overrides": [{"InstanceType": kind, **weights} for kind in ("m6i.xlarge", "m6a.xlarge")],
            },
            "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 100 - spot_percent},
        },
    )


@pytest.mark.parametrize(
    ("group", "pool", "word"),
    [
        ({"spot_percent": 50}, {}, "excludes Spot Instances"),
        ({"weight": "2"}, {}, "excludes instance weights"),
        ({}, {"PoolState": "Hibernated"}, "needs HibernationOptions in the launch template"),
    ],
)
def test_a_mixed_group_s_pool_is_refused_as_aws_s_limitations_say(
    scaling_aws: LocalAws, autoscaling: Any, group: dict[str, Any], pool: dict[str, Any], word: str
) -> None:
    name = "mixed-" + word.partition(" in")[0].replace(" ", "-").lower()
    mixed_group(scaling_aws, name, **group)
    with pytest.raises(ClientError, match=word) as refused:
        autoscaling.put_warm_pool(AutoScalingGroupName=name, MinSize=0, **pool)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert "WarmPoolConfiguration" not in autoscaling.describe_warm_pool(AutoScalingGroupName=name)


def test_a_mixed_group_on_demand_may_have_a_pool_even_a_hibernated_one(
    scaling_aws: LocalAws, autoscaling: Any
) -> None:
    mixed_group(scaling_aws, "mixed-on-demand", HibernationOptions={"Configured": True})
    for state in ("Stopped", "Hibernated"):
        autoscaling.put_warm_pool(AutoScalingGroupName="mixed-on-demand", MinSize=0, PoolState=state)
        found = autoscaling.describe_warm_pool(AutoScalingGroupName="mixed-on-demand")
        assert found["WarmPoolConfiguration"]["PoolState"] == state


def test_a_pool_with_instances_goes_only_by_force(
    lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    lab_group("ending")
    autoscaling.put_warm_pool(AutoScalingGroupName="ending", MinSize=1, MaxGroupPreparedCapacity=1)
    (prepared,) = eventually(lambda: list(pool(autoscaling, "ending")))
    with pytest.raises(ClientError, match="still instances"):
        autoscaling.delete_warm_pool(AutoScalingGroupName="ending")
    autoscaling.delete_warm_pool(AutoScalingGroupName="ending", ForceDelete=True)
    eventually(lambda: lifecycle(autoscaling, prepared) == "gone")
    assert pool(autoscaling, "ending") == {}


def test_an_unhealthy_instance_of_the_pool_is_replaced_without_a_grace_period(
    lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    lab_group("ill", HealthCheckGracePeriod=86400)
    hook(autoscaling, "ill", "LAUNCHING")
    autoscaling.put_warm_pool(AutoScalingGroupName="ill", MinSize=1, MaxGroupPreparedCapacity=1)
    (first,) = eventually(lambda: list(pool(autoscaling, "ill")))
    autoscaling.set_instance_health(InstanceId=first, HealthStatus="Unhealthy")
    assert pool(autoscaling, "ill") == {first: "Warmed:Pending:Wait"}
    complete(autoscaling, "ill", first, "LAUNCHING")
    eventually(lambda: lifecycle(autoscaling, first) == "Warmed:Stopped")
    autoscaling.set_instance_health(InstanceId=first, HealthStatus="Unhealthy")
    (second,) = eventually(lambda: list(pool(autoscaling, "ill")))
    assert second != first


def test_an_instance_that_stops_in_a_running_pool_is_unhealthy(
    scaling_aws: LocalAws, lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    lab_group("running")
    autoscaling.put_warm_pool(
        AutoScalingGroupName="running", MinSize=1, MaxGroupPreparedCapacity=1, PoolState="Running"
    )
    (first,) = eventually(lambda: list(pool(autoscaling, "running")))
    assert machine_state(scaling_aws, first) == "running"
    scaling_aws.client("ec2").stop_instances(InstanceIds=[first])
    eventually(lambda: first not in pool(autoscaling, "running") and pool(autoscaling, "running"))
