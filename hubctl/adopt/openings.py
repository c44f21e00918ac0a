"""Whom a security group of an existing state lets in, and where: by its own blocks, or by rules of their own."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.adopt.existing import Existing, ExistingState

_ALL = ("-1", "all")
_RANGES = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_WORLD = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One way in. ``source`` is ``world``, ``own`` (the VPC, or security groups) or ``some`` (other addresses)."""

    port: int
    everything: bool
    source: str


def openings(state: ExistingState, group: Existing, vpc_cidr: str) -> Iterator[Opening]:
    """Yield the ways in that a group opens."""
    for rule in _rules(state, group):
        yield from _of(rule, vpc_cidr)


def lets_in(state: ExistingState, group: Existing, port: int, others: Collection[str]) -> bool:
    """Tell whether a group opens a port to one of the security groups ``others`` (by id), or to addresses."""
    own = group.text("id")
    return any(
        _at(rule, port)
        and (_named_groups(rule, own) & set(others) or any(rule.get(name) for name in _RANGES))
        for rule in _rules(state, group)
    )


def _at(rule: Mapping[str, Any], port: int) -> bool:
    first, last = rule.get("from_port"), rule.get("to_port")
    if str(rule.get("protocol") or rule.get("ip_protocol")) in _ALL:
        return True
    return isinstance(first, int) and isinstance(last, int) and first <= port <= last


def _named_groups(rule: Mapping[str, Any], own: str) -> set[str]:
    named = {rule.get("source_security_group_id"), rule.get("referenced_security_group_id")}
    named |= set(rule.get("security_groups") or ()) | ({own} if rule.get("self") else set())
    return {name for name in named if isinstance(name, str)}


def _rules(state: ExistingState, group: Existing) -> Iterator[Mapping[str, Any]]:
    """Yield the rules for what comes in: the group's blocks, and resources of their own."""
    blocks = group.values.get("ingress")
    yield from (block for block in (blocks if isinstance(blocks, list) else ()) if isinstance(block, Mapping))
    for rule in state.of("aws_security_group_rule", "aws_vpc_security_group_ingress_rule"):
        if rule.text("type") in ("", "ingress") and rule.text("security_group_id") == group.text("id"):
            yield rule.values


def _of(rule: Mapping[str, Any], vpc_cidr: str) -> Iterator[Opening]:
    protocol = str(rule.get("protocol") or rule.get("ip_protocol") or "")
    first, last = rule.get("from_port"), rule.get("to_port")
    everything = protocol in _ALL or (first, last) == (0, 65535)
    port = first if isinstance(first, int) else 0
    ranges = [text for name in _RANGES[:2] for text in rule.get(name) or ()]
    ranges += [rule[name] for name in _RANGES[2:] if rule.get(name)]
    sources = {"world" if text in _WORLD else "own" if text == vpc_cidr else "some" for text in ranges}
    named = ("security_groups", "source_security_group_id", "referenced_security_group_id", "self")
    if any(rule.get(name) for name in named):
        sources.add("own")
    yield from (Opening(port=port, everything=everything, source=source) for source in sorted(sources))
