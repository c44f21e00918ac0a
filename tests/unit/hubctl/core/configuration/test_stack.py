from collections.abc import Callable
from typing import Any

import pytest

from hubctl.core.configuration.stack import Stack
from stacks.registry import STACK_NAMES

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_zone_and_launch_of_the_stacks_is_known(
    synth: Callable[..., Any], stack: str, profile: str
) -> None:
    read = Stack(stack, synth(stack, profile=profile), {}, zone_names=ZONES)
    assert read.region == "us-east-1"
    assert None not in read.subnet_zones.values()
    assert len(set(read.subnet_zones.values())) == 2
    assert len(read.launches) == (1 if stack == "aws-lab" else 4)
    for launch in read.launches:
        kind, _, name = launch.image.partition(".")
        assert name in read.lookups(kind), launch.address
        assert launch.largest >= launch.smallest >= 1
        assert set(launch.subnets) <= set(read.subnet_zones)
        assert launch.spot == (
            profile == "original" and launch.address == "aws_autoscaling_group.chef-workers"
        )


def test_values_take_the_place_of_defaults(synth: Callable[..., Any]) -> None:
    given = {"availability_zones": ["us-east-1f", "us-east-1d"], "max_size": 9, "instance_type": "m7i.large"}
    read = Stack("aws-lab", synth("aws-lab"), given, zone_names=ZONES)
    assert sorted(filter(None, read.subnet_zones.values())) == ["us-east-1d", "us-east-1f"]
    (launch,) = read.launches
    assert (launch.largest, launch.instance_type, launch.group) == (9, "m7i.large", "aws-lab")
    assert read.missing == ["domain_name", "hosted_zone"]


def test_zones_that_terraform_chooses_are_unknown_without_the_region(synth: Callable[..., Any]) -> None:
    assert set(Stack("aws-lab", synth("aws-lab"), {}).subnet_zones.values()) == {None}


def test_what_has_a_count_of_0_is_not_there(synth: Callable[..., Any]) -> None:
    own = Stack("chef-hub", synth("chef-hub"), {"bootstrap_bucket": "mine", "key_name": "key"})
    assert "bootstrap" not in own.resources("aws_s3_bucket")
    assert {launch.key_name for launch in own.launches} == {"key"}
    made = Stack("chef-hub", synth("chef-hub"), {})
    assert "bootstrap" in made.resources("aws_s3_bucket")
    assert {launch.key_name for launch in made.launches} == {None}


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_count_of_the_stacks_is_a_number(synth: Callable[..., Any], stack: str, profile: str) -> None:
    read = Stack(stack, synth(stack, profile=profile), {})
    counts = [
        (kind, name, resource["count"])
        for kind in read.kinds()
        for name, resource in read.resources(kind).items()
        if "count" in resource
    ]
    assert [count for count in counts if not isinstance(count[2], int)] == []
