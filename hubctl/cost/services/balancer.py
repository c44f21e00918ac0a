"""Application load balancers."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_lb",)


def items(pricing: Pricing) -> Iterator[Item]:
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
