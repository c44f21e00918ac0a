"""The dashboard shows all alarms and graphs."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from stacks.registry import STACK_NAMES
from tests.support.stack_alarms import alarms

Configuration = dict[str, Any]


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_dashboard_shows_all_alarms_and_graphs_of_what_operators_ask(
    synth: Callable[..., Configuration], stack: str
) -> None:
    configuration = synth(stack)
    body = configuration["resource"]["aws_cloudwatch_dashboard"]["operations"]["dashboard_body"]
    assert set(re.findall(r"aws_cloudwatch_metric_alarm\.(\w+)\.arn", body)) == set(alarms(configuration))
    titles = re.findall(r'"title" = "([^"]+)"', body)
    assert len(titles) == len(set(titles)) == {"aws-lab": 11, "chef-hub": 12}[stack]
    for wanted in ("User sessions", "5xx answers", "Shared files: throughput"):
        assert wanted in titles
