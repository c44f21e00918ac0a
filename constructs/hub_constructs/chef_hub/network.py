"""The hub's network: a VPC of two public subnets in two zones with one main route table, and the hub's public name.

The name is ``notebooks.DOMAIN`` in the domain's hosted zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import Fn
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.main_route_table_association import MainRouteTableAssociation
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from hub_constructs.core.addresses import at

SUBNET_BITS = 2  # a quarter of the VPC's range for each of the two subnets


@dataclass(frozen=True, kw_only=True)
class HubNetworkProps:
    """``zones`` are two; ``destinations`` are the IPv4 and IPv6 ranges that are reached over the Internet gateway.

    There is no NAT gateway: nodes that need the Internet have a public address. ``public_ip_by_default`` gives one to
    whatever is launched in the subnets; without it an instance has to ask.
    """

    cidr: str
    zones: tuple[str, str]
    destinations: Sequence[str]
    public_ip_by_default: bool


class HubNetwork(Construct):
    """VPC, gateway, subnets and routes."""

    def __init__(self, scope: Construct, id_: str, props: HubNetworkProps) -> None:
        super().__init__(scope, id_)
        self.vpc = at(
            Vpc(
                self,
                "vpc",
                cidr_block=props.cidr,
                enable_dns_hostnames=True,
                enable_dns_support=True,
                instance_tenancy="default",
            ),
            "infra-vpc",
        )
        self.gateway = at(InternetGateway(self, "gateway", vpc_id=self.vpc.id), "core-igw")
        self._props = props
        self.first_subnet = self._subnet(0, "default_subnet")
        self.second_subnet = self._subnet(1, "default_subnet_2")
        self._route()

    def _subnet(self, index: int, address: str) -> Subnet:
        return at(
            Subnet(
                self,
                f"subnet-{index}",
                vpc_id=self.vpc.id,
                cidr_block=Fn.cidrsubnet(self._props.cidr, SUBNET_BITS, index),
                availability_zone=self._props.zones[index],
                map_public_ip_on_launch=self._props.public_ip_by_default,
            ),
            address,
        )

    def _route(self) -> None:
        routes = [
            RouteTableRoute(ipv6_cidr_block=destination, gateway_id=self.gateway.id)
            if ":" in destination
            else RouteTableRoute(cidr_block=destination, gateway_id=self.gateway.id)
            for destination in self._props.destinations
        ]
        self.route_table = at(RouteTable(self, "routes", vpc_id=self.vpc.id, route=routes), "main")
        self.main_association = at(
            MainRouteTableAssociation(
                self, "main-routes", vpc_id=self.vpc.id, route_table_id=self.route_table.id
            ),
            "asc-main-vpc",
        )


@dataclass(frozen=True, kw_only=True)
class HubRecordProps:
    """``domain`` is a public hosted zone of the account; ``address`` the public IPv4 address of the hub leader.

    ``users`` adds a wildcard record for the users' domains below the hub's. It does not depend on the setting or on the
    certificate: servers that run keep their names when users' domains are switched off.
    """

    domain: str
    hostname: str
    address: str
    ttl_seconds: int
    users: bool = False


class HubRecord(Construct):
    """The A record of the hub, and that of its users' own domains."""

    def __init__(self, scope: Construct, id_: str, props: HubRecordProps) -> None:
        super().__init__(scope, id_)
        self.zone = at(DataAwsRoute53Zone(self, "zone", name=props.domain, private_zone=False), "primary")
        self.record = at(
            Route53Record(
                self,
                "record",
                zone_id=self.zone.zone_id,
                name=props.hostname,
                type="A",
                ttl=props.ttl_seconds,
                records=[props.address],
            ),
            "maphub_nb_cname_record",
        )
        if props.users:
            at(
                Route53Record(
                    self,
                    "users",
                    zone_id=self.zone.zone_id,
                    name=f"*.{props.hostname}",
                    type="A",
                    ttl=props.ttl_seconds,
                    records=[props.address],
                ),
                "hub_users",
            )
