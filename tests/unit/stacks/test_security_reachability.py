"""Who can reach what: the Internet reaches two ports of one machine, and everything else is between named groups."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from stacks.registry import STACK_NAMES
from tests.support.stack_reach import open_to_the_world, openings

Configuration = dict[str, Any]
WEB = {"tcp 80", "tcp 443"}
# The one machine of each stack that faces the Internet
FACING = {"aws-lab": {"aws_lb.lab": WEB}, "chef-hub": {"aws_instance.hub-leader": WEB}}
OPERATORS = "${var.deployer_ip}"
BETWEEN = {
    "aws-lab": {
        "instances from balancer: tcp ${var.hub_port}",
        "homes from instances: tcp 2049",
    },
    "chef-hub": {
        f"allow_deployer_http_sg from {OPERATORS}: tcp 443",
        f"allow_deployer_sg from {OPERATORS}: tcp 22",
        "chef_server_sg from chef_workstation_sg: tcp 443",
        "chef_server_sg from swarm_sg: tcp 443",
        "swarm_sg from swarm_sg: tcp 7946",
        "swarm_sg from swarm_sg: udp 7946",
        "swarm_sg from swarm_sg: udp 4789",
        "swarm_sg from swarm_sg: 50",
        "swarm_leader_sg from swarm_sg: tcp 2377",
        "efs_sg from swarm_sg: tcp 2049",
    },
}


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_internet_reaches_the_web_of_one_machine(synth: Callable[..., Configuration], stack: str) -> None:
    assert open_to_the_world(synth(stack)) == FACING[stack]


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_everything_else_is_between_named_peers(synth: Callable[..., Configuration], stack: str) -> None:
    ways = {str(way) for way in openings(synth(stack)) if way.peer != "everybody"}
    assert ways == BETWEEN[stack]


@pytest.mark.parametrize("form", ["separate", "legacy", "inline"])
@pytest.mark.parametrize("profile", ["recommended", "original"])
def test_the_lab_opens_the_same_in_every_form_and_profile(
    synth: Callable[..., Configuration], profile: str, form: str
) -> None:
    lab = synth("aws-lab", profile=profile, security_group_rules=form)
    assert open_to_the_world(lab) == FACING["aws-lab"]


def test_the_originals_hub_lets_the_whole_vpc_through_and_the_internet_to_the_same_ports(
    synth: Callable[..., Configuration],
) -> None:
    original = synth("chef-hub", profile="original")
    for what in open_to_the_world(original).values():
        assert what == WEB
    wide = {str(way) for way in openings(original) if way.what == "everything"}
    peers = ("${aws_vpc.infra-vpc.cidr_block}", "allow_vpc_traffic_sg")
    assert wide == {f"allow_vpc_traffic_sg from {peer}: everything" for peer in peers}


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_vpcs_default_group_has_no_rule(synth: Callable[..., Configuration], stack: str) -> None:
    group = synth(stack)["resource"]["aws_default_security_group"]["unused"]
    assert not {"ingress", "egress"} & set(group)


@pytest.mark.parametrize(
    ("stack", "rule", "machine", "what"),
    [
        ("aws-lab", "hub_from_balancer", "aws_launch_template.lab", "tcp ${var.hub_port}"),
        ("aws-lab", "homes_nfs", "aws_efs_mount_target.homes_1", "tcp 2049"),
        ("chef-hub", "deployer_ssh", "aws_instance.chef-workstation", "tcp 22"),
        ("chef-hub", "swarm_management", "aws_instance.hub-leader", "tcp 2377"),
    ],
)
def test_a_widened_rule_is_found(
    synth: Callable[..., Configuration], stack: str, rule: str, machine: str, what: str
) -> None:
    widened = copy.deepcopy(synth(stack))
    block = widened["resource"]["aws_vpc_security_group_ingress_rule"][rule]
    block.pop("referenced_security_group_id", None)
    block["cidr_ipv4"] = "0.0.0.0/0"
    assert what in open_to_the_world(widened)[machine]
    assert open_to_the_world(widened) != FACING[stack]
