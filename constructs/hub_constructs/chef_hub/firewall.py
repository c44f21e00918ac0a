"""Security groups by purpose: each opens what one conversation needs, to those who hold it, and nothing else."""

from dataclasses import dataclass

from cdktf import Fn, Op, Token
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from hub_constructs.core.addresses import at

ANYWHERE = "0.0.0.0/0"
TCP, UDP = "tcp", "udp"
ENCAPSULATING_SECURITY_PAYLOAD = "50"  # IP protocol number: the encrypted overlay's IPsec
# https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts
SWARM_GOSSIP, SWARM_OVERLAY, SWARM_MANAGEMENT = 7946, 4789, 2377
NFS = 2049


@dataclass(frozen=True, kw_only=True)
class PurposeFirewallProps:
    """``deployer`` is a range in CIDR notation; SSH is open to it only when ``key_name`` is not empty at plan time."""

    vpc_id: str
    deployer: str
    key_name: str


class PurposeFirewall(Construct):
    """The groups, and each rule as a separate resource, so that changing one leaves the others alone."""

    def __init__(self, scope: Construct, id_: str, props: PurposeFirewallProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.public_web = self._group("allow_all_http_sg", "HTTP and HTTPS to the hub from everywhere")
        self.deployer_ssh = self._group("allow_deployer_sg", "SSH from the operators")
        self.deployer_web = self._group(
            "allow_deployer_http_sg", "HTTPS to the Chef Server from the operators"
        )
        self.chef_server = self._group("chef_server_sg", "HTTPS to the Chef Server from its nodes")
        self.workstation = self._group(
            "chef_workstation_sg", "The Chef Workstation, which nobody connects to"
        )
        self.swarm = self._group("swarm_sg", "Swarm nodes among themselves")
        self.swarm_leader = self._group("swarm_leader_sg", "Swarm management on the leader, from its nodes")
        self.efs = self._group("efs_sg", "NFS to the shared files from the Swarm nodes")
        self._operators()
        self._public_web()
        self._chef()
        self._swarm()
        self._outbound()

    def _operators(self) -> None:
        self._ingress("deployer_https", self.deployer_web, 443, cidr=self._props.deployer)
        # Without a key pair no one could log in; Session Manager needs no open port.
        wanted = Token.as_number(Fn.conditional(Op.gte(Fn.length_of(self._props.key_name), 1), 1, 0))
        self._ingress("deployer_ssh", self.deployer_ssh, 22, cidr=self._props.deployer, count=wanted)

    def _public_web(self) -> None:
        self._ingress("public_http", self.public_web, 80, cidr=ANYWHERE)
        self._ingress("public_https", self.public_web, 443, cidr=ANYWHERE)

    def _chef(self) -> None:
        self._ingress("chef_from_workstation", self.chef_server, 443, source=self.workstation)
        self._ingress("chef_from_swarm", self.chef_server, 443, source=self.swarm)

    def _swarm(self) -> None:
        self._ingress("swarm_gossip_tcp", self.swarm, SWARM_GOSSIP, source=self.swarm)
        self._ingress("swarm_gossip_udp", self.swarm, SWARM_GOSSIP, source=self.swarm, protocol=UDP)
        self._ingress("swarm_overlay", self.swarm, SWARM_OVERLAY, source=self.swarm, protocol=UDP)
        # Hub and notebooks talk over the encrypted overlay, so none of their ports is open here.
        self._ingress(
            "swarm_encryption", self.swarm, None, source=self.swarm, protocol=ENCAPSULATING_SECURITY_PAYLOAD
        )
        self._ingress("swarm_management", self.swarm_leader, SWARM_MANAGEMENT, source=self.swarm)
        self._ingress("nfs", self.efs, NFS, source=self.swarm)

    def _outbound(self) -> None:
        """Let every node reach packages, AWS and the other nodes; users' notebooks need the Internet too."""
        for address, group in (
            ("chef_server", self.chef_server),
            ("chef_workstation", self.workstation),
            ("swarm", self.swarm),
        ):
            at(
                VpcSecurityGroupEgressRule(
                    self,
                    f"egress-{address}",
                    security_group_id=group.id,
                    ip_protocol="-1",
                    cidr_ipv4=ANYWHERE,
                    description="Everywhere",
                ),
                address,
            )

    def _group(self, name: str, description: str) -> SecurityGroup:
        return at(
            SecurityGroup(self, name, name=name, description=description, vpc_id=self._props.vpc_id), name
        )

    def _ingress(
        self,
        address: str,
        group: SecurityGroup,
        port: int | None,
        *,
        protocol: str = TCP,
        cidr: str | None = None,
        source: SecurityGroup | None = None,
        count: float | None = None,
    ) -> None:
        at(
            VpcSecurityGroupIngressRule(
                self,
                f"ingress-{address}",
                security_group_id=group.id,
                ip_protocol=protocol,
                from_port=port,
                to_port=port,
                cidr_ipv4=cidr,
                referenced_security_group_id=source.id if source is not None else None,
                description=address.replace("_", " "),
                count=count,
            ),
            address,
        )
