"""Credentials, region and permissions."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from hubctl.doctor.examination import Examination, Finding, Options
from hubctl.doctor.run import Diagnosis

Look = Callable[..., list[Finding]]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"region": "us-moon-1"}, "AWS has no region us-moon-1"),
        ({"region": "us-east-1a"}, "us-east-1a is a zone; its region is us-east-1"),
        ({"region": "us-iso-east-1"}, "us-iso-east-1 lies in the partition aws-iso"),
        (
            {"region": "eu-southwest-9"},
            "AWS has no region eu-southwest-9",
        ),  # named like a region: EC2 was asked
        ({"region": "ap-east-1"}, "the region ap-east-1 is not switched on"),
        (
            {"options": Options(region="eu-west-1")},
            "wrong region: aws-lab deploys to us-east-1 (region), --region says eu-west-1",
        ),
        (
            {"region": "eu-west-1"},
            "deploys to eu-west-1 (region), AWS_REGION and AWS_DEFAULT_REGION say us-east-1",
        ),
    ],
)
def test_a_wrong_region_is_named(look: Look, given: dict[str, Any], named: str) -> None:
    (finding,) = look("region", "aws-lab", **given)
    assert finding.status == "error"
    assert named in finding.found


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_either_of_the_regions_that_tools_obey_may_be_wrong(
    look: Look, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "eu-north-1")
    (finding,) = look("region", "aws-lab")
    assert f"deploys to us-east-1 (region), {variable} says eu-north-1" in finding.found
    assert not look("region", "aws-lab", options=Options(region="us-east-1"))


def test_a_region_of_another_partition_needs_other_credentials(look: Look) -> None:
    (finding,) = look("region", "aws-lab", options=Options(region="us-gov-west-1"))
    assert "They are of two partitions, aws and aws-us-gov" in str(finding.remedy)
    (finding,) = look("region", "aws-lab", options=Options(region="eu-west-1"))
    assert "partition" not in str(finding.remedy)


def test_nothing_that_answers_is_not_a_matter_of_logging_in(
    diagnose: Callable[..., Diagnosis], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_self: Examination, _service: str) -> Any:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    monkeypatch.setattr(Examination, "client", silent)
    finding = dict(diagnose("aws-lab").findings)["credentials"]
    assert "cannot be asked who you are" in finding.found
    assert "See whether AWS is served at http://127.0.0.1" in finding.remedy


def test_another_account_than_the_one_named(look: Look) -> None:
    (finding,) = look("credentials", "chef-hub", aws_account_id="999999999999")
    assert "account 123456789012, aws_account_id is 999999999999" in finding.found


def test_denied_actions_are_named(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Simulator:
        """IAM, as far as the check asks it."""

        def get_paginator(self, _operation: str) -> "Simulator":
            return self

        def paginate(self, *, PolicySourceArn: str, ActionNames: list[str]) -> list[dict[str, Any]]:  # noqa: N803 - IAM's names
            assert PolicySourceArn
            asked.extend(ActionNames)
            decisions = {
                name: "implicitDeny" if name.startswith("elasticfilesystem:") else "allowed"
                for name in ActionNames
            }
            results = [{"EvalActionName": name, "EvalDecision": said} for name, said in decisions.items()]
            return [{"EvaluationResults": results}]

    real = Examination.client
    monkeypatch.setattr(
        Examination, "client", lambda self, service: Simulator() if service == "iam" else real(self, service)
    )
    (finding,) = look("permissions", "aws-lab")
    assert "may not elasticfilesystem:CreateFileSystem" in finding.found
    assert {"ec2:CreateVpc", "iam:PassRole", "elasticloadbalancing:CreateLoadBalancer"} <= set(asked)
