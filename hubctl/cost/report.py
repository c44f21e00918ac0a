"""Estimates for people and for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from hubctl.cost.estimate import Estimate
from hubctl.cost.items import SIZES, Amounts

VERSION = 1


def print_estimate(made: Estimate, console: Console) -> None:
    """Print the items and the total of a month, and what could not be priced."""
    table = Table("service", "what", *SIZES, title=_title(made), title_justify="left")
    for column in table.columns[2:]:
        column.justify = "right"
    table.add_row(
        "", "instances", *(f"{getattr(made.instances, size):g}" for size in SIZES), end_section=True
    )
    for item in made.items:
        table.add_row(item.service, item.what, *_money(item.cost))
    table.add_section()
    table.add_row(f"{made.prices.currency} a month", "", *_money(made.total), style="bold")
    console.print(table)
    for line in _remarks(made):
        console.print(line, markup=False)


def print_assumptions(estimates: Sequence[Estimate], console: Console) -> None:
    """Print what was assumed, and which types of resources cost nothing."""
    console.print("assumed (--assume NAME=NUMBER):", markup=False)
    for name, (value, about) in estimates[0].assumptions.described().items():
        console.print(f"  {name} = {value:g}: {about}", markup=False)
    free = sorted({kind for each in estimates for kind in each.free})
    console.print(f"no charge of their own: {', '.join(free)}", markup=False)


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
        "smallest: nobody works in the month; typical: on average over it; largest: all of it at the largest size",
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
