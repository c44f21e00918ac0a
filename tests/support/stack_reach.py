"""Who can open connections to whom in a stack's Terraform JSON: every rule of its security groups, in one notation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Configuration = dict[str, Any]
WORLD = ("0.0.0.0/0", "::/0")
_GROUP = re.compile(r"\$\{aws_security_group\.([\w-]+)\.id\}")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """``group`` lets ``peer`` (a group, a range or "everybody") open connections: ``tcp 443``, or ``everything``."""

    group: str
    peer: str
    what: str

    def __str__(self) -> str:
        return f"{self.group} from {self.peer}: {self.what}"


def openings(configuration: Configuration) -> set[Opening]:
    """Return every way in, from separate rules and from rules inside groups."""
    found = configuration["resource"]
    ways = set()
    for rule in found.get("aws_vpc_security_group_ingress_rule", {}).values():
        peer = rule.get("cidr_ipv4") or rule.get("cidr_ipv6") or rule.get("referenced_security_group_id")
        ways.add(
            Opening(group=_name(rule["security_group_id"]), peer=_peer(peer), what=_what(rule, "ip_protocol"))
        )
    for name, group in found.get("aws_security_group", {}).items():
        for rule in group.get("ingress") or ():
            for peer in _peers(rule, name):
                ways.add(Opening(group=name, peer=peer, what=_what(rule, "protocol")))
    for rule in found.get("aws_security_group_rule", {}).values():
        if rule["type"] == "ingress":
            for peer in _peers(rule, _name(rule["security_group_id"])):
                ways.add(
                    Opening(group=_name(rule["security_group_id"]), peer=peer, what=_what(rule, "protocol"))
                )
    return ways


def groups_of_machines(configuration: Configuration) -> dict[str, set[str]]:
    """Return the security groups of everything that has an address, by its own address in Terraform."""
    found = configuration["resource"]
    machines: dict[str, set[str]] = {}
    for kind, attribute in (("aws_instance", "vpc_security_group_ids"), ("aws_lb", "security_groups"),
                            ("aws_efs_mount_target", "security_groups")):  # fmt: skip
        for name, block in found.get(kind, {}).items():
            machines[f"{kind}.{name}"] = {_name(group) for group in block[attribute]}
    for name, block in found.get("aws_launch_template", {}).items():
        groups = list(block.get("vpc_security_group_ids", ()))
        groups += [group for card in block.get("network_interfaces", ()) for group in card["security_groups"]]
        machines[f"aws_launch_template.{name}"] = {_name(group) for group in groups}
    return machines


def open_to_the_world(configuration: Configuration) -> dict[str, set[str]]:
    """Return what everybody on the Internet can reach, by machine."""
    world = {way.group: set() for way in openings(configuration)}  # type: dict[str, set[str]]
    for way in openings(configuration):
        if way.peer == "everybody":
            world[way.group].add(way.what)
    reached = {
        machine: {what for group in groups for what in world.get(group, ())}
        for machine, groups in groups_of_machines(configuration).items()
    }
    return {machine: what for machine, what in reached.items() if what}


def _peers(rule: Configuration, own: str) -> Iterator[str]:
    for key in ("cidr_blocks", "ipv6_cidr_blocks", "security_groups"):
        yield from (_peer(peer) for peer in rule.get(key) or ())
    if rule.get("source_security_group_id"):
        yield _peer(rule["source_security_group_id"])
    if rule.get("self"):
        yield own


def _peer(peer: str) -> str:
    return "everybody" if peer in WORLD else _name(peer)


def _name(reference: str) -> str:
    match = _GROUP.fullmatch(reference)
    return match[1] if match else reference


def _what(rule: Configuration, protocol: str) -> str:
    if str(rule[protocol]) == "-1":
        return "everything"
    first, last = rule.get("from_port"), rule.get("to_port")
    ports = "" if first is None else f" {first}" if first == last else f" {first}-{last}"
    return f"{rule[protocol]}{ports}"
