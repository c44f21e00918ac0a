"""Interface endpoints of the VPC; gateway endpoints are free."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_vpc_endpoint",)


def items(pricing: Pricing) -> Iterator[Item]:
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
