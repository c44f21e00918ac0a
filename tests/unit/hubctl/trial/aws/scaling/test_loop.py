"""Alarms and policies, carried out on the local AWS: from published sessions to instances and back."""

from collections.abc import Callable
from typing import Any

from hubctl.trial.aws.server import LocalAws

Eventually = Callable[[Callable[[], Any]], Any]


def test_sessions_bring_instances_and_their_end_takes_them_away(
    scaling_aws: LocalAws, cloudwatch: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group("loop")
    up = group.step_policy(
        "up",
        [
            {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 8, "ScalingAdjustment": 1},
            {"MetricIntervalLowerBound": 8, "ScalingAdjustment": 2},
        ],
    )
    down = group.step_policy("down", [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}])
    high = group.alarm("high", "GreaterThanOrEqualToThreshold", 8, 2, up)
    group.alarm("low", "LessThanThreshold", 3, 5, down)

    def crowded() -> bool:
        group.publish(20)
        return len(group.instances()) >= 3

    def empty() -> bool:
        group.publish(0)
        return len(group.instances()) == 1

    eventually(crowded)
    (first, *_) = group.instances()
    zones = scaling_aws.client("ec2").describe_instances(InstanceIds=group.instances())["Reservations"]
    names = [one["Placement"]["AvailabilityZone"] for each in zones for one in each["Instances"]]
    assert set(names) == {"us-east-1a", "us-east-1b"}
    group.protect(first, on=True)
    eventually(empty)
    assert group.instances() == [first]  # the protected one was never chosen
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[high])["MetricAlarms"]
    assert alarm["StateValue"] == "OK"
    assert "GreaterThanOrEqualToThreshold 8" in alarm["StateReason"]
    activities = group.autoscaling.describe_scaling_activities(AutoScalingGroupName="loop")["Activities"]
    causes = " ".join(activity["Cause"] for activity in activities)
    assert f"alarm {high} is in state ALARM at 20" in causes
    assert "from 1 to 3" in causes


def test_a_machine_that_is_terminated_by_hand_is_replaced(
    scaling_aws: LocalAws, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group("by-hand")
    (first,) = group.instances()
    scaling_aws.client("ec2").terminate_instances(InstanceIds=[first])
    (second,) = eventually(group.instances)
    assert second != first


def test_an_unhealthy_instance_is_replaced_although_it_is_protected(
    autoscaling: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group("unhealthy")
    (first,) = group.instances()
    group.protect(first, on=True)
    autoscaling.set_instance_health(InstanceId=first, HealthStatus="Unhealthy")
    eventually(lambda: group.instances() and group.instances() != [first])


def test_target_tracking_follows_its_metric(
    cloudwatch: Any, autoscaling: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group("tracked")
    autoscaling.put_scaling_policy(
        AutoScalingGroupName="tracked",
        PolicyName="tracked-cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "TargetValue": 40.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        },
    )

    def busy() -> bool:
        cloudwatch.put_metric_data(
            Namespace="AWS/EC2",
            MetricData=[
                {
                    "MetricName": "CPUUtilization",
                    "Dimensions": [{"Name": "AutoScalingGroupName", "Value": "tracked"}],
                    "Value": 90 / max(1, len(group.instances())),
                }
            ],
        )
        return len(group.instances()) >= 3

    eventually(busy)
    activities = autoscaling.describe_scaling_activities(AutoScalingGroupName="tracked")["Activities"]
    causes = " ".join(activity["Cause"] for activity in activities)
    assert "from 1 to 3" in causes  # 90 percent on one, 40 aimed at: 2.25, so three


def test_a_state_set_by_hand_sets_off_the_policy_and_lasts_until_the_next_evaluation(
    cloudwatch: Any, lab_group: Callable[..., Any], eventually: Eventually
) -> None:
    group = lab_group("by-state")
    policy = group.step_policy("up", [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}])
    name = group.alarm("high", "GreaterThanThreshold", 8, 1, policy)

    def state() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])

    def drill() -> bool:
        """Set the state until it takes effect: before the first evaluation it is not compared."""
        if state() != "OK":
            return False
        if len(group.instances(None)) == 1:
            cloudwatch.set_alarm_state(
                AlarmName=name,
                StateValue="ALARM",
                StateReason="a drill",
                StateReasonData='{"recentDatapoints": [9.0]}',
            )
        return len(group.instances()) == 2

    eventually(drill)
    eventually(lambda: state() == "OK")
    assert len(group.instances()) == 2
