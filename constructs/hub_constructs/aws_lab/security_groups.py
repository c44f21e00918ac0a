"""Who may open connections: everyone to the balancer, only the balancer to the instances, only they to the homes (A13)."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from hub_constructs.addresses import at

NFS = 2049


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The other end of a rule: an IPv4 range, an IPv6 range or a security group."""

    ipv4: str | None = None
    ipv6: str | None = None
    group_id: str | None = None


EVERYONE = Peer(ipv4="0.0.0.0/0")
EVERYONE_IPV6 = Peer(ipv6="::/0")


@dataclass(frozen=True, kw_only=True)
class LabSecurityGroupsProps:
    """``hub_port`` is the port of JupyterHub on the instances; ``homes`` tells whether there is a shared file system."""

    name: str
    vpc_id: str
    hub_port: float
    homes: bool
    ipv6: bool


class LabSecurityGroups(Construct):
    """The groups ``balancer``, ``instances`` and, with shared homes, ``homes``."""

    def __init__(self, scope: Construct, id_: str, props: LabSecurityGroupsProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.balancer = self._group("balancer", "HTTP and HTTPS from everywhere, and from here to the hub")
        self.instances = self._group("instances", "Connections to the hub from the balancer only")
        self.homes = self._group("homes", "NFS from the lab instances only") if props.homes else None
        self._open_balancer()
        self._open_instances()
        if self.homes is not None:
            self._ingress("homes_nfs", self.homes, NFS, Peer(group_id=self.instances.id))

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

    def _open_balancer(self) -> None:
        for scheme, port in (("http", 80), ("https", 443)):
            self._ingress(f"balancer_{scheme}", self.balancer, port, EVERYONE)
            if self._props.ipv6:
                self._ingress(f"balancer_{scheme}_ipv6", self.balancer, port, EVERYONE_IPV6)
        at(
            VpcSecurityGroupEgressRule(
                self,
                "balancer-to-hub",
                security_group_id=self.balancer.id,
                ip_protocol="tcp",
                from_port=self._props.hub_port,
                to_port=self._props.hub_port,
                referenced_security_group_id=self.instances.id,
            ),
            "balancer_to_hub",
        )

    def _open_instances(self) -> None:
        self._ingress(
            "hub_from_balancer",
            self.instances,
            self._props.hub_port,
            Peer(group_id=self.balancer.id),
        )
        # Users install packages and query data sources from their sessions (A12): all ways out are open.
        self._egress("instances_to_internet", EVERYONE)
        if self._props.ipv6:
            self._egress("instances_to_internet_ipv6", EVERYONE_IPV6)

    def _ingress(self, address: str, group: SecurityGroup, port: float, source: Peer) -> None:
        at(
            VpcSecurityGroupIngressRule(
                self,
                address,
                security_group_id=group.id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=source.ipv4,
                cidr_ipv6=source.ipv6,
                referenced_security_group_id=source.group_id,
            ),
            address,
        )

    def _egress(self, address: str, target: Peer) -> None:
        at(
            VpcSecurityGroupEgressRule(
                self,
                address,
                security_group_id=self.instances.id,
                ip_protocol="-1",
                cidr_ipv4=target.ipv4,
                cidr_ipv6=target.ipv6,
            ),
            address,
        )
