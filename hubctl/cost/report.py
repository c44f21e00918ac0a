"""Estimates for people and for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hubctl.core.console import Writer
from hubctl.core.tables import Sheet
from hubctl.cost.estimate import Estimate
from hubctl.cost.items import SIZES, Amounts

VERSION = 1


def print_estimate(made: Estimate, console: Writer) -> None:
    """Print the items and the total of a month, and what could not be priced."""
    table = Sheet("service", "what", *SIZES, title=_title(made), figures=range(2, 2 + len(SIZES)))
    table.add("", "instances", *(f"{getattr(made.instances, size):g}" for size in SIZES), ends_section=True)
    for item in made.items:
        table.add(item.service, item.what, *_money(item.cost), ends_section=item is made.items[-1])
    table.add(f"{made.prices.currency} a month", "", *_money(made.total), style="bold")
    table.show(console)
    for line in _remarks(made):
        console.say(line)


def print_assumptions(estimates: Sequence[Estimate], console: Writer) -> None:
    """Print what was assumed, and which types of resources cost nothing."""
    console.say("assumed (--assume NAME=NUMBER):")
    for name, (value, about) in estimates[0].assumptions.described().items():
        console.say(f"  {name} = {value:g}: {about}", hang=4)
    free = sorted({kind for each in estimates for kind in each.free})
    console.say(f"cost nothing themselves: {', '.join(free)}")


def _title(made: Estimate) -> str:
    return f"{made.stack} in {made.region}: {made.prices.currency} a month, estimated"


def _money(amounts: Amounts) -> list[str]:
    return [f"{getattr(amounts, size):,.2f}" for size in SIZES]


def _remarks(made: Estimate) -> list[str]:
    prices = made.prices
    source = f"list prices of {prices.region}, {prices.as_of} (hubctl/prices/, for you to edit)"
    if made.factor is None:
        source += f"; how those of {made.region} differ is not known: add it to hubctl/prices/services.json"
    elif made.factor != 1:
        source += f", regional ones times {made.factor:g} for {made.region}"
    return [
        *(f"not priced: {sentence}" for sentence in made.unknown),
        f"{source}; before free tiers, discounts and taxes",
        "smallest: no one works in the month; typical: on average over it; largest: all of it at the largest size",
    ]


def as_json(made: Estimate) -> dict[str, Any]:
    """Return what docs/reference/cost.md describes."""
    return {
        "stack": made.stack,
        "region": made.region,
        "currency": made.prices.currency,
        "prices": {"as_of": made.prices.as_of, "region": made.prices.region, "regional_factor": made.factor},
        "instances": asdict(made.instances),
        "total": _rounded(made.total),
        "items": [
            {
                "service": item.service,
                "what": item.what,
                "resources": list(item.resources),
                "quantity": asdict(item.quantity),
                "unit": item.unit,
                "price": item.price,
                "cost": _rounded(item.cost),
            }
            for item in made.items
        ],
        "free": dict(made.free),
        "unknown": list(made.unknown),
        "assumptions": {name: value for name, (value, _) in made.assumptions.described().items()},
    }


def _rounded(amounts: Amounts) -> dict[str, float]:
    return {size: round(getattr(amounts, size), 2) for size in SIZES}
