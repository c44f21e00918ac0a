"""Least privilege: no wildcard action or resource outside a short list, each entry with its reason."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from stacks.registry import STACK_NAMES
from tests.support.stack_policies import is_everything, statements, wide

Configuration = dict[str, Any]
NO_RESOURCES = "AWS knows no resources for this action"
# What may stand on every resource, or with a star
JUSTIFIED: dict[str, str] = {
    **dict.fromkeys(
        (
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingInstances",
            "ec2messages:AcknowledgeMessage",
            "ec2messages:DeleteMessage",
            "ec2messages:FailMessage",
            "ec2messages:GetEndpoint",
            "ec2messages:GetMessages",
            "ec2messages:SendReply",
            "ecr:GetAuthorizationToken",
            "servicediscovery:GetOperation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
            "tag:GetResources",
        ),
        NO_RESOURCES,
    ),
    "ssm:UpdateInstanceInformation": "an instance may only speak of itself; AWS's own policies have it so",
    "servicediscovery:ListInstances": f"{NO_RESOURCES}; a condition narrows it to the stack's two services",
    "cloudwatch:PutMetricData": f"{NO_RESOURCES}; a condition narrows it to the project's namespace",
    "aws_kms_key.notifications kms:*": "a key nobody administers cannot be deleted; the policy is the key's own",
    "aws_kms_key.notifications kms:Decrypt": "in the policy of a key, * is that key",
    "aws_kms_key.notifications kms:GenerateDataKey*": "both kinds of data keys; in the policy of a key, * is that key",
}


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_nothing_is_allowed_more_widely_than_the_list_says(
    synth: Callable[..., Configuration], stack: str
) -> None:
    assert wide(synth(stack), JUSTIFIED) == []


def test_the_original_lab_is_as_narrow(synth: Callable[..., Configuration]) -> None:
    assert wide(synth("aws-lab", profile="original"), JUSTIFIED) == []


def test_the_list_justifies_nothing_that_is_not_there(synth: Callable[..., Configuration]) -> None:
    used = {
        entry
        for stack in STACK_NAMES
        for found in statements(synth(stack))
        for action in found.listed("Action")
        for entry in (action, f"{found.address} {action}")
    }
    assert set(JUSTIFIED) <= used


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_metrics_go_into_the_projects_own_namespace_only(
    synth: Callable[..., Configuration], stack: str
) -> None:
    publishing = [f for f in statements(synth(stack)) if "cloudwatch:PutMetricData" in f.listed("Action")]
    assert publishing
    for found in publishing:
        namespace = found.statement["Condition"]["StringEquals"]["cloudwatch:namespace"]
        assert namespace.startswith("JupyterHub/"), found.address


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_each_role_is_taken_by_one_service(synth: Callable[..., Configuration], stack: str) -> None:
    for found in statements(synth(stack)):
        if found.listed("Action") == ["sts:AssumeRole"]:
            # The same in every partition: the European Sovereign Cloud refuses ec2.amazonaws.eu.
            ec2 = "ec2.amazonaws.com"
            service = "backup.amazonaws.com" if found.address.endswith("homes_backup") else ec2
            assert found.statement["Principal"] == {"Service": service}


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_no_managed_policy_is_attached(synth: Callable[..., Configuration], stack: str) -> None:
    found = synth(stack)["resource"]
    assert "aws_iam_role_policy_attachment" not in found
    assert not [role for role in found["aws_iam_role"].values() if role.get("managed_policy_arns")]


@pytest.mark.parametrize(
    ("address", "old", "new", "problem"),
    [
        ("lab_instance", '"Resource" = ["arn:', '"Resource" = ["*", "arn:', "autoscaling:SetInstanceProtection on every"),
        ("lab_instance", '"autoscaling:CompleteLifecycleAction"', '"autoscaling:*"', "action autoscaling:*"),
        ("lab_instance", ":parameter/jupyterhub/${var.name}/hub/login/*", ":parameter/*", "ssm:GetParameters on every"),
        ("lab_instance", ":autoScalingGroupName/${var.name}", ":autoScalingGroupName/*", "SetInstanceProtection on every"),
        ("lab_instance", '"Resource" = ["arn:', '"NotResource" = ["arn:', "NotResource"),
        ("lab_instance", '"Action" = ["autoscaling:Set', '"NotAction" = ["autoscaling:Set', "NotAction"),
        ("homes_backup", '"elasticfilesystem:Backup"', '"elasticfilesystem:*"', "action elasticfilesystem:*"),
    ],
)  # fmt: skip
def test_a_policy_that_is_widened_is_found(
    synth: Callable[..., Configuration], address: str, old: str, new: str, problem: str
) -> None:
    widened = copy.deepcopy(synth("aws-lab"))
    block = widened["resource"]["aws_iam_role_policy"][address]
    assert old in block["policy"]
    block["policy"] = block["policy"].replace(old, new)
    assert any(problem in found for found in wide(widened, JUSTIFIED))


@pytest.mark.parametrize("block", [dict, lambda **policy: [policy]], ids=["block", "list"])
def test_a_policy_inside_a_role_is_found(
    synth: Callable[..., Configuration], block: Callable[..., Any]
) -> None:
    widened = copy.deepcopy(synth("aws-lab"))
    policy = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"}}
    role = widened["resource"]["aws_iam_role"]["lab_instance"]
    role["inline_policy"] = block(name="more", policy=json.dumps(policy))
    assert wide(widened, JUSTIFIED) == ["aws_iam_role.lab_instance: s3:GetObject on every resource"]


@pytest.mark.parametrize(
    ("resource", "everything"),
    [
        ("*", True),
        ("arn:aws:iam::*:role/*", True),
        ("arn:aws:s3:::*/*", True),
        ("arn:aws:logs:us-east-1:123456789012:log-group:*:*", True),
        ("arn:aws:s3:::${local.bootstrap_bucket}/*", False),
        ("arn:${data.aws_partition.current.partition}:ssm:${var.region}:*:parameter/chef-hub/*", False),
        ("${aws_cloudwatch_log_group.nodes.arn}:*", False),
    ],
)
def test_what_counts_as_every_resource(resource: str, everything: bool) -> None:
    assert is_everything(resource) is everything


def test_a_bucket_or_topic_opened_to_everybody_is_found(synth: Callable[..., Configuration]) -> None:
    opened = copy.deepcopy(synth("aws-lab"))
    block = opened["resource"]["aws_sns_topic_policy"]["notifications"]
    policy = block["policy"].replace('{"Service" = "cloudwatch.amazonaws.com"}', '"*"')
    block["policy"] = policy[: policy.index(', "Condition"')] + "}]})}"
    assert wide(opened, JUSTIFIED) == ["aws_sns_topic_policy.notifications: everybody, without a condition"]
