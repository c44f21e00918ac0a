"""What the stack of the Chef hub decides: addresses, outputs, variables and tags of profile ``recommended``."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from hub_constructs.core.addresses import addresses_in

Configuration = dict[str, Any]


@pytest.fixture(scope="module")
def hub(synth: Callable[..., Configuration]) -> Configuration:
    return synth("chef-hub")


@pytest.fixture(scope="module")
def resources(hub: Configuration) -> Configuration:
    return {
        f"{kind}.{name}": block for kind, blocks in hub["resource"].items() for name, block in blocks.items()
    }


def test_addresses_are_announced(hub: Configuration, golden: Callable[[str, str], None]) -> None:
    golden("addresses-chef-hub-recommended.txt", "\n".join(sorted(addresses_in(hub))) + "\n")


def test_it_is_several_dozen_resources_with_the_originals_outputs(hub: Configuration) -> None:
    assert len(addresses_in({"resource": hub["resource"]})) >= 60
    originals = {"workstation_ip", "swarm_leader_ip", "ssh_group_id"}
    assert set(hub["output"]) == {*originals, "hub_url", "bootstrap_bucket"}
    assert hub["output"]["bootstrap_bucket"]["value"] == "${local.bootstrap_bucket}"
    assert hub["output"]["hub_url"]["value"] == "https://notebooks.${var.target_domain}/hub/login"
    assert hub["output"]["ssh_group_id"]["value"] == "${aws_security_group.allow_deployer_sg.id}"


def test_variables_keep_their_names(hub: Configuration) -> None:
    names = {
        "deployer_ip",
        "aws_account_id",
        "default_region",
        "default_availability_zone",
        "secondary_availability_zone",
        "target_domain",
    }
    assert names <= set(hub["variable"])
    assert hub["variable"]["deployer_ip"]["sensitive"] is True
    assert "default" not in hub["variable"]["deployer_ip"]
    assert hub["variable"]["aws_account_id"]["default"] == ""


def test_logs_are_kept_for_a_while(resources: Configuration) -> None:
    group = resources["aws_cloudwatch_log_group.nodes"]
    assert (group["name"], group["retention_in_days"]) == ("/chef-hub/nodes", "${var.log_retention_days}")


def test_everything_is_tagged_and_foreign_accounts_are_refused(hub: Configuration) -> None:
    (provider,) = hub["provider"]["aws"]
    (tags,) = provider["default_tags"]
    assert tags["tags"] == {"Project": "jupyterhub-on-aws", "Stack": "chef-hub", "Owner": "${var.owner}"}
    assert provider["allowed_account_ids"] == '${var.aws_account_id == "" ? null : [var.aws_account_id]}'


def test_nothing_synthesized_looks_like_a_secret(hub: Configuration) -> None:
    text = json.dumps(hub)
    assert "PRIVATE KEY" not in text
    assert not re.search(r'"(?:password|secret\w*|token)": "[^$]', text)
