"""Amounts at three sizes, the items of an estimate, and what their pricing needs."""

from collections.abc import Callable
from dataclasses import dataclass

from hubctl.configuration.launches import Launch
from hubctl.configuration.stack import Stack
from hubctl.cost.assumptions import Assumptions
from hubctl.prices.ec2 import hourly_price
from hubctl.prices.services import price_list, regional_factor, service_price

SIZES = ("smallest", "typical", "largest")


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """A number at the smallest, a typical and the largest size."""

    smallest: float
    typical: float
    largest: float

    @classmethod
    def same(cls, number: float) -> "Amounts":
        """Return the same number for all sizes."""
        return cls(smallest=number, typical=number, largest=number)

    @classmethod
    def when_used(cls, number: float) -> "Amounts":
        """Return a number for the sizes at which people work; the smallest is a month without anybody."""
        return cls(smallest=0.0, typical=number, largest=number)

    def times(self, factor: float) -> "Amounts":
        """Return all three times a factor."""
        return self.of(lambda number: number * factor)

    def plus(self, other: "Amounts") -> "Amounts":
        """Return the sums."""
        return Amounts(
            smallest=self.smallest + other.smallest,
            typical=self.typical + other.typical,
            largest=self.largest + other.largest,
        )

    def of(self, change: Callable[[float], float]) -> "Amounts":
        """Return all three changed."""
        return Amounts(
            smallest=change(self.smallest), typical=change(self.typical), largest=change(self.largest)
        )


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line of an estimate.

    Attributes:
        service: Such as ``EC2``.
        what: What is paid for, with its number of units.
        resources: Terraform addresses that cause it.
        quantity: Units in a month.
        unit: Of ``quantity``.
        price: Of one unit, in the list's currency.
        cost: ``quantity`` times ``price``.

    """

    service: str
    what: str
    resources: tuple[str, ...]
    quantity: Amounts
    unit: str
    price: float

    @property
    def cost(self) -> Amounts:
        """What it costs in a month."""
        return self.quantity.times(self.price)


class Pricing:
    """What the services' modules ask: the stack, the assumptions, and prices in the region.

    Args:
        stack: The stack.
        assumptions: What it does not say.
        region: Region whose prices are wanted.

    """

    def __init__(self, stack: Stack, assumptions: Assumptions, region: str) -> None:
        self.stack = stack
        self.assume = assumptions
        self.region = region
        self.unpriced: list[str] = []
        self._factor = regional_factor(region) or 1.0

    def item(
        self, name: str, *, service: str, what: str, resources: tuple[str, ...], quantity: Amounts
    ) -> Item:
        """Return an item at the price ``name`` of the price list."""
        price = service_price(name)
        amount = price.amount * (self._factor if price.regional else 1.0)
        return Item(
            service=service, what=what, resources=resources, quantity=quantity, unit=price.unit, price=amount
        )

    def instance_hour(self, launch: Launch) -> float | None:
        """Return the price of an instance's hour; None, and a word in ``unpriced``, when there is none."""
        price = hourly_price(launch.instance_type, spot=launch.spot)
        if price is None:
            self.unpriced.append(
                f"{launch.address}: there is no price of a {launch.instance_type}; add it to hubctl/prices/ec2.json"
            )
            return None
        return price.amount * self._factor

    def count(self, launch: Launch) -> Amounts:
        """Return how many instances of a launch there are."""
        spread = launch.largest - launch.smallest
        return Amounts(
            smallest=launch.smallest,
            typical=launch.smallest + self.assume.busy_share * spread,
            largest=launch.largest,
        )

    def addresses(self, kind: str) -> tuple[str, ...]:
        """Return the addresses of all resources of a type."""
        return tuple(f"{kind}.{name}" for name in self.stack.resources(kind))

    @property
    def currency(self) -> str:
        """The currency of all prices."""
        return price_list().currency
