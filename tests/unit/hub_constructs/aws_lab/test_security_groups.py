"""Who may open connections in the Lab, and how the rules are written."""

from typing import Any

Configuration = dict[str, Any]


def rules(resources: Configuration, group: str, direction: str) -> list[Configuration]:
    wanted = f"${{aws_security_group.{group}.id}}"
    return [
        rule
        for address, rule in resources.items()
        if address.startswith(f"aws_vpc_security_group_{direction}_rule.")
        and rule["security_group_id"] == wanted
    ]


def test_sessions_reach_the_internet(lab_resources: Configuration) -> None:
    (way_out,) = rules(lab_resources, "instances", "egress")
    assert (way_out["ip_protocol"], way_out["cidr_ipv4"]) == ("-1", "0.0.0.0/0")


def test_only_the_balancer_opens_connections_to_instances(lab_resources: Configuration) -> None:
    (way_in,) = rules(lab_resources, "instances", "ingress")
    assert way_in["referenced_security_group_id"] == "${aws_security_group.balancer.id}"
    assert (way_in["from_port"], way_in["to_port"]) == ("${var.hub_port}", "${var.hub_port}")
    assert not {"cidr_ipv4", "cidr_ipv6", "prefix_list_id"} & set(way_in)
    assert lab_resources["aws_launch_template.lab"]["vpc_security_group_ids"] == [
        "${aws_security_group.instances.id}"
    ]


def test_only_the_instances_reach_the_homes(lab_resources: Configuration) -> None:
    (way_in,) = rules(lab_resources, "homes", "ingress")
    assert way_in["referenced_security_group_id"] == "${aws_security_group.instances.id}"
    assert (way_in["from_port"], way_in["to_port"]) == (2049, 2049)


def test_security_groups_have_no_inline_rules(lab: Configuration) -> None:
    for group in lab["resource"]["aws_security_group"].values():
        assert not {"ingress", "egress"} & set(group)
