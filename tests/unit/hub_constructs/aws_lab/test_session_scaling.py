"""Scaling of the Lab: policies and alarms on the average number of user sessions per instance."""

from typing import Any

Configuration = dict[str, Any]


def test_policies_are_steps_on_the_average_of_sessions(lab_resources: Configuration) -> None:
    for name in ("scale_up", "scale_down"):
        policy = lab_resources[f"aws_autoscaling_policy.{name}"]
        assert policy["policy_type"] == "StepScaling"
        assert policy["adjustment_type"] == "ChangeInCapacity"
        assert policy["metric_aggregation_type"] == "Average"
    for name in ("sessions_high", "sessions_low"):
        alarm = lab_resources[f"aws_cloudwatch_metric_alarm.{name}"]
        assert (alarm["namespace"], alarm["metric_name"]) == ("JupyterHub/Lab", "UserSessions")
        assert alarm["statistic"] == "Average"
        assert alarm["dimensions"] == {"AutoScalingGroupName": "${aws_autoscaling_group.lab.name}"}


def test_an_alarm_scales_up(lab_resources: Configuration) -> None:
    alarm = lab_resources["aws_cloudwatch_metric_alarm.sessions_high"]
    assert alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["threshold"] == "${var.scale_up_threshold}"
    assert alarm["alarm_actions"] == ["${aws_autoscaling_policy.scale_up.arn}"]
    steps = lab_resources["aws_autoscaling_policy.scale_up"]["step_adjustment"]
    assert [step["scaling_adjustment"] for step in steps] == [1, 2]
    assert steps[0]["metric_interval_upper_bound"] == steps[1]["metric_interval_lower_bound"]


def test_another_alarm_scales_down(lab_resources: Configuration) -> None:
    alarm = lab_resources["aws_cloudwatch_metric_alarm.sessions_low"]
    assert alarm["comparison_operator"] == "LessThanThreshold"
    assert alarm["threshold"] == "${var.scale_down_threshold}"
    assert alarm["alarm_actions"] == ["${aws_autoscaling_policy.scale_down.arn}"]
    (step,) = lab_resources["aws_autoscaling_policy.scale_down"]["step_adjustment"]
    assert step == {"scaling_adjustment": -1, "metric_interval_upper_bound": "0"}


def test_missing_data_is_not_taken_for_an_empty_lab(lab_resources: Configuration) -> None:
    for name in ("sessions_high", "sessions_low"):
        assert lab_resources[f"aws_cloudwatch_metric_alarm.{name}"]["treat_missing_data"] == "notBreaching"
