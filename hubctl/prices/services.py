"""Prices of AWS services other than EC2 instances, from ``services.json``."""

from dataclasses import dataclass

from hubctl.prices.files import price_files


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
