"""Profile ``original`` of chef-hub against the published settings of the original design, resource by resource.

``data/original_chef_hub.json`` holds, for each address, the values that a plan of the original shows and what its
arguments refer to. Values that come from variables are compared with the variables' defaults filled in.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.core.addresses import addresses_in

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "original_chef_hub.json").read_text(encoding="utf-8")
)
UNKNOWN = "(looked up)"
GIVEN = {"deployer_ip": "(var.deployer_ip)", "target_domain": "(var.target_domain)"}
CIDR = "192.0.0.0/16"
SUBNETS = {0: "192.0.0.0/18", 1: "192.0.64.0/18"}
# References that stand for a value which the published settings show
SHOWN = {
    "aws_autoscaling_group.chef-workers.name": "jupyter-workers-asg",
    "aws_iam_instance_profile.chef_server_profile.name": "chef_core_server_instance_profile",
    "aws_iam_role.chef_server_profile.name": "chef_server_role",
    "aws_subnet.default_subnet.availability_zone": "us-east-1f",
    "aws_vpc.infra-vpc.cidr_block": CIDR,
    "data.aws_partition.current.partition": "aws",
}
# Arguments whose values the settings do not show, or show as looked up
FREE = {"ami", "image_id", "managed_policy_arns", "zone_id"}
# False is what the provider assumes when nothing is said.
ASSUMED = (False, None)

Configuration = dict[str, Any]


@pytest.fixture(scope="module")
def original(synth: Callable[..., Configuration]) -> Configuration:
    return synth("chef-hub", profile="original")


def fill(value: Any, variables: dict[str, Any]) -> Any:
    """Put defaults and shown values in the place of references; drop what is null or empty."""
    if isinstance(value, dict):
        filled = {key: fill(item, variables) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item not in (None, [], {}, "")}
    if isinstance(value, list):
        return [fill(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    subnet = re.fullmatch(r"\$\{cidrsubnet\(var\.vpc_cidr, 2, (\d)\)\}", value)
    if subnet:
        return SUBNETS[int(subnet[1])]
    for name, variable in variables.items():
        shown = GIVEN.get(name, variable.get("default"))
        if value == f"${{var.{name}}}":
            return shown
        value = value.replace(f"${{var.{name}}}", str(shown))
    for reference, shown in SHOWN.items():
        value = value.replace(f"${{{reference}}}", shown)
    return value


def document(text: str) -> Any:
    """Read a policy out of its ``jsonencode`` expression, which for these is JSON but for its equals signs."""
    inner = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", text, re.DOTALL)
    assert inner is not None, text
    return json.loads(re.sub(r'" = ', '": ', inner[1]))


def rule_key(rule: Any) -> str:
    return json.dumps(rule, sort_keys=True)


def same(ours: Any, theirs: Any) -> bool:
    """Compare, regardless of order in lists and of blocks that are written with or without a list around them."""
    if isinstance(theirs, list) and isinstance(ours, dict):
        ours = [ours]
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(ours) == len(theirs) and all(any(same(o, t) for o in ours) for t in theirs)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return set(theirs) <= set(ours) | {k for k, v in theirs.items() if v in ASSUMED} and all(
            same(ours.get(key), value) for key, value in theirs.items()
        )
    if theirs in ASSUMED:
        return ours in ASSUMED
    return (
        bool(str(ours) == str(theirs))
        if isinstance(ours, str) != isinstance(theirs, str)
        else bool(ours == theirs)
    )


def test_the_resources_are_the_originals(original: Configuration) -> None:
    ours = {
        address for address in addresses_in(original) if not re.match(r"(data|var|output|local)\.", address)
    }
    assert ours == set(EXPECTED)
    assert len(ours) == 38


def test_addresses_are_announced(original: Configuration, golden: Callable[[str, str], None]) -> None:
    golden("addresses-chef-hub-original.txt", "\n".join(sorted(addresses_in(original))) + "\n")


@pytest.mark.parametrize("address", sorted(EXPECTED))
def test_values_are_the_originals(original: Configuration, address: str) -> None:
    kind, _, name = address.partition(".")
    block = fill(original["resource"][kind][name], original["variable"])
    for argument, value in EXPECTED[address]["values"].items():
        ours = block.get(argument)
        if value == UNKNOWN or argument in FREE:
            assert ours, argument
            continue
        if argument in ("policy", "assume_role_policy"):
            ours = document(ours)
            assert ours["Version"] == value["Version"]
        assert same(ours, value), f"{argument}: {ours} is not {value}"


@pytest.mark.parametrize("address", sorted(EXPECTED))
def test_references_are_the_originals(original: Configuration, address: str) -> None:
    kind, _, name = address.partition(".")
    block = original["resource"][kind][name]
    for argument, references in EXPECTED[address]["references"].items():
        text = json.dumps(block.get(argument))
        wanted = [r for r in references if not r.startswith(("data.", "time_sleep."))]
        missing = [r for r in wanted if f"{r}" not in text]
        assert not missing, f"{argument}: {missing} not in {text}"


@pytest.mark.parametrize("kind", ["aws_security_group", "aws_route_table"])
def test_there_is_no_rule_or_route_more_than_the_original_has(original: Configuration, kind: str) -> None:
    for name, block in original["resource"][kind].items():
        expected = EXPECTED[f"{kind}.{name}"]["values"]
        for argument in ("ingress", "egress", "route"):
            assert len(block.get(argument, [])) == len(expected.get(argument, [])), f"{name} {argument}"


def test_tags_are_the_originals_and_no_other(original: Configuration) -> None:
    for kind, blocks in original["resource"].items():
        for name, block in blocks.items():
            assert block.get("tags") == EXPECTED[f"{kind}.{name}"]["values"].get("tags"), f"{kind}.{name}"
    assert "default_tags" not in original["provider"]["aws"][0]
    assert "allowed_account_ids" not in original["provider"]["aws"][0]


@pytest.mark.parametrize(
    ("address", "attributes"),
    [
        ("aws_instance.chef-server", {"ami", "user_data", "user_data_base64", "user_data_replace_on_change"}),
        ("aws_launch_configuration.chef-workers", {"image_id", "user_data", "user_data_base64", "name"}),
        ("aws_security_group.allow_all_http_sg", {"description"}),
        ("aws_ssm_parameter.chef_server_cfg", {"value", "insecure_value"}),
        ("aws_ssm_document.cloud_init_wait", {"content"}),
        ("aws_iam_role.chef_server_profile", {"managed_policy_arns"}),
        ("aws_autoscaling_group.chef-workers", {"desired_capacity"}),
    ],
)
@pytest.mark.parametrize("module", [None, "module.chef"])
def test_what_an_existing_deployment_may_hold_is_left_alone(
    synth: Callable[..., Configuration], address: str, attributes: set[str], module: str | None
) -> None:
    context = {"adopt_from_module": module} if module else {}
    kind, _, name = address.partition(".")
    block = synth("chef-hub", profile="original", **context)["resource"][kind][name]
    assert attributes <= set(block["lifecycle"]["ignore_changes"])


def test_operators_can_still_change_who_may_connect(original: Configuration) -> None:
    for block in original["resource"]["aws_security_group"].values():
        assert not {"ingress", "egress"} & set(block["lifecycle"]["ignore_changes"])


def test_rules_and_attributes_that_were_never_written_down_are_left_alone_while_adopting(
    synth: Callable[..., Configuration], original: Configuration
) -> None:
    adopting = synth("chef-hub", profile="original", adopt_from_module="module.chef")["resource"]
    for block in adopting["aws_security_group"].values():
        assert {"ingress", "egress", "description"} <= set(block["lifecycle"]["ignore_changes"])
    for name, block in adopting["aws_service_discovery_instance"].items():
        assert block["lifecycle"]["ignore_changes"] == ["attributes"]
        assert "lifecycle" not in original["resource"]["aws_service_discovery_instance"][name]


def test_only_an_adoption_moves_anything(original: Configuration) -> None:
    assert "moved" not in original
    assert "removed" not in original


@pytest.mark.parametrize(
    ("module", "any_instance"),
    [("module.chef", "module.chef"), ('module.infra["eu"].module.chef', "module.infra.module.chef")],
)
def test_an_adoption_moves_every_resource_and_forgets_what_only_waited(
    synth: Callable[..., Configuration], module: str, any_instance: str
) -> None:
    adopting = synth("chef-hub", profile="original", adopt_from_module=module)
    assert adopting["moved"] == [{"from": f"{module}.{a}", "to": a} for a in sorted(EXPECTED)]
    assert adopting["removed"] == [
        {"from": f"{any_instance}.time_sleep.wait_chef_{node}_stable_30s", "lifecycle": {"destroy": False}}
        for node in ("server", "workstation")
    ]
    assert set(adopting["terraform"]["required_providers"]) == {"aws"}
