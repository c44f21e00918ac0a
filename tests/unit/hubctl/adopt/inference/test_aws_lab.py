"""The settings of a lab are inferred from the states of three authors; what cannot be known is left open."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.adopt.inference.aws_lab import infer_lab_settings, zone_candidates
from hubctl.adopt.inference.aws_lab_parts import LabView
from hubctl.adopt.inference.recognition import check_stack
from hubctl.adopt.state.existing import ExistingState
from hubctl.adopt.state.state_file import read_state
from hubctl.core.errors import BadInputError
from stacks.settings.loading import check_context

Document = dict[str, Any]


def without(document: Document, *types: str, mode: str = "managed") -> Document:
    kept = [r for r in document["resources"] if r["type"] not in types or r["mode"] != mode]
    return {**document, "resources": kept}


def view(document: Document) -> LabView:
    return LabView(read_state(json.dumps(document), "state"), {})


def attributes(document: Document, kind: str) -> dict[str, Any]:
    found = next(r for r in document["resources"] if r["type"] == kind and r["mode"] == "managed")
    values: dict[str, Any] = found["instances"][0]["attributes"]
    return values


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "workshop",
            {
                "profile": "original",
                "region": "eu-central-1",
                "domain_name": "notebooks.lab.example.test",
                "hosted_zone": "lab.example.test",
                "name": "workshop-nodes",
                "zone_count": 3,
                "availability_zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
                "vpc_cidr": "10.77.0.0/16",
                "hub_port": 8080,
                "min_size": 2,
                "max_size": 6,
                "idle_timeout_seconds": 900,
                "drain_timeout_seconds": 600,
                "scale_up_threshold": 12,
                "scale_down_threshold": 4,
                "instance_type": "t3.large",
                "ami_name": "jupyterhub-lab-*",
                "security_group_rules": "legacy",
                "scaling_policies": "simple",
                "instance_policy": "managed",
                "target_attachment": "separate",
            },
        ),
        (
            "campus",
            {
                "zone_count": 2,
                "security_group_rules": "inline",
                "routes": "inline",
                "instance_policy": "inline",
                "launch": "template",
                "root_volume_gib": 100,
                "scale_down_threshold": 2,
                "target_attachment": "group",
            },
        ),
        (
            "seminar",
            {
                "launch": "configuration",
                "security_group_rules": "separate",
                "instance_policy": "none",
                "scaling_policies": "simple",
                "hub_port": 80,
                "vpc_cidr": "10.0.0.0/22",
            },
        ),
        (
            "institute",
            {
                "shared_homes": True,
                "drain_hook": True,
                "log_group": True,
                "access_logs": True,
                "drain_timeout_seconds": 900,
                "log_retention_days": 14,
                "domain_name": "institute.lab.example.test",
            },
        ),
    ],
)
def test_settings_are_read_off_the_state(
    lab_state: Callable[[str], ExistingState], name: str, expected: dict[str, Any]
) -> None:
    found = infer_lab_settings(LabView(lab_state(name), {}))
    assert {key: found.get(key) for key in expected} == expected
    assert check_context(found)[1] == []


def test_values_that_the_settings_refuse_are_not_taken(lab_state: Callable[[str], ExistingState]) -> None:
    found = infer_lab_settings(LabView(lab_state("campus"), {}))
    assert "scale_up_threshold" not in found  # 6.5 is no whole number
    assert "name" not in found  # a generated name is too long for a prefix


def test_the_image_is_named_by_its_id_when_no_look_up_tells_its_name(
    lab_document: Callable[[str], Document],
) -> None:
    found = infer_lab_settings(view(without(lab_document("workshop"), "aws_ami", mode="data")))
    assert found["ami_id"].startswith("ami-")
    assert "ami_name" not in found


def test_only_parts_that_the_profile_has_not_are_set(lab_document: Callable[[str], Document]) -> None:
    parts = {"shared_homes", "drain_hook", "log_group"}
    document = lab_document("campus")
    assert not parts & set(infer_lab_settings(view(document)))
    group = {
        "mode": "managed",
        "type": "aws_cloudwatch_log_group",
        "name": "l",
        "instances": [{"attributes": {"name": "/lab", "retention_in_days": 14}}],
    }
    more = {**document, "resources": [*document["resources"], group]}
    assert not parts & set(infer_lab_settings(view(more)))  # anything may write to it
    script = "#!/bin/bash\nlogs --group /lab\n"
    attributes(document, "aws_launch_template")["user_data"] = base64.b64encode(script.encode()).decode()
    found = infer_lab_settings(view(more))
    assert {part: found[part] for part in parts & set(found)} == {"log_group": True}
    assert found["log_retention_days"] == 14


def test_a_hosted_zone_in_the_state_is_known(lab_document: Callable[[str], Document]) -> None:
    document = without(lab_document("workshop"), "aws_route53_zone", mode="data")
    assert zone_candidates(view(document)) is None
    zone = {
        "mode": "managed",
        "type": "aws_route53_zone",
        "name": "z",
        "instances": [{"attributes": {"name": "lab.example.test", "zone_id": "HOSTED_ZONE_ID"}}],
    }
    assert (
        zone_candidates(view({**document, "resources": [*document["resources"], zone]})) == "lab.example.test"
    )


def test_a_short_record_name_tells_the_hosted_zone(lab_document: Callable[[str], Document]) -> None:
    document = without(lab_document("campus"), "aws_route53_zone", mode="data")
    for resource in document["resources"]:
        if resource["type"] == "aws_route53_record" and resource["name"] == "campus":
            resource["instances"][0]["attributes"]["name"] = "campus"
    assert zone_candidates(view(document)) == "lab.example.test"


def test_a_wildcard_certificate_does_not_hide_the_domain(lab_document: Callable[[str], Document]) -> None:
    document = lab_document("workshop")
    attributes(document, "aws_acm_certificate")["domain_name"] = "*.lab.example.test"
    assert infer_lab_settings(view(document))["domain_name"] == "notebooks.lab.example.test"


def test_two_labs_in_one_state_are_a_tie_until_one_is_chosen(
    lab_document: Callable[[str], Document],
) -> None:
    one, other = lab_document("workshop"), lab_document("seminar")
    both = {**one, "resources": [*one["resources"], *other["resources"]]}
    (equal,) = view(both).equal_candidates
    assert equal.ours == "aws_lb_listener.https"
    assert equal.candidates == ("module.lab.aws_lb_listener.tls", "aws_lb_listener.https")
    state = read_state(json.dumps(both), "both")
    chosen = LabView(state, {"aws_lb_listener.https": "aws_lb_listener.https"})
    assert chosen.equal_candidates == []
    assert chosen.group is not None
    assert chosen.group.address == "aws_autoscaling_group.asg"


def test_the_wrong_stack_is_named(lab_state: Callable[[str], ExistingState]) -> None:
    check_stack(lab_state("campus"), "aws-lab")
    with pytest.raises(BadInputError, match="but that of aws-lab") as refused:
        check_stack(lab_state("campus"), "chef-hub")
    assert "--stack aws-lab" in refused.value.remedy


def test_a_state_of_neither_design_is_named(lab_document: Callable[[str], Document]) -> None:
    network = [r for r in lab_document("workshop")["resources"] if r["type"].startswith("aws_vpc")]
    state = read_state(json.dumps({**lab_document("workshop"), "resources": network}), "network")
    with pytest.raises(BadInputError, match="does not hold the design of aws-lab"):
        check_stack(state, "aws-lab")


def with_entry(document: Document, kind: str, label: str, **values: Any) -> Document:
    entry = {
        "mode": "managed",
        "type": kind,
        "name": label,
        "provider": 'provider["registry.example.test/hashicorp/aws"]',
        "instances": [{"attributes": values}],
    }
    return {**document, "resources": [*document["resources"], entry]}


def test_what_belongs_to_something_else_in_the_state_tells_nothing(
    lab_document: Callable[[str], Document],
) -> None:
    """A state may hold much else: another group with its alarms and policies, its rules, flow logs, another network."""
    lab = lab_document("seminar")
    expected = infer_lab_settings(view(lab))
    other = {"autoscaling_group_name": "batch", "arn": "arn:aws:other", "policy_type": "StepScaling"}
    more = with_entry(lab, "aws_autoscaling_policy", "other", **other)
    alarm = {
        "alarm_actions": ["arn:aws:other"],
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 999,
    }
    more = with_entry(more, "aws_cloudwatch_metric_alarm", "other", **alarm)
    more = with_entry(more, "aws_vpc_security_group_ingress_rule", "other", security_group_id="sg-0dddddddd")
    more = with_entry(more, "aws_security_group_rule", "other", security_group_id="sg-0dddddddd")
    more = with_entry(more, "aws_route_table", "other", vpc_id="vpc-0dddddddd", id="rtb-0dddddddd")
    more = with_entry(more, "aws_route", "other", route_table_id="rtb-0dddddddd")
    more = with_entry(more, "aws_autoscaling_attachment", "other", autoscaling_group_name="batch")
    more = with_entry(more, "aws_acm_certificate_validation", "other", certificate_arn="arn:aws:acm:other")
    more = with_entry(
        more, "aws_cloudwatch_log_group", "flow", name="/vpc/x", arn="arn:aws:logs:x:log-group:/vpc/x"
    )
    more = with_entry(more, "aws_flow_log", "flow", log_destination="arn:aws:logs:x:log-group:/vpc/x")
    assert infer_lab_settings(view(more)) == expected
