"""A stack's folder alone, copied anywhere as a Terraform Cloud run does, passes init, validate and plan (C2, C3)."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hubctl.core.terraform.driver import Terraform
from stacks.registry import STACK_NAMES

pytestmark = pytest.mark.terraform


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_init_validate_and_plan_on_a_copy(
    copy_of: Callable[..., Path],
    terraform: Callable[[Path], Terraform],
    variables: Mapping[str, Mapping[str, str]],
    stack: str,
) -> None:
    driver = terraform(copy_of(stack))
    driver.validate()
    plan = driver.preview(variables=variables[stack])
    assert set(plan.counts) <= {"create", "read"}
    assert plan.counts["create"] >= 35


@pytest.mark.parametrize(
    "context",
    [
        {"zone_count": 3, "ipv6": True, "access_logs": True},
        {"profile": "original"},
    ],
    ids=str,
)
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_other_shapes_plan_too(
    copy_of: Callable[..., Path],
    terraform: Callable[[Path], Terraform],
    variables: Mapping[str, Mapping[str, str]],
    stack: str,
    context: dict[str, object],
) -> None:
    driver = terraform(copy_of(stack, **context))
    plan = driver.preview(variables=variables[stack])  # which validates first
    assert set(plan.counts) <= {"create", "read"}
    assert plan.counts["create"] >= 20
