"""A monthly estimate of a stack."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubctl.configuration.stack import Stack
from hubctl.cost.assumptions import Assumptions
from hubctl.cost.free import FREE
from hubctl.cost.items import Amounts, Item, Pricing
from hubctl.cost.services import SERVICES
from hubctl.errors import BadInputError
from hubctl.prices.services import PriceList, price_list, regional_factor


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a stack costs in a month.

    Attributes:
        stack: Its name.
        region: Region it is deployed to.
        prices: Of which day, currency and region the prices are.
        factor: What the region's prices are as a multiple of those; None when that is not known, and 1 was taken.
        instances: How many instances run, at each size.
        items: What is paid for.
        free: Types of resources in the stack that cost nothing of their own, with why.
        unknown: What is in the stack and could not be priced, a sentence each.
        assumptions: What was assumed.

    """

    stack: str
    region: str
    prices: PriceList
    factor: float | None
    instances: Amounts
    items: Sequence[Item]
    free: Mapping[str, str]
    unknown: Sequence[str]
    assumptions: Assumptions

    @property
    def total(self) -> Amounts:
        """The sum of the items."""
        return functools.reduce(Amounts.plus, (item.cost for item in self.items), Amounts.same(0))


def estimate(stack: Stack, assumptions: Assumptions, region: str | None = None) -> Estimate:
    """Price a stack in ``region``, by default its own.

    Raises:
        BadInputError: A size in it is not known before an apply.

    """
    where = region or stack.region or price_list().region
    pricing = Pricing(stack, assumptions, where)
    try:
        items = [item for service in SERVICES for item in service.items(pricing)]
        instances = functools.reduce(
            Amounts.plus, (pricing.count(launch) for launch in stack.launches), Amounts.same(0)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInputError(
            f"{stack.name} cannot be priced: {error} is not known before an apply",
            remedy="Give the variable that it depends on with --var NAME=VALUE, or synthesize the stack anew.",
        ) from error
    priced = {kind for service in SERVICES for kind in service.kinds}
    kinds = stack.kinds()
    unknown = [
        f"{', '.join(pricing.addresses(kind))}: it is not known what {kind} costs"
        for kind in kinds
        if kind not in priced and kind not in FREE
    ]
    return Estimate(
        stack=stack.name,
        region=where,
        prices=price_list(),
        factor=regional_factor(where),
        instances=instances,
        items=items,
        free={kind: FREE[kind] for kind in kinds if kind in FREE},
        unknown=(*pricing.unpriced, *unknown),
        assumptions=assumptions,
    )
