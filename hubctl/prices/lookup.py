"""Prices of EC2 instances an hour, from ``ec2.json``, and of other services, from ``services.json``."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubctl.prices.files import price_files
from stacks.settings.scaling_guards import instance_type


@dataclass(frozen=True, kw_only=True)
class ServicePrice:
    """A price in the file's currency for one ``unit``; ``regional`` ones differ from region to region."""

    amount: float
    unit: str
    regional: bool
    source: str


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """What the file says of itself: date (ISO), currency and the region whose prices they are."""

    as_of: str
    currency: str
    region: str


def price_list() -> PriceList:
    """Return of which day, in which currency and of which region the prices are.

    Raises BadInputError when the price files cannot be used.
    """
    prices = price_files().services
    return PriceList(as_of=prices.as_of, currency=prices.currency, region=prices.region)


def service_price(name: str) -> ServicePrice:
    """Return the price of that name; raise KeyError when the file has none."""
    price = price_files().services.price(name)
    return ServicePrice(amount=price.amount, unit=price.unit, regional=price.regional, source=price.source)


def regional_factor(region: str) -> float | None:
    """Return what a region's prices are as a multiple of the file's; None when the file does not know it."""
    return price_files().services.regions.get(region)


@dataclass(frozen=True, kw_only=True)
class HourlyPrice:
    """A price an hour in ``currency``, as of a day (ISO date) in a region."""

    amount: float
    currency: str
    as_of: str
    region: str


def hourly_price(name: str, *, spot: bool = False) -> HourlyPrice | None:
    """Return the price of an instance type; None when the file and the table of types do not know it.

    Spot prices change by the hour: they are taken as the share of the on-demand price that the file says.
    Raises BadInputError when the price files cannot be used.
    """
    prices = price_files().instances
    amount = prices.types.get(name)
    if amount is None:
        amount = _by_family(prices.xlarge, name)
    if amount is None:
        return None
    return HourlyPrice(
        amount=amount * (prices.spot_share if spot else 1.0),
        currency=prices.currency,
        as_of=prices.as_of,
        region=prices.region,
    )


def _by_family(families: Mapping[str, float], name: str) -> float | None:
    """Scale the price of a family's xlarge by memory, in which a family's prices are proportional."""
    family = name.partition(".")[0]
    size, xlarge = instance_type(name), instance_type(f"{family}.xlarge")
    if family not in families or size is None or xlarge is None:
        return None
    return families[family] * size.memory_gib / xlarge.memory_gib
