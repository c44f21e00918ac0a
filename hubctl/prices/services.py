"""Prices of AWS services other than EC2 instances, from ``services.json``."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "services.json"


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
    """Return of which day, in which currency and of which region the prices are."""
    document = _document()
    return PriceList(
        as_of=str(document["as_of"]), currency=str(document["currency"]), region=str(document["region"])
    )


def service_price(name: str) -> ServicePrice:
    """Return the price of that name; raise KeyError when the file has none."""
    return ServicePrice(**_document()["prices"][name])


def regional_factor(region: str) -> float | None:
    """Return what a region's prices are as a multiple of the file's; None when the file does not know it."""
    factor = _document()["regions"].get(region)
    return None if factor is None else float(factor)


@functools.cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document
