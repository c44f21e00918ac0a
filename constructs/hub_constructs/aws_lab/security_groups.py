"""Who may open connections: everyone to the balancer, only the balancer to the instances, only they to the homes (A13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.aws_lab.firewall_rules import FirewallRule, write_rules

NFS = 2049
EVERYONE = "0.0.0.0/0"
EVERYONE_IPV6 = "::/0"


@dataclass(frozen=True, kw_only=True)
class LabSecurityGroupsProps:
    """``hub_port`` is the port of JupyterHub on the instances; ``homes`` tells whether there is a shared file system.

    ``rules`` is the form of the rules: ``separate``, ``legacy`` or ``inline``.
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
            common: dict[str, Any] = {"group": self.balancer, "inward": True, "port": port}
            yield FirewallRule(address=f"balancer_{scheme}", cidr_ipv4=EVERYONE, **common)
            if self._props.ipv6:
                yield FirewallRule(address=f"balancer_{scheme}_ipv6", cidr_ipv6=EVERYONE_IPV6, **common)
        # Groups with inline rules cannot name each other; the balancer then reaches the hub's port anywhere.
        inline = self._props.rules == "inline"
        yield FirewallRule(
            address="balancer_to_hub",
            group=self.balancer,
            inward=False,
            port=self._props.hub_port,
            peer=None if inline else self.instances,
            cidr_ipv4=EVERYONE if inline else None,
        )

    def _instance_rules(self) -> Iterator[FirewallRule]:
        yield FirewallRule(
            address="hub_from_balancer",
            group=self.instances,
            inward=True,
            port=self._props.hub_port,
            peer=self.balancer,
        )
        # Users install packages and query data sources from their sessions (A12): all ways out are open.
        outward: dict[str, Any] = {"group": self.instances, "inward": False, "port": None}
        yield FirewallRule(address="instances_to_internet", cidr_ipv4=EVERYONE, **outward)
        if self._props.ipv6:
            yield FirewallRule(address="instances_to_internet_ipv6", cidr_ipv6=EVERYONE_IPV6, **outward)

    def _homes_rules(self) -> Iterator[FirewallRule]:
        if self.homes is not None:
            yield FirewallRule(
                address="homes_nfs", group=self.homes, inward=True, port=NFS, peer=self.instances
            )
