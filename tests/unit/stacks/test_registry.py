"""The registry is the only list of stacks: what else is kept by stack has the same ones."""

import dataclasses
from collections.abc import Collection
from typing import get_args

import pytest

from hubctl.plan.change_catalogue import Stack
from hubctl.simulate.stack_reading import KINDS
from stacks.registry import DEMO_DOMAIN, STACK_NAMES, STACKS, chosen_stacks, demo_variables
from stacks.settings.backend import BackendsByStack
from stacks.settings.loading import Settings
from tests.unit.hub_constructs.core.aws_limits.test_regions import NEEDED_SERVICES


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ([field.alias for field in BackendsByStack.model_fields.values()], "backends"),
        (NEEDED_SERVICES, "services that a stack needs"),
        (KINDS, "what is simulated"),
        (get_args(Stack), "catalogue of changes"),
    ],
)
def test_what_is_kept_by_stack_has_the_stacks_of_the_registry(names: Collection[str], kind: str) -> None:
    assert sorted(names) == sorted(STACK_NAMES), kind


def test_the_settings_have_a_part_for_each_stack() -> None:
    fields = {field.name: field.type for field in dataclasses.fields(Settings)}
    for stack in STACKS.values():
        assert fields[stack.key] in (stack.settings, stack.settings.__name__)


@pytest.mark.parametrize("name", STACK_NAMES)
def test_what_a_stack_is_said_to_have_are_its_variables(name: str) -> None:
    stack = STACKS[name]
    variables = {variable for variable, _, _ in stack.settings.variables()}
    assert {stack.region_variable, stack.zone_variable} <= variables
    assert set(stack.demo_variables) == set(stack.example_variables)
    required = {name for name in stack.demo_variables if stack.settings.model_fields[name].default is None}
    assert required == set(stack.demo_variables)


@pytest.mark.node
@pytest.mark.parametrize("name", STACK_NAMES)
def test_each_stack_is_built_by_the_class_that_the_registry_names(name: str) -> None:
    loaded = STACKS[name].load()
    assert isinstance(loaded, type)
    assert f"{loaded.__module__}:{loaded.__name__}" == STACKS[name].stack_class


def test_the_demos_variables_follow_the_domain() -> None:
    assert demo_variables("example.org")["domain_name"] == "hub.example.org"
    assert demo_variables(DEMO_DOMAIN)["target_domain"] == DEMO_DOMAIN
    assert [stack.name for stack in chosen_stacks(())] == list(STACK_NAMES)
