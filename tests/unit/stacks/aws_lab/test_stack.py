"""What the stack of the AWS Lab decides: addresses, outputs, variables, tags and profiles."""

from collections.abc import Callable
from typing import Any

import pytest

from hub_constructs.core.addresses import addresses_in

Configuration = dict[str, Any]


@pytest.fixture(scope="module")
def lab(synth: Callable[..., Configuration]) -> Configuration:
    return synth("aws-lab")


@pytest.fixture(scope="module")
def resources(lab: Configuration) -> Configuration:
    return {
        f"{kind}.{name}": block for kind, blocks in lab["resource"].items() for name, block in blocks.items()
    }


def test_addresses_are_announced(lab: Configuration, golden: Callable[[str, str], None]) -> None:
    golden("addresses-aws-lab-recommended.txt", "\n".join(sorted(addresses_in(lab))) + "\n")


def test_addresses_of_the_original_profile_are_announced(
    synth: Callable[..., Configuration], golden: Callable[[str, str], None]
) -> None:
    addresses = addresses_in(synth("aws-lab", profile="original"))
    golden("addresses-aws-lab-original.txt", "\n".join(sorted(addresses)) + "\n")


def test_idle_time_out_outlives_the_pauses_of_a_kernel(lab: Configuration) -> None:
    assert lab["variable"]["idle_timeout_seconds"]["default"] >= 600


def test_the_region_is_a_variable(lab: Configuration) -> None:
    assert lab["provider"]["aws"][0]["region"] == "${var.region}"


def test_everything_carries_project_stack_and_owner(lab: Configuration, resources: Configuration) -> None:
    tags = lab["provider"]["aws"][0]["default_tags"][0]["tags"]
    assert tags == {"Project": "jupyterhub-on-aws", "Stack": "aws-lab", "Owner": "${var.owner}"}
    # Default tags do not reach what the group launches: those are tagged by the group and the template.
    keys = {tag["key"] for tag in resources["aws_autoscaling_group.lab"]["tag"] if tag["propagate_at_launch"]}
    assert keys == {"Project", "Stack", "Owner", "Name"}


def test_outputs_keep_their_names(lab: Configuration) -> None:
    assert set(lab["output"]) == {"lab_url", "alb_dns_name", "autoscaling_group_name"}
    assert lab["output"]["lab_url"]["value"] == "https://${var.domain_name}/"


def test_every_variable_has_type_description_and_validation(lab: Configuration) -> None:
    for name, variable in lab["variable"].items():
        assert variable["type"] in {"string", "number", "list(string)", "bool"}, name
        assert variable["description"], name
        assert variable["type"] == "bool" or variable["validation"], name


def test_the_original_profile_keeps_homes_on_the_instances(synth: Callable[..., Configuration]) -> None:
    original = synth("aws-lab", profile="original")
    assert "aws_efs_file_system" not in original["resource"]
    assert "aws_autoscaling_lifecycle_hook" not in original["resource"]
    assert "default_tags" not in original["provider"]["aws"][0]
