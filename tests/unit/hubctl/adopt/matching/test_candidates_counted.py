"""Resources of ours that are there once or not at all: which of both, and under which address."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.adoption import in_full
from hubctl.adopt.inference.clues import optional_parts
from hubctl.adopt.matching.candidates import planned_resources
from hubctl.adopt.matching.matching import match_resources
from hubctl.adopt.request import AdoptionRequest
from hubctl.adopt.state.existing import Existing
from hubctl.adopt.state.state_file import read_state
from tests.unit.hubctl.adopt.conftest import Document, add

Make = Callable[..., Existing]
STACK: Mapping[str, Any] = {
    "variable": {"bucket": {"default": ""}, "email": {"default": ""}},
    "resource": {
        "aws_s3_bucket": {"made": {"bucket_prefix": "hub-", "count": "${(length(var.bucket) < 1) ? 1 : 0}"}},
        "aws_s3_bucket_versioning": {
            "made": {
                "bucket": "${aws_s3_bucket.made[count.index].id}",
                "count": "${(length(var.bucket) < 1) ? 1 : 0}",
            }
        },
        "aws_sns_topic_subscription": {"people": {"count": "${(length(var.email) >= 1) ? 1 : 0}"}},
    },
}


def test_a_setting_decides_whether_one_is_there() -> None:
    def addresses(**variables: str) -> list[str]:
        return [planned.address for planned in planned_resources(STACK, variables)]

    made = ["aws_s3_bucket.made[0]", "aws_s3_bucket_versioning.made[0]"]
    assert addresses() == made
    assert addresses(email="a@example.test") == [*made, "aws_sns_topic_subscription.people[0]"]
    assert addresses(bucket="theirs") == []


@pytest.mark.parametrize(
    "told",
    [
        {"aws_s3_bucket.made": "aws_s3_bucket.b"},
        {"aws_s3_bucket.made[0]": "aws_s3_bucket.b[3]"},
        {"aws_s3_bucket.made": "aws_s3_bucket.b[3]"},
    ],
)
def test_both_sides_may_be_told_with_and_without_an_index(existing: Make, told: dict[str, str]) -> None:
    theirs = [existing("aws_s3_bucket.b[3]", id="cookbooks", bucket="cookbooks")]
    found = match_resources(planned_resources(STACK), theirs, chosen=told)
    assert [(m.ours, m.theirs) for m in found.matches] == [("aws_s3_bucket.made[0]", "aws_s3_bucket.b[3]")]


def test_what_belongs_to_a_counted_one_follows_it(existing: Make) -> None:
    theirs = [
        existing("aws_s3_bucket.b", id="hub-2026", bucket="hub-2026"),
        existing("aws_s3_bucket_versioning.b", id="hub-2026", bucket="hub-2026"),
        existing("aws_s3_bucket_versioning.films", id="films", bucket="films"),
    ]
    found = match_resources(planned_resources(STACK), theirs)
    assert {m.ours: m.theirs for m in found.matches} == {
        "aws_s3_bucket.made[0]": "aws_s3_bucket.b",
        "aws_s3_bucket_versioning.made[0]": "aws_s3_bucket_versioning.b",
    }


def test_whoever_is_mailed_by_the_alarms_is_known(lab_document: Callable[[str], Document]) -> None:
    document = copy.deepcopy(lab_document("campus"))
    topic = "arn:aws:sns:eu-central-1:123456789012:alarms"
    add(document, "aws_cloudwatch_metric_alarm.a", id="a", alarm_actions=[topic])
    subscription = {"protocol": "email", "endpoint": "ops@example.test", "topic_arn": topic}
    add(document, "aws_sns_topic_subscription.s", id="s", **subscription)
    other = {**subscription, "endpoint": "films@example.test", "topic_arn": "arn:aws:sns:x:1:films"}
    add(document, "aws_sns_topic_subscription.films", id="f", **other)
    state = read_state(json.dumps(document), "state")
    assert dict(optional_parts(state, recommended=True))["alarm_email"] == "ops@example.test"
    assert "alarm_email" not in dict(optional_parts(state, recommended=False))


def test_options_may_leave_the_index_out() -> None:
    ours = ["aws_s3_bucket.made[0]", "aws_vpc.lab"]
    request = AdoptionRequest(
        stack="chef-hub",
        project=Path(),
        match={"aws_s3_bucket.made": "aws_s3_bucket.b", "aws_vpc.lab": "aws_vpc.v"},
        imports={"aws_s3_bucket.made[0]": "cookbooks"},
        leave_out=["aws_s3_bucket.made", "aws_vpc.strange"],
        keep=["aws_s3_bucket.made.bucket", "aws_vpc.lab.tags"],
    )
    full = in_full(request, ours)
    assert full.match == {"aws_s3_bucket.made[0]": "aws_s3_bucket.b", "aws_vpc.lab": "aws_vpc.v"}
    assert full.imports == {"aws_s3_bucket.made[0]": "cookbooks"}
    assert full.leave_out == ["aws_s3_bucket.made[0]", "aws_vpc.strange"]
    assert full.keep == ["aws_s3_bucket.made[0].bucket", "aws_vpc.lab.tags"]
