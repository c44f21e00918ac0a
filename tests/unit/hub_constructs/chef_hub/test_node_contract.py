"""What the stack tells the nodes fits the schema that the cookbooks read it by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.chef_hub.discovery import CHEF_SERVICE, SWARM_SERVICE
from hub_constructs.chef_hub.node_contract import (
    NODE_KINDS,
    HubSettings,
    LoginSettings,
    NodeContract,
    Service,
    TlsSettings,
)
from stacks.settings.chef_hub import ChefHubSettings

EXAMPLE = NodeContract(
    region="us-east-1",
    domain="example.org",
    hub_hostname="notebooks.example.org",
    namespace="local.example.org",
    bootstrap_bucket="chef-hub-bootstrap-example",
    chef_distribution="cinc",
    chef_service=Service(name=CHEF_SERVICE, id="srv-0123456789abcdef"),
    swarm_service=Service(name=SWARM_SERVICE, id="srv-fedcba9876543210"),
    file_system_id="fs-0123456789abcdef0",
    file_system_address="",
    log_group="/chef-hub/nodes",
    autoscaling_group="jupyter-workers-asg",
    lifecycle_hook="chef-hub-worker-leaving",
    tls=TlsSettings(source="acme", acme_contact="", acme_directory="", certificate_file="", key_file=""),
    hub=HubSettings(
        max_users=50,
        max_cluster_memory_gib=160,
        max_disk_percent=85,
        hub_image="chef-hub/jupyterhub:latest",
        notebook_image="chef-hub/notebook:latest",
        user_memory_gib=2,
        user_cpus=1,
        user_disk_gib=20,
        idle_timeout_minutes=60,
        start_timeout_seconds=300,
        growth_timeout_seconds=900,
        user_domains="auto",
        login=LoginSettings(
            authenticator="none",
            allow_all=False,
            allowed_users=[],
            allowed_groups=[],
            admin_users=[],
            admin_groups=[],
            authorize_url="",
            token_url="",
            userdata_url="",
            username_claim="",
            groups_claim="",
            scopes=[],
        ),
    ),
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
    assert set(attributes) == set(EXAMPLE.attributes())
    assert attributes["hub"]["max_users"] == "${var.hub_max_users}"
    address = "${aws_efs_mount_target.core_mnt_target.ip_address}" if profile == "original" else ""
    assert attributes["efs"]["address"] == address
    assert attributes["autoscaling_group"] == "jupyter-workers-asg"


# Settings of the contract that an operator sets for the hub, and the prefix of their variables
GROUPS = {("tls",): "hub_tls_", ("hub",): "hub_", ("hub", "login"): "hub_login_"}
# One password for everybody is for a trial on one machine: a deployment cannot choose it.
TRIAL_ONLY = "allow_test_login"


def _variables(schema: dict[str, Any]) -> dict[str, tuple[tuple[str, ...], dict[str, Any]]]:
    """Return the variable that each of the contract's settings should have: its path, and its part of the schema."""
    found = {}
    for path, prefix in GROUPS.items():
        part = schema["properties"]["chef_hub"]
        for name in path:
            part = part["properties"][name]
        for name, inner in part["properties"].items():
            if inner["type"] != "object" and name != TRIAL_ONLY:
                variable = name if name.startswith("hub_") else prefix + name
                found[variable] = ((*path, name), inner)
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
            assert configuration["variable"][name]["default"] == inner["default"], name


def test_variables_take_what_the_schema_takes(variables: dict[str, Any]) -> None:
    fields = ChefHubSettings.model_fields
    for name, (_, inner) in variables.items():
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
