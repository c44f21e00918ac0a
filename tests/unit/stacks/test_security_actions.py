"""What the policies say is what IAM understands: each action is given on resources and under keys that it knows.

A statement that names a resource for an action without any allows nothing, and nothing but a real account says so.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from stacks.registry import STACK_NAMES
from tests.support.iam_actions import misfits, needs_resource
from tests.support.stack_policies import statements
from tests.unit.stacks.test_security_policies import JUSTIFIED, NO_RESOURCES

Configuration = dict[str, Any]


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_action_knows_its_resources_and_conditions(
    synth: Callable[..., Configuration], stack: str, profile: str
) -> None:
    found = list(statements(synth(stack, profile=profile, access_logs=True)))
    assert len(found) >= 5
    assert misfits(found) == []


def test_what_stands_on_every_resource_has_to() -> None:
    claimed = [entry for entry, why in JUSTIFIED.items() if why.startswith(NO_RESOURCES)]
    assert len(claimed) > 10
    assert [action for action in claimed if needs_resource(action)] == []


@pytest.mark.parametrize(
    ("address", "old", "new", "problem"),
    [
        (
            "hub_worker",
            '"Action" = ["servicediscovery:ListInstances"], "Resource" = ["*"]',
            '"Action" = ["servicediscovery:ListInstances"], "Resource" = [aws_service_discovery_service.chef_svc.arn]',
            "ListInstances knows no resources",
        ),
        (
            "hub_worker",
            '"servicediscovery:ServiceArn"',
            '"servicediscovery:Service"',
            "knows no condition key",
        ),
        (
            "hub_leader",
            "autoscaling:SetDesiredCapacity",
            "ecr:BatchGetImage",
            "ecr:BatchGetImage knows none of",
        ),
    ],
)
def test_a_statement_that_allows_nothing_is_found(
    synth: Callable[..., Configuration], address: str, old: str, new: str, problem: str
) -> None:
    changed = copy.deepcopy(synth("chef-hub"))
    block = changed["resource"]["aws_iam_role_policy"][address]
    assert old in block["policy"]
    block["policy"] = block["policy"].replace(old, new)
    assert any(problem in found for found in misfits(statements(changed)))
