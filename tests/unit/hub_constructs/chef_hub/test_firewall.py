"""The hub's security groups: each opens what it is for, and nothing else."""

from typing import Any

import pytest

from tests.support.hub_nodes import INSTANCES

Configuration = dict[str, Any]


def ingress(resources: Configuration, group: str) -> list[tuple[str, Any, str]]:
    """Return protocol, port and peer of each ingress rule of ``group``."""
    return sorted(
        (
            rule["ip_protocol"],
            rule.get("from_port", 0),
            rule.get("cidr_ipv4") or rule["referenced_security_group_id"],
        )
        for address, rule in resources.items()
        if address.startswith("aws_vpc_security_group_ingress_rule.")
        and rule["security_group_id"] == f"${{aws_security_group.{group}.id}}"
    )


@pytest.mark.parametrize(
    ("group", "rules"),
    [
        ("allow_all_http_sg", [("tcp", 80, "0.0.0.0/0"), ("tcp", 443, "0.0.0.0/0")]),
        ("allow_deployer_sg", [("tcp", 22, "${var.deployer_ip}")]),
        ("allow_deployer_http_sg", [("tcp", 443, "${var.deployer_ip}")]),
        (
            "chef_server_sg",
            [
                ("tcp", 443, "${aws_security_group.chef_workstation_sg.id}"),
                ("tcp", 443, "${aws_security_group.swarm_sg.id}"),
            ],
        ),
        ("chef_workstation_sg", []),
        ("swarm_leader_sg", [("tcp", 2377, "${aws_security_group.swarm_sg.id}")]),
        (
            "swarm_sg",
            [
                ("50", 0, "${aws_security_group.swarm_sg.id}"),
                ("tcp", 7946, "${aws_security_group.swarm_sg.id}"),
                ("udp", 4789, "${aws_security_group.swarm_sg.id}"),
                ("udp", 7946, "${aws_security_group.swarm_sg.id}"),
            ],
        ),
        ("efs_sg", [("tcp", 2049, "${aws_security_group.swarm_sg.id}")]),
    ],
)
def test_each_group_opens_what_it_is_for(
    hub_resources: Configuration, group: str, rules: list[tuple[str, int, str]]
) -> None:
    assert ingress(hub_resources, group) == rules


def test_no_group_opens_the_vpc_or_everything_to_anyone(hub_resources: Configuration) -> None:
    for address, block in hub_resources.items():
        if address.startswith("aws_security_group."):
            assert "ingress" not in block
            assert "egress" not in block
            assert len(block["description"]) > 10
        if address.startswith("aws_vpc_security_group_ingress_rule."):
            assert block["ip_protocol"] != "-1"
            assert block.get("cidr_ipv4") in (None, "0.0.0.0/0", "${var.deployer_ip}")
    assert "aws_security_group.allow_vpc_traffic_sg" not in hub_resources


def test_only_the_leader_is_open_to_everyone(hub_resources: Configuration) -> None:
    web = "${aws_security_group.allow_all_http_sg.id}"
    holders = [
        name for name in INSTANCES if web in hub_resources[f"aws_instance.{name}"]["vpc_security_group_ids"]
    ]
    assert holders == ["hub-leader"]


def test_every_node_can_reach_out(hub_resources: Configuration) -> None:
    outbound = {
        block["security_group_id"]
        for address, block in hub_resources.items()
        if address.startswith("aws_vpc_security_group_egress_rule.")
    }
    for name in INSTANCES:
        assert outbound & set(hub_resources[f"aws_instance.{name}"]["vpc_security_group_ids"]), name
    (interface,) = hub_resources["aws_launch_template.chef-workers"]["network_interfaces"]
    assert outbound & set(interface["security_groups"])
