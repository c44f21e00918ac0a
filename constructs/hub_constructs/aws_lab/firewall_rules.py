"""The rules of the lab's security groups, in each of the three forms that Terraform has for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.security_group_rule import SecurityGroupRule
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from hub_constructs.addresses import at

# Every field of an inline rule; Terraform wants all of them in JSON.
_INLINE_LISTS = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")


@dataclass(frozen=True, kw_only=True)
class FirewallRule:
    """One rule of ``group``: TCP to ``port``, or everything when it is None.

    Exactly one peer is given: ``peer`` (a group), ``cidr_ipv4`` or ``cidr_ipv6``.
    """

    address: str
    group: SecurityGroup
    inward: bool
    port: float | None
    peer: SecurityGroup | None = None
    cidr_ipv4: str | None = None
    cidr_ipv6: str | None = None


def write_rules(scope: Construct, rules: Sequence[FirewallRule], form: str) -> list[TerraformResource]:
    """Write ``rules`` as ``separate``, ``legacy`` or ``inline``; see the setting security_group_rules.

    Returns the rules that are resources of their own.
    """
    if form == "inline":
        _write_inline(rules)
        return []
    write = {"separate": _write_separate, "legacy": _write_legacy}[form]
    return [write(scope, rule) for rule in rules]


def _write_separate(scope: Construct, rule: FirewallRule) -> TerraformResource:
    kind = VpcSecurityGroupIngressRule if rule.inward else VpcSecurityGroupEgressRule
    return at(
        kind(
            scope,
            rule.address,
            security_group_id=rule.group.id,
            ip_protocol="-1" if rule.port is None else "tcp",
            from_port=rule.port,
            to_port=rule.port,
            referenced_security_group_id=rule.peer.id if rule.peer else None,
            cidr_ipv4=rule.cidr_ipv4,
            cidr_ipv6=rule.cidr_ipv6,
        ),
        rule.address,
    )


def _write_legacy(scope: Construct, rule: FirewallRule) -> TerraformResource:
    return at(
        SecurityGroupRule(
            scope,
            rule.address,
            type="ingress" if rule.inward else "egress",
            security_group_id=rule.group.id,
            protocol="-1" if rule.port is None else "tcp",
            from_port=rule.port or 0,
            to_port=rule.port or 0,
            source_security_group_id=rule.peer.id if rule.peer else None,
            cidr_blocks=[rule.cidr_ipv4] if rule.cidr_ipv4 else None,
            ipv6_cidr_blocks=[rule.cidr_ipv6] if rule.cidr_ipv6 else None,
        ),
        rule.address,
    )


def _write_inline(rules: Sequence[FirewallRule]) -> None:
    """Group the rules by security group and direction. Two groups must not name each other this way."""
    written: dict[tuple[str, str], tuple[SecurityGroup, list[dict[str, Any]]]] = {}
    for rule in rules:
        direction = "ingress" if rule.inward else "egress"
        _, blocks = written.setdefault((rule.group.friendly_unique_id, direction), (rule.group, []))
        blocks.append(_inline_block(rule))
    for (_, direction), (group, blocks) in written.items():
        group.add_override(direction, blocks)


def _inline_block(rule: FirewallRule) -> dict[str, Any]:
    block: dict[str, Any] = {key: [] for key in _INLINE_LISTS}
    block |= {
        "description": "",
        "self": False,
        "protocol": "-1" if rule.port is None else "tcp",
        "from_port": rule.port or 0,
        "to_port": rule.port or 0,
    }
    if rule.peer is not None:
        block["security_groups"] = [rule.peer.id]
    if rule.cidr_ipv4 is not None:
        block["cidr_blocks"] = [rule.cidr_ipv4]
    if rule.cidr_ipv6 is not None:
        block["ipv6_cidr_blocks"] = [rule.cidr_ipv6]
    return block
