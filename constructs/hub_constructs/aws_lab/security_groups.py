"""Who may open connections: everyone to the balancer, only the balancer to the instances, only these to the homes.

The rules are written in each of the three ways that Terraform has for them; see the setting security_group_rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.security_group_rule import SecurityGroupRule
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from hub_constructs.core.addresses import at

NFS = 2049
ANYWHERE = "0.0.0.0/0"
ANYWHERE_IPV6 = "::/0"
# Every field of an inline rule; Terraform wants all of them in JSON.
_INLINE_LISTS = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")


@dataclass(frozen=True, kw_only=True)
class FirewallRule:
    """One rule of ``group``: TCP to ``port``, or everything when it is None.

    Exactly one peer is given: ``peer`` (a group), ``cidr_ipv4`` or ``cidr_ipv6``.
    """

    address: str
    group: SecurityGroup
    is_ingress: bool
    port: float | None
    peer: SecurityGroup | None = None
    cidr_ipv4: str | None = None
    cidr_ipv6: str | None = None


@dataclass(frozen=True, kw_only=True)
class LabSecurityGroupsProps:
    """``hub_port`` is the port of JupyterHub on the instances; ``homes`` is whether there is a shared file system.

    ``rules`` says how the rules are written: ``separate``, ``legacy`` or ``inline``.
    """

    name: str
    vpc_id: str
    hub_port: float
    homes: bool
    ipv6: bool
    rules: str = "separate"


class LabSecurityGroups(Construct):
    """The groups ``balancer``, ``instances`` and, with shared homes, ``homes``."""

    def __init__(self, scope: Construct, id_: str, props: LabSecurityGroupsProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.balancer = self._group("balancer", "HTTP and HTTPS from everywhere, and from here to the hub")
        self.instances = self._group("instances", "Connections to the hub from the balancer only")
        self.homes = self._group("homes", "NFS from the lab instances only") if props.homes else None
        self.rules = write_rules(
            self, [*self._balancer_rules(), *self._instance_rules(), *self._homes_rules()], props.rules
        )

    def _group(self, address: str, description: str) -> SecurityGroup:
        name = f"{self._props.name}-{address}"
        return at(
            SecurityGroup(
                self,
                address,
                name=name,
                description=description,
                vpc_id=self._props.vpc_id,
                tags={"Name": name},
            ),
            address,
        )

    def _balancer_rules(self) -> Iterator[FirewallRule]:
        for scheme, port in (("http", 80), ("https", 443)):
            common: dict[str, Any] = {"group": self.balancer, "is_ingress": True, "port": port}
            yield FirewallRule(address=f"balancer_{scheme}", cidr_ipv4=ANYWHERE, **common)
            if self._props.ipv6:
                yield FirewallRule(address=f"balancer_{scheme}_ipv6", cidr_ipv6=ANYWHERE_IPV6, **common)
        # Groups with inline rules cannot name each other; the balancer then reaches the hub's port anywhere.
        inline = self._props.rules == "inline"
        yield FirewallRule(
            address="balancer_to_hub",
            group=self.balancer,
            is_ingress=False,
            port=self._props.hub_port,
            peer=None if inline else self.instances,
            cidr_ipv4=ANYWHERE if inline else None,
        )

    def _instance_rules(self) -> Iterator[FirewallRule]:
        yield FirewallRule(
            address="hub_from_balancer",
            group=self.instances,
            is_ingress=True,
            port=self._props.hub_port,
            peer=self.balancer,
        )
        # Users install packages and query data sources from their sessions: all outbound traffic is allowed.
        egress: dict[str, Any] = {"group": self.instances, "is_ingress": False, "port": None}
        yield FirewallRule(address="instances_to_internet", cidr_ipv4=ANYWHERE, **egress)
        if self._props.ipv6:
            yield FirewallRule(address="instances_to_internet_ipv6", cidr_ipv6=ANYWHERE_IPV6, **egress)

    def _homes_rules(self) -> Iterator[FirewallRule]:
        if self.homes is not None:
            yield FirewallRule(
                address="homes_nfs", group=self.homes, is_ingress=True, port=NFS, peer=self.instances
            )


def write_rules(scope: Construct, rules: Sequence[FirewallRule], style: str) -> list[TerraformResource]:
    """Write ``rules`` as ``separate``, ``legacy`` or ``inline``; see the setting security_group_rules.

    Returns the rules that are separate resources.
    """
    if style == "inline":
        _write_inline(rules)
        return []
    write = {"separate": _write_separate, "legacy": _write_legacy}[style]
    return [write(scope, rule) for rule in rules]


def _write_separate(scope: Construct, rule: FirewallRule) -> TerraformResource:
    kind = VpcSecurityGroupIngressRule if rule.is_ingress else VpcSecurityGroupEgressRule
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
            type="ingress" if rule.is_ingress else "egress",
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
        direction = "ingress" if rule.is_ingress else "egress"
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
