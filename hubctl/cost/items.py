"""What an estimate is made of: assumptions that no stack says, amounts at three sizes, items, and the rules of prices."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from hubctl.core.configuration.launches import Launch
from hubctl.core.configuration.stack import Stack
from hubctl.core.errors import BadInputError
from hubctl.prices.lookup import hourly_price, price_list, regional_factor, service_price

SIZES = ("smallest", "typical", "largest")


def _assumed(default: float, about: str, *, share: bool = False) -> float:
    value: float = field(default=default, metadata={"about": about, "share": share})
    return value


@dataclass(frozen=True, kw_only=True)
class CostAssumptions:
    """Assumptions about a month. Every one can be changed; ``about`` in a field's metadata says what it is."""

    hours: float = _assumed(730, "hours in a month")
    busy_share: float = _assumed(
        0.25, "typical: share of the month in which the group is at its largest", share=True
    )
    users: float = _assumed(50, "people with files on the shared file system")
    home_gib: float = _assumed(5, "GiB of files of a user")
    cold_share: float = _assumed(
        0.5, "share of the files in Infrequent Access, if there is a rule for it", share=True
    )
    file_reads_gib: float = _assumed(5, "GiB that a user reads from the shared file system in a month")
    file_writes_gib: float = _assumed(2, "GiB that a user writes to it")
    backup_ratio: float = _assumed(1.2, "GiB of backups for each GiB of files")
    transfer_gib: float = _assumed(3, "GiB that go to the Internet for a user in a month")
    free_transfer_gib: float = _assumed(100, "GiB to the Internet in a month that are free in an account")
    zone_transfer_gib: float = _assumed(2, "GiB between zones for a user in a month")
    lcus: float = _assumed(1, "balancer capacity units, on average over the month")
    log_gib: float = _assumed(0.5, "GiB of logs of an instance in a month")
    flow_log_gib: float = _assumed(0.2, "GiB of VPC flow logs of an instance in a month, if they are on")
    image_disk_gib: float = _assumed(8, "GiB of a disk whose size is left to its image")
    bucket_gib: float = _assumed(1, "GiB in an S3 bucket")
    repository_gib: float = _assumed(5, "GiB of images in an ECR repository")

    def changed(self, changes: Mapping[str, float]) -> "CostAssumptions":
        """Return a copy with some assumptions changed; raise BadInputError with every mistake."""
        known = {each.name: each for each in fields(self)}
        mistakes = []
        for name, value in changes.items():
            if name not in known:
                mistakes.append(f"there is no assumption {name}")
            elif not math.isfinite(value) or value < 0:
                mistakes.append(f"{name} = {value:g} is below 0 or no number")
            elif known[name].metadata["share"] and value > 1:
                mistakes.append(f"{name} = {value:g} is a share, from 0 to 1")
        if mistakes:
            raise BadInputError("; ".join(mistakes), remedy=f"There are {', '.join(known)}.")
        return replace(self, **changes)

    def described(self) -> dict[str, tuple[float, str]]:
        """Return value and meaning of every assumption by name."""
        return {each.name: (getattr(self, each.name), str(each.metadata["about"])) for each in fields(self)}


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
        """Return a number for the sizes at which people work; the smallest is a month without users."""
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
    """What the rules of prices ask: the stack, the assumptions, and prices in the region.

    Args:
        stack: The stack.
        assumptions: What it does not say.
        region: Region whose prices are wanted.

    """

    def __init__(self, stack: Stack, assumptions: CostAssumptions, region: str) -> None:
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

    def instance_hour(self, launch: Launch, *, spot: bool) -> float | None:
        """Return the price of an instance's hour; None, and a word in ``unpriced``, when there is none.

        Of spot instances AWS takes the cheapest type, on demand the first of the list.
        """
        types = launch.types if spot else launch.types[:1]
        known = [price for name in types if (price := hourly_price(name, spot=spot)) is not None]
        price = min(known, key=lambda one: one.amount, default=None)
        if price is None:
            self.unpriced.append(
                f"{launch.address}: there is no price of a {launch.instance_type}; add it to hubctl/prices/ec2.json"
            )
            return None
        return price.amount * self._factor

    def others(self, launch: Launch) -> str:
        """Return the further types with their prices an hour on demand, for the line about a launch."""
        prices = {name: hourly_price(name) for name in launch.other_types}
        return ", ".join(
            f"{name} at {price.amount * self._factor:.4g}" if price else name
            for name, price in prices.items()
        )

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


@dataclass(frozen=True, kw_only=True)
class PriceRule:
    """The types of resources that a function prices; a function of no types prices what users cause."""

    types: frozenset[str]
    items: Callable[[Pricing], Iterator[Item]]
