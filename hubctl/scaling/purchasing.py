"""Which type a group launches next, on demand or spot, and when a spot instance is taken away.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html (distribution)
https://docs.aws.amazon.com/autoscaling/ec2/userguide/allocation-strategies.html (order of types)
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html (two minutes)
"""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from hubctl.scaling.lifecycle import GroupInstance

NOTICE_SECONDS = 120.0
OnDemandStrategy = Literal["prioritized", "lowest-price"]
SpotStrategy = Literal[
    "price-capacity-optimized", "capacity-optimized", "capacity-optimized-prioritized", "lowest-price"
]


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What is launched: an instance type, on demand or spot."""

    type: str
    spot: bool


Price = Callable[[Purchase], float | None]


def unpriced(_purchase: Purchase) -> float | None:
    """Know no prices: the types stay in the order in which they are given."""
    return None


@dataclass(frozen=True, kw_only=True)
class MixedInstances:
    """A mixed instances policy without weights: ``types`` in the order of the overrides.

    ``on_demand_percent`` is the share of on-demand instances beyond the first ``on_demand_base``, 0 to 100.
    """

    types: tuple[str, ...]
    on_demand_base: int = 0
    on_demand_percent: int = 100
    on_demand_strategy: OnDemandStrategy = "prioritized"
    spot_strategy: SpotStrategy = "lowest-price"

    def __post_init__(self) -> None:
        if not self.types:
            raise ValueError("a mixed instances policy needs at least one instance type")
        if self.on_demand_base < 0:
            raise ValueError(f"OnDemandBaseCapacity {self.on_demand_base} must be at least 0")
        if not 0 <= self.on_demand_percent <= 100:
            raise ValueError(
                f"OnDemandPercentageAboveBaseCapacity {self.on_demand_percent} must be between 0 and 100"
            )

    @property
    def uses_spot(self) -> bool:
        """Whether some instances may be spot."""
        return self.on_demand_percent < 100

    def on_demand_of(self, capacity: int) -> int:
        """Return how many of ``capacity`` instances are on demand; a fraction of one is a whole one."""
        above = max(0, capacity - self.on_demand_base)
        return min(capacity, self.on_demand_base) + math.ceil(above * self.on_demand_percent / 100)

    def next_purchases(self, present: Iterable[GroupInstance], price: Price = unpriced) -> list[Purchase]:
        """Return what to try for the next instance, the best first: AWS takes the next one when there is no capacity.

        "If Spot capacity is not available", AWS goes on trying other spot pools "rather than launching On-Demand Instances".
        """
        instances = list(present)
        on_demand = sum(not instance.spot for instance in instances)
        spot = on_demand >= self.on_demand_of(len(instances) + 1)
        purchases = [Purchase(type=name, spot=spot) for name in self.types]
        strategy = self.spot_strategy if spot else self.on_demand_strategy
        # The capacity of AWS's pools is not known here: the optimized strategies go by price, or keep the given order.
        if strategy in ("lowest-price", "price-capacity-optimized"):
            return sorted(purchases, key=lambda one: _sortable(price(one)))
        return purchases

    def too_many(self, instances: Collection[GroupInstance]) -> Literal["spot", "on-demand"]:
        """Return of which kind one has to go, so that the others are distributed as the policy says.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
        """
        on_demand = sum(not instance.spot for instance in instances)
        return "on-demand" if on_demand > self.on_demand_of(len(instances) - 1) else "spot"


def _sortable(price: float | None) -> float:
    return math.inf if price is None else price
