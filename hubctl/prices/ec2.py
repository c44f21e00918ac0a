"""Prices of EC2 instances an hour, from ``ec2.json``."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubctl.prices.files import price_files
from stacks.instance_types import instance_type


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
