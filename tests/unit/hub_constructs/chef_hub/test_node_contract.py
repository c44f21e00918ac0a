"""What the stack tells the nodes fits the schema that the cookbooks read it by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.chef_hub.discovery import CHEF_SERVICE, SWARM_SERVICE
from hub_constructs.chef_hub.node_contract import NODE_KINDS, CloudMapService, NodeContract
from stacks.settings.chef_hub import HUB_SETTINGS, ChefHubSettings
from stacks.settings.crowd_sizes import row
from stacks.settings.hub import contract_path, contract_sections

EXAMPLE = NodeContract(
    region="us-east-1",
    domain="example.org",
    hub_hostname="notebooks.example.org",
    namespace="local.example.org",
    bootstrap_bucket="chef-hub-bootstrap-example",
    chef_distribution="cinc",
    chef_service=CloudMapService(name=CHEF_SERVICE, id="srv-0123456789abcdef"),
    swarm_service=CloudMapService(name=SWARM_SERVICE, id="srv-fedcba9876543210"),
    file_system_id="fs-0123456789abcdef0",
    file_system_address="",
    log_group="/chef-hub/nodes",
    autoscaling_group="jupyter-workers-asg",
    lifecycle_hook="chef-hub-worker-leaving",
    **contract_sections(ChefHubSettings().model_dump(include={*HUB_SETTINGS}, mode="json")),
)


@pytest.fixture(scope="module")
def contract(project: Path) -> Path:
    return project / "cookbooks" / "contract"


def test_the_golden_document_is_what_the_stack_would_say(contract: Path) -> None:
    golden = json.loads((contract / "golden.json").read_text(encoding="utf-8"))
    assert EXAMPLE.document("hub_leader") == golden


def test_every_required_attribute_is_there_and_none_is_unknown(contract: Path) -> None:
    schema = json.loads((contract / "node-attributes.schema.json").read_text(encoding="utf-8"))
    _check(schema, EXAMPLE.document("worker"))


def _check(schema: dict[str, Any], document: dict[str, Any]) -> None:
    assert set(schema.get("required", [])) <= set(document)
    for key, value in document.items():
        inner = schema["properties"][key]
        if isinstance(value, dict):
            _check(inner, value)


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_kinds_are_the_schemas(contract: Path, kind: str) -> None:
    schema = json.loads((contract / "node-attributes.schema.json").read_text(encoding="utf-8"))
    kinds = schema["properties"]["chef_hub"]["properties"]["node_kind"]["enum"]
    assert sorted(kinds) == sorted(NODE_KINDS)
    assert EXAMPLE.document(kind)["chef_hub"]["node_kind"] == kind


@pytest.mark.parametrize("profile", ["recommended", "original"])
def test_the_stack_hands_over_what_the_contract_says(
    synth: Callable[..., dict[str, Any]], profile: str
) -> None:
    attributes = synth("chef-hub", profile=profile)["locals"]["node_contract"]
    pooled = {"launching_hook"} if profile == "recommended" else set()
    assert set(attributes) == set(EXAMPLE.attributes()) | pooled
    assert attributes["hub"]["max_users"] == "${var.hub_max_users}"
    address = "${aws_efs_mount_target.core_mnt_target.ip_address}" if profile == "original" else ""
    assert attributes["efs"]["address"] == address
    assert attributes["autoscaling_group"] == "jupyter-workers-asg"


# Sections of the contract that an operator sets for the hub
SECTIONS = (("tls",), ("hub",), ("hub", "login"))
TYPES = {"integer": int, "number": float, "boolean": bool, "string": str, "array": tuple[str, ...]}
# One password for everybody is for a trial on one machine: a deployment cannot choose it.
TRIAL_ONLY = "allow_test_login"


def _variables(schema: dict[str, Any]) -> dict[str, tuple[tuple[str, ...], dict[str, Any]]]:
    """Return the variable of each of the contract's settings for the hub: its path, and its part of the schema."""
    names = {contract_path(name): name for name in HUB_SETTINGS}
    found = {}
    for section in SECTIONS:
        part = schema["properties"]["chef_hub"]
        for name in section:
            part = part["properties"][name]
        for name, inner in part["properties"].items():
            if inner["type"] != "object" and name != TRIAL_ONLY:
                found[names[*section, name]] = ((*section, name), inner)
    return found


@pytest.fixture
def variables(contract: Path) -> dict[str, tuple[tuple[str, ...], dict[str, Any]]]:
    return _variables(json.loads((contract / "node-attributes.schema.json").read_text(encoding="utf-8")))


def test_every_setting_of_the_hub_is_a_variable_with_the_schemas_default(
    synth: Callable[..., dict[str, Any]], variables: dict[str, Any]
) -> None:
    configuration = synth("chef-hub")
    ours = {name for name in configuration["variable"] if name.startswith("hub_")}
    assert ours - {"hub_leader_instance_type"} == set(variables)
    for name, (path, inner) in variables.items():
        value = configuration["locals"]["node_contract"]
        for part in path:
            value = value[part]
        assert value == f"${{var.{name}}}"
        if "default" in inner:
            # The row of the defaults' table goes before the schema.
            expected = row("chef-hub", ChefHubSettings.model_fields["sized_for"].default).get(
                name, inner["default"]
            )
            assert configuration["variable"][name]["default"] == expected, name


def test_variables_take_what_the_schema_takes(variables: dict[str, Any]) -> None:
    fields = ChefHubSettings.model_fields
    for name, (_, inner) in variables.items():
        assert fields[name].annotation == TYPES[inner["type"]], name
        limits = {"ge": inner.get("minimum"), "le": inner.get("maximum"), "pattern": _pattern(inner)}
        ours: dict[str, Any] = dict.fromkeys(limits)
        for item in fields[name].metadata:
            ours |= {key: getattr(item, key) for key in ours if getattr(item, key, None) is not None}
        assert ours == limits, name


def _pattern(inner: dict[str, Any]) -> str | None:
    if "enum" in inner:
        return f"^({'|'.join(value for value in inner['enum'] if value != 'test')})$"
    pattern: str | None = inner.get("items", inner).get("pattern")
    return pattern
