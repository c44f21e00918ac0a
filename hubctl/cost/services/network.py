"""Application load balancers."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

BALANCER_KINDS = ("aws_lb",)


def balancer_items(pricing: Pricing) -> Iterator[Item]:
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


ENDPOINTS_KINDS = ("aws_vpc_endpoint",)


def endpoints_items(pricing: Pricing) -> Iterator[Item]:
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


NAT_KINDS = ("aws_nat_gateway",)


def nat_items(pricing: Pricing) -> Iterator[Item]:
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


FIREWALL_KINDS = ("aws_wafv2_web_acl",)


def firewall_items(pricing: Pricing) -> Iterator[Item]:
    """Yield lists and rules."""
    lists = pricing.stack.resources("aws_wafv2_web_acl")
    if not lists:
        return
    addresses = pricing.addresses("aws_wafv2_web_acl")
    rules = sum(len(each.get("rule") or []) for each in lists.values())
    for price, what, number in (("web_acl", "web ACLs", len(lists)), ("web_acl_rule", "rules", rules)):
        quantity = Amounts.same(number)
        yield pricing.item(price, service="WAF", what=what, resources=addresses, quantity=quantity)


DISCOVERY_KINDS = (
    "aws_route53_zone",
    "aws_service_discovery_private_dns_namespace",
    "aws_service_discovery_instance",
)


def discovery_items(pricing: Pricing) -> Iterator[Item]:
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
