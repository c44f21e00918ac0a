"""The Lab's VPC: one public subnet per availability zone, all with a route to the Internet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import Fn, Op, Precondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
)
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable, RouteTableRoute
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from hub_constructs.core.addresses import at

SUBNET_BITS = 4  # sixteen subnets in the VPC's range, of which at most six are used


@dataclass(frozen=True, kw_only=True)
class PublicNetworkProps:
    """``availability_zones`` is a list token; when it is empty at plan time the region's zones are looked up.

    ``inline_routes`` puts the routes into the route table instead of separate resources.
    """

    name: str
    vpc_cidr: str
    zone_count: int
    availability_zones: Sequence[str]
    ipv6: bool
    inline_routes: bool = False


class PublicNetwork(Construct):
    """VPC, gateway, one public subnet per zone, and the routes."""

    def __init__(self, scope: Construct, id_: str, props: PublicNetworkProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        zones = self._zones()
        self.vpc = at(
            Vpc(
                self,
                "vpc",
                cidr_block=props.vpc_cidr,
                enable_dns_hostnames=True,
                enable_dns_support=True,
                assign_generated_ipv6_cidr_block=props.ipv6 or None,
                tags={"Name": props.name},
                lifecycle=TerraformResourceLifecycle(
                    precondition=[
                        Precondition(
                            condition=Op.gte(Fn.length_of(zones), props.zone_count),
                            error_message=(
                                f"The region has fewer than {props.zone_count} availability zones: "
                                "lower the setting zone_count or choose another region."
                            ),
                        )
                    ]
                ),
            ),
            "lab",
        )
        self.gateway = at(
            InternetGateway(self, "gateway", vpc_id=self.vpc.id, tags={"Name": props.name}), "lab"
        )
        self.route_table = at(
            RouteTable(
                self,
                "route-table",
                vpc_id=self.vpc.id,
                route=self._inline_routes() if props.inline_routes else None,
                tags={"Name": f"{props.name}-public"},
            ),
            "public",
        )
        self.routes = [] if props.inline_routes else self._routes()
        self.subnets = [self._subnet(number, zones) for number in range(1, props.zone_count + 1)]
        self.associations = [
            at(
                RouteTableAssociation(
                    self, f"association-{number}", subnet_id=subnet.id, route_table_id=self.route_table.id
                ),
                f"public_{number}",
            )
            for number, subnet in enumerate(self.subnets, start=1)
        ]

    def _zones(self) -> Any:
        """Return an expression for a list: the zones that were given, or those of the region."""
        # Local and Wavelength zones have to be opted in and cannot hold a load balancer of this kind.
        opted_in = DataAwsAvailabilityZonesFilter(name="opt-in-status", values=["opt-in-not-required"])
        self.zones = at(
            DataAwsAvailabilityZones(self, "zones", state="available", filter=[opted_in]), "available"
        )
        return Fn.coalescelist([list(self._props.availability_zones), self.zones.names])

    def _inline_routes(self) -> list[RouteTableRoute]:
        routes = [RouteTableRoute(cidr_block="0.0.0.0/0", gateway_id=self.gateway.id)]
        if self._props.ipv6:
            routes.append(RouteTableRoute(ipv6_cidr_block="::/0", gateway_id=self.gateway.id))
        return routes

    def _routes(self) -> list[Route]:
        routes = [
            at(
                Route(
                    self,
                    "route",
                    route_table_id=self.route_table.id,
                    destination_cidr_block="0.0.0.0/0",
                    gateway_id=self.gateway.id,
                ),
                "internet",
            )
        ]
        if self._props.ipv6:
            routes.append(
                at(
                    Route(
                        self,
                        "route-ipv6",
                        route_table_id=self.route_table.id,
                        destination_ipv6_cidr_block="::/0",
                        gateway_id=self.gateway.id,
                    ),
                    "internet_ipv6",
                )
            )
        return routes

    def _subnet(self, number: int, zones: Any) -> Subnet:
        props = self._props
        return at(
            Subnet(
                self,
                f"subnet-{number}",
                vpc_id=self.vpc.id,
                availability_zone=Fn.element(zones, number - 1),
                cidr_block=Fn.cidrsubnet(props.vpc_cidr, SUBNET_BITS, number - 1),
                ipv6_cidr_block=Fn.cidrsubnet(self.vpc.ipv6_cidr_block, 8, number - 1)
                if props.ipv6
                else None,
                assign_ipv6_address_on_creation=props.ipv6 or None,
                map_public_ip_on_launch=True,
                tags={"Name": f"{props.name}-public-{number}"},
            ),
            f"public_{number}",
        )
