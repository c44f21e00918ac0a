"""Public IPv4 addresses, which AWS charges for since February 2024: of instances, balancers, and elastic ones."""

import json
import re
from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_eip",)


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield the hours of all public addresses."""
    count, causes = Amounts.same(0), []
    for launch in pricing.stack.launches:
        if launch.public_address:
            count = count.plus(pricing.count(launch))
            causes.append(launch.address)
    for name, balancer in pricing.stack.resources("aws_lb").items():
        if not balancer.get("internal"):
            count = count.plus(Amounts.same(_subnets(pricing, name)))
            causes.append(f"aws_lb.{name}")
    elastic = pricing.addresses("aws_eip")
    count = count.plus(Amounts.same(len(elastic)))
    causes += elastic
    if causes:
        yield pricing.item(
            "public_ipv4_hour",
            service="VPC",
            what="public IPv4 addresses",
            resources=tuple(causes),
            quantity=count.times(pricing.assume.hours),
        )


def _subnets(pricing: Pricing, name: str) -> int:
    """Return in how many subnets a balancer is; it has an address in each."""
    raw = json.dumps(pricing.stack.raw("aws_lb", name).get("subnets"))
    return len(set(re.findall(r"aws_subnet\.([\w-]+)\.", raw))) or 2
