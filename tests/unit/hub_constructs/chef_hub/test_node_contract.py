"""What the stack tells the nodes fits the schema that the cookbooks read it by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.chef_hub.discovery import CHEF_SERVICE, SWARM_SERVICE
from hub_constructs.chef_hub.node_contract import HubLimits, NodeContract, Service
from hub_constructs.chef_hub.node_kinds import NODE_KINDS

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
    log_group="/chef-hub/nodes",
    autoscaling_group="jupyter-workers-asg",
    lifecycle_hook="chef-hub-worker-leaving",
    limits=HubLimits(max_users=50, max_cluster_memory_gib=160, max_disk_percent=85),
)


@pytest.fixture(scope="module")
def contract(project: Path) -> Path:
    return project / "cookbooks" / "contract"


def test_the_golden_document_is_what_the_stack_would_say(contract: Path) -> None:
    golden = json.loads((contract / "golden.json").read_text(encoding="utf-8"))
    ours = EXAMPLE.document("hub_leader")
    # What has a default in the schema, the stack leaves to it.
    assert {key: golden["chef_hub"][key] for key in ours["chef_hub"]} == ours["chef_hub"]


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
    assert attributes["autoscaling_group"] == "jupyter-workers-asg"
