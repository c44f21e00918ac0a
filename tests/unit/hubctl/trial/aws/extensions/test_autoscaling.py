from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws

GROUP = "extension-group"


@pytest.fixture
def autoscaling(aws: LocalAws) -> Any:
    return aws.client("autoscaling")


@pytest.fixture
def group(autoscaling: Any) -> Iterator[str]:
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="extension-launch", ImageId="ami-12345678", InstanceType="t3.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchConfigurationName="extension-launch",
        MinSize=0,
        MaxSize=2,
        AvailabilityZones=["us-east-1a"],
        DefaultInstanceWarmup=120,
        MaxInstanceLifetime=604800,
        LifecycleHookSpecificationList=[
            {
                "LifecycleHookName": "boot",
                "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
                "HeartbeatTimeout": 300,
                "DefaultResult": "CONTINUE",
            }
        ],
    )
    yield GROUP
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=GROUP, ForceDelete=True)
    autoscaling.delete_launch_configuration(LaunchConfigurationName="extension-launch")


def described(autoscaling: Any) -> Any:
    return autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]


def test_settings_of_a_group_read_back(autoscaling: Any, group: str) -> None:
    assert described(autoscaling)["DefaultInstanceWarmup"] == 120
    assert described(autoscaling)["MaxInstanceLifetime"] == 604800
    assert described(autoscaling)["HealthCheckGracePeriod"] == 0  # the API's default
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group, DefaultCooldown=77, TerminationPolicies=["NewestInstance"]
    )
    assert described(autoscaling)["DefaultCooldown"] == 77
    assert described(autoscaling)["TerminationPolicies"] == ["NewestInstance"]


def test_metrics_are_added_to_those_that_are_collected(autoscaling: Any, group: str) -> None:
    for metric in ("GroupMinSize", "GroupMaxSize"):
        autoscaling.enable_metrics_collection(
            AutoScalingGroupName=group, Metrics=[metric], Granularity="1Minute"
        )
    found = [entry["Metric"] for entry in described(autoscaling)["EnabledMetrics"]]
    assert found == ["GroupMinSize", "GroupMaxSize"]


def test_initial_lifecycle_hooks_are_created_without_a_target(autoscaling: Any, group: str) -> None:
    hooks = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=group, LifecycleHookNames=["boot"])
    (hook,) = hooks["LifecycleHooks"]
    assert hook["HeartbeatTimeout"] == 300
    assert "NotificationTargetARN" not in hook
    assert "RoleARN" not in hook


def test_a_lifecycle_hook_keeps_its_own_target(autoscaling: Any, group: str) -> None:
    topic, role = "arn:aws:sns:us-east-1:123456789012:t", "arn:aws:iam::123456789012:role/r"
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=group,
        LifecycleHookName="drain",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        NotificationTargetARN=topic,
        RoleARN=role,
    )
    hooks = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=group, LifecycleHookNames=["drain"])
    assert hooks["LifecycleHooks"][0]["NotificationTargetARN"] == topic
    assert hooks["LifecycleHooks"][0]["RoleARN"] == role


@pytest.mark.parametrize("enabled", [True, False])
def test_a_policy_says_whether_it_is_enabled(autoscaling: Any, group: str, enabled: bool) -> None:
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="switch",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=1,
        Enabled=enabled,
    )
    (policy,) = autoscaling.describe_policies(AutoScalingGroupName=group, PolicyNames=["switch"])[
        "ScalingPolicies"
    ]
    assert policy["Enabled"] is enabled
    assert "PredictiveScalingConfiguration" not in policy


def test_a_predictive_policy_reads_back(autoscaling: Any, group: str) -> None:
    configuration = {
        "MetricSpecifications": [
            {
                "TargetValue": 32.0,
                "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"},
            }
        ],
        "Mode": "ForecastOnly",
    }
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="forecast",
        PolicyType="PredictiveScaling",
        PredictiveScalingConfiguration=configuration,
    )
    (policy,) = autoscaling.describe_policies(PolicyNames=["forecast"])["ScalingPolicies"]
    assert policy["PredictiveScalingConfiguration"] == configuration


def test_metrics_collection_is_switched_on_and_off(autoscaling: Any, group: str) -> None:
    wanted = ["GroupDesiredCapacity", "GroupInServiceInstances"]
    autoscaling.enable_metrics_collection(AutoScalingGroupName=group, Metrics=wanted, Granularity="1Minute")
    autoscaling.disable_metrics_collection(AutoScalingGroupName=group, Metrics=wanted[:1])
    assert [metric["Metric"] for metric in described(autoscaling)["EnabledMetrics"]] == wanted[1:]
    autoscaling.disable_metrics_collection(AutoScalingGroupName=group)
    assert not described(autoscaling).get("EnabledMetrics")


def test_notifications_are_put_replaced_and_deleted(autoscaling: Any, group: str) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:notify"

    def kinds() -> set[str]:
        answer = autoscaling.describe_notification_configurations(AutoScalingGroupNames=[group])
        return {configuration["NotificationType"] for configuration in answer["NotificationConfigurations"]}

    launch, terminate = "autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_TERMINATE"
    for wanted in ([launch, terminate], [launch]):
        autoscaling.put_notification_configuration(
            AutoScalingGroupName=group, TopicARN=topic, NotificationTypes=wanted
        )
        assert kinds() == set(wanted)
    autoscaling.delete_notification_configuration(AutoScalingGroupName=group, TopicARN=topic)
    assert kinds() == set()


def test_a_refresh_replaces_the_instances_and_is_done(autoscaling: Any, group: str) -> None:
    def instance_ids() -> set[str]:
        return {instance["InstanceId"] for instance in described(autoscaling)["Instances"]}

    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    before = instance_ids()
    refresh_id = autoscaling.start_instance_refresh(AutoScalingGroupName=group)["InstanceRefreshId"]
    after = instance_ids()
    assert len(before) == len(after) == 2
    assert not before & after
    (refresh,) = autoscaling.describe_instance_refreshes(
        AutoScalingGroupName=group, InstanceRefreshIds=[refresh_id]
    )["InstanceRefreshes"]
    assert refresh["Status"] == "Successful"
    with pytest.raises(autoscaling.exceptions.ActiveInstanceRefreshNotFoundFault):
        autoscaling.cancel_instance_refresh(AutoScalingGroupName=group)


def test_a_group_launches_from_a_later_version_of_a_template(aws: LocalAws, autoscaling: Any) -> None:
    ec2 = aws.client("ec2")
    data = {"InstanceType": "t3.micro", "ImageId": "ami-12345678"}
    ec2.create_launch_template(LaunchTemplateName="versions", LaunchTemplateData={**data, "UserData": ""})
    (first,) = ec2.describe_launch_template_versions(LaunchTemplateName="versions")["LaunchTemplateVersions"]
    assert "UserData" not in first["LaunchTemplateData"]
    ec2.create_launch_template_version(
        LaunchTemplateName="versions", LaunchTemplateData={**data, "UserData": "ZWNobyBoaQo="}
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="versions",
        LaunchTemplate={"LaunchTemplateName": "versions", "Version": "$Latest"},
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )
    (found,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["versions"])[
        "AutoScalingGroups"
    ]
    assert len(found["Instances"]) == 1

    def versions() -> list[str]:
        """The version that each instance was launched from, as both descriptions tell it."""
        (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["versions"])[
            "AutoScalingGroups"
        ]
        ids = [one["InstanceId"] for one in group["Instances"]]
        described = autoscaling.describe_auto_scaling_instances(InstanceIds=ids)["AutoScalingInstances"]
        versions = sorted(one["LaunchTemplate"]["Version"] for one in group["Instances"])
        assert sorted(one["LaunchTemplate"]["Version"] for one in described) == versions
        return versions

    ec2.create_launch_template_version(LaunchTemplateName="versions", LaunchTemplateData=data)
    assert versions() == ["2"], "an instance keeps the version that it was launched from"
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="versions", MaxSize=2, DesiredCapacity=2)
    assert versions() == ["2", "3"]
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="versions", ForceDelete=True)


@pytest.mark.parametrize(("wanted", "refused"), [(0, "below min value 1"), (9, "above max value")])
def test_a_capacity_outside_of_the_bounds_is_refused(
    autoscaling: Any, group: str, wanted: int, refused: str
) -> None:
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, MinSize=1, MaxSize=3)
    with pytest.raises(ClientError, match=refused):
        autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=wanted)
    with pytest.raises(ClientError, match="name not found"):
        autoscaling.set_desired_capacity(AutoScalingGroupName="none", DesiredCapacity=1)


def test_an_update_of_something_else_leaves_the_mixed_instances_policy(
    aws: LocalAws, autoscaling: Any
) -> None:
    ec2 = aws.client("ec2")
    data = {"InstanceType": "t3.micro", "ImageId": "ami-12345678"}
    ec2.create_launch_template(LaunchTemplateName="mixed", LaunchTemplateData=data)
    specification = {"LaunchTemplateName": "mixed", "Version": "$Latest"}
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": specification,
            "Overrides": [{"InstanceType": "t3.micro"}, {"InstanceType": "t3a.micro"}],
        },
        "InstancesDistribution": {"OnDemandBaseCapacity": 1, "SpotAllocationStrategy": "capacity-optimized"},
    }
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="mixed",
        MixedInstancesPolicy=policy,
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )

    def found() -> Any:
        (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["mixed"])[
            "AutoScalingGroups"
        ]
        return group

    before = found()["MixedInstancesPolicy"]
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="mixed", MaxSize=2)
    assert found()["MixedInstancesPolicy"] == before
    assert "LaunchTemplate" not in found()
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="mixed", LaunchTemplate=specification)
    assert "MixedInstancesPolicy" not in found()
    assert found()["LaunchTemplate"]["LaunchTemplateName"] == "mixed"
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="mixed", ForceDelete=True)
    ec2.delete_launch_template(LaunchTemplateName="mixed")
