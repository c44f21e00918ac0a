"""Hosted zones of Route 53, the one that exists already and those of Cloud Map, and what is registered there."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = (
    "aws_route53_zone",
    "aws_service_discovery_private_dns_namespace",
    "aws_service_discovery_instance",
)


def items(pricing: Pricing) -> Iterator[Item]:
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
