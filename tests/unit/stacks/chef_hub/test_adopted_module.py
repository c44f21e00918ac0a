"""The setting ``adopt_from_module`` is an adoption like that of a file."""

import pytest

from stacks.adoption.file import AdoptionFile, parse_adoption
from stacks.chef_hub.adopted_module import adoption_from_module

ADDRESSES = ["aws_vpc.infra-vpc", "aws_security_group.allow_deployer_sg", "aws_instance.hub-leader"]


@pytest.fixture
def adoption() -> AdoptionFile:
    return adoption_from_module('module.infra["eu"].module.chef', ADDRESSES)


def test_each_resource_comes_from_the_same_address_in_the_module(adoption: AdoptionFile) -> None:
    moves = {move.from_: move.to for move in adoption.moves}
    assert moves == {f'module.infra["eu"].module.chef.{address}': address for address in ADDRESSES}
    assert all(one.startswith("module.infra.module.chef.time_sleep.") for one in adoption.forget)


def test_rules_of_groups_are_left_alone_beside_what_the_profile_leaves_alone(adoption: AdoptionFile) -> None:
    arguments = ["description", "egress", "ingress", "revoke_rules_on_delete"]
    assert adoption.ignore == {"aws_security_group.allow_deployer_sg": arguments}


def test_it_can_be_written_and_read_as_an_adoption_file(adoption: AdoptionFile) -> None:
    assert parse_adoption(adoption.text(), "chef-hub") == adoption
