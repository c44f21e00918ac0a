"""A zone that the state only has the id of is asked for in Route 53; whoever may not ask names it."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hubctl.adopt.inference.aws_lab_parts import LabView
from hubctl.adopt.inference.settings import looked_up_zone
from hubctl.adopt.state.state_file import read_state

Document = dict[str, Any]


@pytest.fixture
def view_of(
    lab_document: Callable[[str], Document], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], LabView]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def view(zone_id: str) -> LabView:
        text = json.dumps(lab_document("seminar"))
        found = read_state(text, "state")
        (record,) = {r.text("zone_id") for r in found.of("aws_route53_record") if r.first("alias")}
        return LabView(read_state(text.replace(record, zone_id), "state"), {})

    return view


@mock_aws
def test_the_zone_is_found_by_its_id(view_of: Callable[[str], LabView]) -> None:
    client: Any = boto3.client("route53", region_name="eu-central-1")
    made = client.create_hosted_zone(Name="lab.example.test", CallerReference="1")["HostedZone"]["Id"]
    assert looked_up_zone(view_of(made.rpartition("/")[2]).zone_ids, "eu-central-1") == "lab.example.test"


@mock_aws
def test_a_zone_that_is_not_there_or_private_has_no_name(view_of: Callable[[str], LabView]) -> None:
    assert looked_up_zone(view_of("ZNOTTHERE").zone_ids, "eu-central-1") is None
    client: Any = boto3.client("route53", region_name="eu-central-1")
    made = client.create_hosted_zone(
        Name="in.example.test",
        CallerReference="2",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": "eu-central-1", "VPCId": "vpc-1"},
    )["HostedZone"]["Id"]
    assert looked_up_zone(view_of(made.rpartition("/")[2]).zone_ids, "eu-central-1") is None
