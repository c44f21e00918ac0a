"""Whom a security group of an existing state lets in, and where: by its own blocks, or by rules of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.adopt.existing import Existing, ExistingState

_ALL = ("-1", "all")
_WORLD = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One way in. ``source`` is ``world``, ``own`` (the VPC, or security groups) or ``some`` (other addresses)."""

    port: int
    everything: bool
    source: str


def openings(state: ExistingState, group: Existing, vpc_cidr: str) -> Iterator[Opening]:
    """Yield the ways in that a group opens."""
    blocks = group.values.get("ingress")
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, Mapping):
            yield from _of(block, vpc_cidr)
    for rule in state.of("aws_security_group_rule", "aws_vpc_security_group_ingress_rule"):
        inward = rule.text("type") in ("", "ingress")
        if inward and rule.text("security_group_id") == group.text("id"):
            yield from _of(rule.values, vpc_cidr)


def _of(rule: Mapping[str, Any], vpc_cidr: str) -> Iterator[Opening]:
    protocol = str(rule.get("protocol") or rule.get("ip_protocol") or "")
    first, last = rule.get("from_port"), rule.get("to_port")
    everything = protocol in _ALL or (first, last) == (0, 65535)
    port = first if isinstance(first, int) else 0
    ranges = [*(rule.get("cidr_blocks") or ()), *(rule.get("ipv6_cidr_blocks") or ())]
    ranges += [rule[name] for name in ("cidr_ipv4", "cidr_ipv6") if rule.get(name)]
    sources = {"world" if text in _WORLD else "own" if text == vpc_cidr else "some" for text in ranges}
    named = ("security_groups", "source_security_group_id", "referenced_security_group_id", "self")
    if any(rule.get(name) for name in named):
        sources.add("own")
    yield from (Opening(port=port, everything=everything, source=source) for source in sorted(sources))
