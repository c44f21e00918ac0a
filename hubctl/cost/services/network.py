"""What the network costs: load balancers, endpoints, NAT gateways, web access control lists, and names.

Gateway endpoints of the VPC are free, interface endpoints are not. Neither stack has a NAT gateway today. What the
requests to a list of WAF cost (0.60 USD a million) is left out. Names are the hosted zones of Route 53, the one that
exists already and those of Cloud Map, and what is registered there.
"""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, PriceRule, Pricing


def _balancer_items(pricing: Pricing) -> Iterator[Item]:
    """Yield hours and capacity units."""
    balancers = pricing.addresses("aws_lb")
    if not balancers:
        return
    hours = pricing.assume.hours * len(balancers)
    yield pricing.item(
        "alb_hour",
        service="Load balancer",
        what="application load balancer",
        resources=balancers,
        quantity=Amounts.same(hours),
    )
    yield pricing.item(
        "alb_lcu_hour",
        service="Load balancer",
        what="capacity units (LCU)",
        resources=balancers,
        quantity=Amounts.when_used(hours * pricing.assume.lcus),
    )


def _endpoint_items(pricing: Pricing) -> Iterator[Item]:
    """Yield the hours of each endpoint in each of its subnets."""
    zones, causes = 0, []
    for name, endpoint in pricing.stack.resources("aws_vpc_endpoint").items():
        if endpoint.get("vpc_endpoint_type") == "Interface":
            zones += len(endpoint.get("subnet_ids") or [1])
            causes.append(f"aws_vpc_endpoint.{name}")
    if causes:
        hours = Amounts.same(zones * pricing.assume.hours)
        yield pricing.item(
            "vpc_endpoint_hour",
            service="VPC",
            what="interface endpoints",
            resources=tuple(causes),
            quantity=hours,
        )


def _nat_gateway_items(pricing: Pricing) -> Iterator[Item]:
    """Yield hours and traffic."""
    gateways = pricing.addresses("aws_nat_gateway")
    if not gateways:
        return
    hours = Amounts.same(len(gateways) * pricing.assume.hours)
    traffic = Amounts.when_used(pricing.assume.users * pricing.assume.transfer_gib)
    yield pricing.item(
        "nat_gateway_hour", service="VPC", what="NAT gateways", resources=gateways, quantity=hours
    )
    yield pricing.item(
        "nat_gateway_gib", service="VPC", what="traffic through NAT", resources=gateways, quantity=traffic
    )


def _web_acl_items(pricing: Pricing) -> Iterator[Item]:
    """Yield lists and rules."""
    lists = pricing.stack.resources("aws_wafv2_web_acl")
    if not lists:
        return
    addresses = pricing.addresses("aws_wafv2_web_acl")
    rules = sum(len(each.get("rule") or []) for each in lists.values())
    for price, what, number in (("web_acl", "web ACLs", len(lists)), ("web_acl_rule", "rules", rules)):
        quantity = Amounts.same(number)
        yield pricing.item(price, service="WAF", what=what, resources=addresses, quantity=quantity)


def _name_items(pricing: Pricing) -> Iterator[Item]:
    """Yield zones and registered instances."""
    existing = tuple(f"data.aws_route53_zone.{name}" for name in pricing.stack.lookups("aws_route53_zone"))
    own = pricing.addresses("aws_route53_zone")
    spaces = pricing.addresses("aws_service_discovery_private_dns_namespace")
    for zones, what in (
        (existing, "hosted zone, which is there already"),
        (own, "hosted zones"),
        (spaces, "private zone of Cloud Map"),
    ):
        if zones:
            yield pricing.item(
                "hosted_zone",
                service="Route 53",
                what=what,
                resources=zones,
                quantity=Amounts.same(len(zones)),
            )
    registered = pricing.addresses("aws_service_discovery_instance")
    if registered:
        yield pricing.item(
            "cloud_map_instance",
            service="Cloud Map",
            what="registered addresses",
            resources=registered,
            quantity=Amounts.same(len(registered)),
        )


BALANCERS = PriceRule(types=frozenset({"aws_lb"}), items=_balancer_items)
ENDPOINTS = PriceRule(types=frozenset({"aws_vpc_endpoint"}), items=_endpoint_items)
NAT_GATEWAYS = PriceRule(types=frozenset({"aws_nat_gateway"}), items=_nat_gateway_items)
WEB_ACLS = PriceRule(types=frozenset({"aws_wafv2_web_acl"}), items=_web_acl_items)
NAMES = PriceRule(
    types=frozenset(
        {"aws_route53_zone", "aws_service_discovery_private_dns_namespace", "aws_service_discovery_instance"}
    ),
    items=_name_items,
)
