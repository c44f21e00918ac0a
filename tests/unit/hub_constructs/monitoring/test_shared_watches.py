"""The auto scaling group's sizes are published, and watched."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.stack_alarms import alarms, breaches, metrics

Configuration = dict[str, Any]


def test_a_group_of_one_fixed_size_is_not_always_at_its_largest(synth: Callable[..., Configuration]) -> None:
    alarm = alarms(synth("aws-lab"))["capacity_at_max"]
    assert not breaches(alarm, {"desired": 2, "largest": 2, "smallest": 2})


@pytest.mark.parametrize(("stack", "group"), [("aws-lab", "lab"), ("chef-hub", "chef-workers")])
def test_the_group_publishes_the_sizes_that_are_watched(
    synth: Callable[..., Configuration], stack: str, group: str
) -> None:
    configuration = synth(stack)
    watched = {
        metric["metric_name"]
        for alarm in alarms(configuration).values()
        for metric in metrics(alarm)
        if metric["namespace"] == "AWS/AutoScaling"
    }
    published = configuration["resource"]["aws_autoscaling_group"][group]["enabled_metrics"]
    assert watched <= set(published)
    assert len(published) == len(set(published))
