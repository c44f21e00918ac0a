"""Scaling of the Lab: policies and alarms on the average number of user sessions per instance."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Configuration = dict[str, Any]


def test_policies_are_steps_on_the_average_of_sessions(lab_resources: Configuration) -> None:
    for name in ("scale_up", "scale_down"):
        policy = lab_resources[f"aws_autoscaling_policy.{name}"]
        assert policy["policy_type"] == "StepScaling"
        assert policy["adjustment_type"] == "ChangeInCapacity"
        assert policy["metric_aggregation_type"] == "Average"
    high = lab_resources["aws_cloudwatch_metric_alarm.sessions_high"]
    low = lab_resources["aws_cloudwatch_metric_alarm.sessions_low"]["metric_query"][0]["metric"]
    for metric, statistic in ((high, high["statistic"]), (low, low["stat"])):
        assert (metric["namespace"], metric["metric_name"]) == ("JupyterHub/Lab", "UserSessions")
        assert statistic == "Average"
        assert metric["dimensions"] == {"AutoScalingGroupName": "${aws_autoscaling_group.lab.name}"}


def test_an_alarm_scales_up(lab_resources: Configuration) -> None:
    alarm = lab_resources["aws_cloudwatch_metric_alarm.sessions_high"]
    assert alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["threshold"] == "${var.scale_up_threshold}"
    assert alarm["alarm_actions"] == ["${aws_autoscaling_policy.scale_up.arn}"]
    steps = lab_resources["aws_autoscaling_policy.scale_up"]["step_adjustment"]
    assert [step["scaling_adjustment"] for step in steps] == [1, 2]
    assert steps[0]["metric_interval_upper_bound"] == steps[1]["metric_interval_lower_bound"]


def test_another_alarm_scales_down(synth: Callable[..., Configuration]) -> None:
    resources = synth("aws-lab", profile="original")["resource"]
    alarm = resources["aws_cloudwatch_metric_alarm"]["sessions_low"]
    assert alarm["comparison_operator"] == "LessThanThreshold"
    assert alarm["threshold"] == "${var.scale_down_threshold}"
    assert alarm["alarm_actions"] == ["${aws_autoscaling_policy.scale_down.arn}"]
    policy = synth("aws-lab", profile="original", scaling_policies="step")["resource"]
    (step,) = policy["aws_autoscaling_policy"]["scale_down"]["step_adjustment"]
    assert step == {"scaling_adjustment": -1, "metric_interval_upper_bound": "0"}


def test_missing_data_is_not_taken_for_an_empty_lab(lab_resources: Configuration) -> None:
    for name in ("sessions_high", "sessions_low", "places_low"):
        assert lab_resources[f"aws_cloudwatch_metric_alarm.{name}"]["treat_missing_data"] == "notBreaching"


def test_an_alarm_keeps_places_free(lab_resources: Configuration) -> None:
    alarm = lab_resources["aws_cloudwatch_metric_alarm.places_low"]
    assert (alarm["metric_name"], alarm["statistic"], alarm["period"]) == ("FreePlaces", "Average", 60)
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("LessThanThreshold", "${var.spare_places}")
    assert (alarm["evaluation_periods"], alarm["datapoints_to_alarm"]) == (1, 1)
    assert alarm["alarm_actions"] == ["${aws_autoscaling_policy.spare_up.arn}"]


def test_instances_are_added_by_the_number_of_missing_places(lab_resources: Configuration) -> None:
    steps = lab_resources["aws_autoscaling_policy.spare_up"]["step_adjustment"]
    assert [step["scaling_adjustment"] for step in steps] == list(range(1, 21))
    assert steps[0]["metric_interval_upper_bound"] == "0"
    # Half a place more: of a value at a bound AWS takes the step further down
    assert steps[1]["metric_interval_upper_bound"] == "${-1 * local.places_per_instance - 0.5}"
    for one, following in pairwise(steps):
        assert one["metric_interval_lower_bound"] == following["metric_interval_upper_bound"]
    assert "metric_interval_lower_bound" not in steps[-1]


def test_the_group_shrinks_only_while_enough_places_are_free(lab_resources: Configuration) -> None:
    alarm = lab_resources["aws_cloudwatch_metric_alarm.sessions_low"]
    assert {"namespace", "metric_name", "dimensions", "statistic", "period"}.isdisjoint(
        name for name, value in alarm.items() if value is not None
    )
    sessions, free, expression = alarm["metric_query"]
    assert (sessions["id"], free["id"], free["metric"]["metric_name"]) == ("sessions", "free", "FreePlaces")
    assert expression["expression"] == "IF(sessions < ${var.scale_down_threshold}, free, -1)"
    assert alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["threshold"] == "${local.free_places_to_shrink}"


def test_instances_are_taken_away_by_the_number_of_places_too_many(lab_resources: Configuration) -> None:
    steps = lab_resources["aws_autoscaling_policy.scale_down"]["step_adjustment"]
    assert [step["scaling_adjustment"] for step in steps] == list(range(-1, -21, -1))
    assert steps[0]["metric_interval_lower_bound"] == "0"
    assert steps[1]["metric_interval_lower_bound"] == "${1 * local.places_per_instance}"
    for one, following in pairwise(steps):
        assert one["metric_interval_upper_bound"] == following["metric_interval_lower_bound"]
    assert "metric_interval_upper_bound" not in steps[-1]


def test_the_original_design_keeps_no_places_free(synth: Callable[..., Configuration]) -> None:
    original = synth("aws-lab", profile="original")
    assert set(original["resource"]["aws_autoscaling_policy"]) == {"scale_up", "scale_down"}
    assert set(original["resource"]["aws_cloudwatch_metric_alarm"]) == {"sessions_high", "sessions_low"}
    assert (
        original["resource"]["aws_cloudwatch_metric_alarm"]["sessions_low"]["metric_name"] == "UserSessions"
    )
    assert "places_per_instance" not in original.get("locals", {})


def test_simple_policies_add_one_instance(synth: Callable[..., Configuration]) -> None:
    policy = synth("aws-lab", scaling_policies="simple")["resource"]["aws_autoscaling_policy"]["spare_up"]
    assert (policy["policy_type"], policy["scaling_adjustment"]) == ("SimpleScaling", 1)
