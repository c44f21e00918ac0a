"""NAT gateways, which neither stack has today."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_nat_gateway",)


def items(pricing: Pricing) -> Iterator[Item]:
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
