"""The original design's security groups: inline rules, and one group that opens the whole VPC to itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupEgress, SecurityGroupIngress
from constructs import Construct

from hub_constructs.addresses import at

ANYWHERE_IPV4, ANYWHERE_IPV6 = "0.0.0.0/0", "::/0"


@dataclass(frozen=True, kw_only=True)
class InlineRule:
    """One inline rule, in either direction; ``port`` 0 with protocol ``-1`` is everything."""

    port: int
    ipv4: str
    ipv6: str | None = None
    protocol: str = "tcp"
    with_itself: bool = False


EVERYTHING_ANYWHERE = InlineRule(port=0, protocol="-1", ipv4=ANYWHERE_IPV4, ipv6=ANYWHERE_IPV6)
WEB_ANYWHERE = tuple(InlineRule(port=port, ipv4=ANYWHERE_IPV4, ipv6=ANYWHERE_IPV6) for port in (443, 80))


@dataclass(frozen=True, kw_only=True)
class VpcWideFirewallProps:
    """``deployer`` and ``vpc_cidr`` are ranges in CIDR form."""

    vpc_id: str
    vpc_cidr: str
    deployer: str


class VpcWideFirewall(Construct):
    """Four groups with inline rules."""

    def __init__(self, scope: Construct, id_: str, props: VpcWideFirewallProps) -> None:
        super().__init__(scope, id_)
        self._vpc_id = props.vpc_id
        within = (InlineRule(port=0, protocol="-1", ipv4=props.vpc_cidr, with_itself=True),)
        deployer_web = (InlineRule(port=443, ipv4=props.deployer),)
        deployer_ssh = (InlineRule(port=22, ipv4=props.deployer),)
        self.public_web = self._group("allow_all_http_sg", WEB_ANYWHERE, WEB_ANYWHERE)
        self.deployer_web = self._group("allow_deployer_http_sg", deployer_web, deployer_web)
        self.deployer_ssh = self._group("allow_deployer_sg", deployer_ssh, (EVERYTHING_ANYWHERE,))
        self.within_vpc = self._group("allow_vpc_traffic_sg", within, within)

    def _group(self, name: str, ingress: Sequence[InlineRule], egress: Sequence[InlineRule]) -> SecurityGroup:
        return at(
            SecurityGroup(
                self,
                name,
                name=name,
                vpc_id=self._vpc_id,
                ingress=[_ingress(rule) for rule in ingress],
                egress=[_egress(rule) for rule in egress],
            ),
            name,
        )


def _ingress(rule: InlineRule) -> SecurityGroupIngress:
    return SecurityGroupIngress(
        from_port=rule.port,
        to_port=rule.port,
        protocol=rule.protocol,
        cidr_blocks=[rule.ipv4],
        ipv6_cidr_blocks=[rule.ipv6] if rule.ipv6 else None,
        self_attribute=rule.with_itself,
    )


def _egress(rule: InlineRule) -> SecurityGroupEgress:
    return SecurityGroupEgress(
        from_port=rule.port,
        to_port=rule.port,
        protocol=rule.protocol,
        cidr_blocks=[rule.ipv4],
        ipv6_cidr_blocks=[rule.ipv6] if rule.ipv6 else None,
        self_attribute=rule.with_itself,
    )
