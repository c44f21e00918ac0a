"""The topic that alarms notify, and who is subscribed."""

import re
from collections.abc import Callable
from typing import Any

from tests.support.stack_alarms import alarms

Configuration = dict[str, Any]


def test_only_the_stacks_own_alarms_publish_to_the_encrypted_topic(
    synth: Callable[..., Configuration],
) -> None:
    configuration = synth("aws-lab")
    found = configuration["resource"]
    topic = found["aws_sns_topic_policy"]["notifications"]["policy"]
    assert re.search(r'"ArnLike" = \{"aws:SourceArn" = "arn:[^"]+:alarm:\$\{var\.name\}-\*"\}', topic)
    assert all(a["alarm_name"].startswith("${var.name}-") for a in alarms(configuration).values())
    assert found["aws_sns_topic"]["notifications"]["kms_master_key_id"] == "${aws_kms_key.notifications.arn}"
    assert found["aws_kms_key"]["notifications"]["enable_key_rotation"] is True
    for policy in (found["aws_sns_topic_policy"]["notifications"], found["aws_kms_key"]["notifications"]):
        assert set(re.findall(r'"Service" = "([^"]+)"', policy["policy"])) == {"cloudwatch.amazonaws.com"}


def test_no_one_is_subscribed_without_an_address(synth: Callable[..., Configuration]) -> None:
    subscription = synth("chef-hub")["resource"]["aws_sns_topic_subscription"]["operators"]
    assert subscription["count"] == "${(length(var.alarm_email) >= 1) ? 1 : 0}"
    assert subscription["endpoint"] == "${var.alarm_email}"
