"""The instances of the hub: image, role, hardening, address; and user data that is whole and within EC2's limit."""

import base64
import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.chef_hub.node import (
    AFTER_CONTRACT,
    BEFORE_CONTRACT,
    SCRIPTS,
    SCRIPTS_FOLDER,
)
from hub_constructs.chef_hub.node_contract import NODE_KINDS, NodeKind, launch_attributes
from tests.support.hub_nodes import INSTANCES, KINDS

Configuration = dict[str, Any]
BASH = shutil.which("bash") or "bash"
# Before base64: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
LIMIT_BYTES = 16384


@pytest.mark.parametrize(
    ("name", "image", "kind"),
    [
        ("chef-server", "ubuntu-chef-server", "chef_server"),
        ("chef-workstation", "ubuntu-chef-workstation", "workstation"),
        ("hub-leader", "ubuntu-chef-client", "hub_leader"),
    ],
)
def test_each_node_runs_the_image_script_and_role_of_its_kind(
    hub: Configuration, hub_resources: Configuration, name: str, image: str, kind: str
) -> None:
    instance = hub_resources[f"aws_instance.{name}"]
    assert instance["ami"] == f"${{data.aws_ami.{image}.id}}"
    assert instance["iam_instance_profile"] == f"${{aws_iam_instance_profile.{KINDS[kind]}.name}}"
    assert f'"node_kind" = "{kind}"' in instance["user_data_base64"]
    lookup = hub["data"]["aws_ami"][image]
    assert lookup["most_recent"] is True
    assert lookup["owners"] == ["${var.ami_owner}"]
    assert {block["name"] for block in lookup["filter"]} >= {
        "name",
        "state",
        "architecture",
        "virtualization-type",
    }


@pytest.mark.parametrize("name", INSTANCES)
def test_instances_are_hardened(hub_resources: Configuration, name: str) -> None:
    instance = hub_resources[f"aws_instance.{name}"]
    assert instance["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    assert instance["root_block_device"]["encrypted"] is True
    assert instance["root_block_device"]["volume_type"] == "gp3"
    assert instance["monitoring"] is True
    assert instance["ebs_optimized"] is True


@pytest.mark.parametrize("name", INSTANCES)
def test_no_node_is_made_after_another_or_replaced_by_surprise(
    hub_resources: Configuration, name: str
) -> None:
    instance = hub_resources[f"aws_instance.{name}"]
    assert instance["depends_on"] == ["aws_ssm_parameter.node_contract"]
    assert {"ami", "user_data_base64"} <= set(instance["lifecycle"]["ignore_changes"])


def test_there_is_no_ssh_key_by_default(hub: Configuration, hub_resources: Configuration) -> None:
    assert hub["variable"]["key_name"]["default"] == ""
    for address in (*(f"aws_instance.{name}" for name in INSTANCES), "aws_launch_template.chef-workers"):
        assert hub_resources[address]["key_name"] == '${var.key_name == "" ? null : var.key_name}'
    rule = hub_resources["aws_vpc_security_group_ingress_rule.deployer_ssh"]
    assert rule["count"] == "${(length(var.key_name) >= 1) ? 1 : 0}"


@pytest.mark.parametrize("name", ["chef-server", "chef-workstation", "hub-leader"])
def test_public_addresses_outlive_a_stop(hub: Configuration, hub_resources: Configuration, name: str) -> None:
    instance, address = hub_resources[f"aws_instance.{name}"], hub_resources[f"aws_eip.{name}"]
    # The provider reads the attribute as false while an instance is stopped, and replaces it for a difference.
    assert "associate_public_ip_address" not in instance
    assert address["instance"] == f"${{aws_instance.{name}.id}}"
    assert address["depends_on"] == ["aws_internet_gateway.core-igw"]
    outputs = {"chef-workstation": "workstation_ip", "hub-leader": "swarm_leader_ip"}
    if name in outputs:
        assert hub["output"][outputs[name]]["value"] == f"${{aws_eip.{name}.public_ip}}"


def test_launch_data_holds_nothing_that_changes_and_the_contract_is_there_before_it(
    hub_resources: Configuration,
) -> None:
    launched = {
        "aws_launch_template.chef-workers": "user_data",
        **{
            f"aws_instance.{name}": "user_data_base64"
            for name in ("chef-server", "chef-workstation", "hub-leader")
        },
    }
    for address, argument in launched.items():
        launch_data = hub_resources[address][argument]
        assert '"parameter_prefix" = "/chef-hub"' in launch_data, address
        assert not re.search(r"\b(var|local|data|aws_\w+)\.", launch_data), address
    for address in (*list(launched)[1:], "aws_autoscaling_group.chef-workers"):
        assert "aws_ssm_parameter.node_contract" in hub_resources[address]["depends_on"], address


def user_data(kind: NodeKind, contract: dict[str, object]) -> str:
    """Join the parts as the Terraform expression does."""
    encoded = base64.b64encode(json.dumps(contract).encode()).decode()
    scripts = [(SCRIPTS_FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS[kind]]
    return "\n".join([BEFORE_CONTRACT, encoded, AFTER_CONTRACT, *scripts])


@pytest.fixture(scope="module")
def example(project: Path) -> dict[str, object]:
    golden = project / "cookbooks" / "contract" / "golden.json"
    document: dict[str, object] = json.loads(golden.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_it_fits_into_the_limit_with_room_to_grow(kind: NodeKind, example: dict[str, object]) -> None:
    assert len(gzip.compress(user_data(kind, example).encode())) < LIMIT_BYTES * 0.75
    assert (
        len(gzip.compress(user_data(kind, {"chef_hub": launch_attributes(kind)}).encode()))
        < LIMIT_BYTES * 0.6
    )


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_the_whole_is_one_valid_program(kind: NodeKind, example: dict[str, object]) -> None:
    finished = subprocess.run(
        [BASH, "-n"], input=user_data(kind, example), capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")


def test_the_contract_lands_unchanged_and_only_its_owner_reads_it(
    example: dict[str, object], tmp_path: Path
) -> None:
    encoded = base64.b64encode(json.dumps(example).encode()).decode()
    prelude = "\n".join([BEFORE_CONTRACT, encoded, AFTER_CONTRACT]).replace(
        "/etc/chef-hub", str(tmp_path / "etc")
    )
    file = tmp_path / "etc" / "contract.json"
    written = set()
    for _ in range(2):
        subprocess.run([BASH], input=prelude, text=True, check=True)
        written.add(file.stat().st_mtime_ns)
    assert len(written) == 1, "a second run wrote the same contract again"
    assert json.loads(file.read_text(encoding="utf-8")) == example
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["contract.json"]


def test_every_script_belongs_to_a_kind_of_node() -> None:
    used = {name for scripts in SCRIPTS.values() for name in scripts}
    assert used == {path.name for path in SCRIPTS_FOLDER.glob("*.sh")}
