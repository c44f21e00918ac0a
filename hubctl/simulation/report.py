"""Outcomes side by side, for people and for programs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.prices.ec2 import HourlyPrice, hourly_price
from hubctl.simulation.model import StackModel
from hubctl.simulation.outcome import Outcome
from hubctl.tables import Sheet


@dataclass(frozen=True, kw_only=True)
class Result:
    """A simulation with the settings it ran with: ``label`` says what differs from the synthesized ones.

    ``heading`` is short, for a column; ``variables`` are the values over the stack's defaults.
    """

    label: str
    heading: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    model: StackModel
    outcome: Outcome

    @property
    def price(self) -> HourlyPrice | None:
        """What an instance costs an hour, None when the price file does not know."""
        return hourly_price(self.model.instance_type, spot=self.model.spot)

    @property
    def cost(self) -> float | None:
        """What the instances of the simulated time cost."""
        return None if self.price is None else self.price.amount * self.outcome.instance_hours


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _cost(result: Result) -> str:
    if result.cost is None or result.price is None:
        return "no price"
    return f"{result.cost:.2f} {result.price.currency}"


_ROWS: tuple[tuple[str, Callable[[Result], str]], ...] = (
    ("users served", lambda result: str(len(result.outcome.waits))),
    ("wait, p50", lambda result: _duration(result.outcome.wait(50))),
    ("wait, p95", lambda result: _duration(result.outcome.wait(95))),
    ("wait, longest", lambda result: _duration(result.outcome.wait(100))),
    ("refused or gave up", lambda result: str(result.outcome.refused)),
    ("sessions lost", lambda result: str(result.outcome.lost)),
    ("sessions moved by scaling in", lambda result: str(result.outcome.interrupted)),
    ("most instances at once", lambda result: str(result.outcome.most_instances)),
    ("places on an instance", lambda result: str(result.outcome.places)),
    ("hours simulated", lambda result: f"{result.outcome.hours:.1f}"),
    ("instance hours", lambda result: f"{result.outcome.instance_hours:.1f}"),
    ("cost", _cost),
    ("utilization", lambda result: f"{result.outcome.utilization:.0%}"),
)


def table(results: Sequence[Result], title: str, defaults: Mapping[str, Any]) -> Sheet:
    """Return a table with a column a result, and above the numbers a row a variable that one of them changes."""
    made = Sheet("", *(result.heading or result.label for result in results), title=title)
    changed = list(dict.fromkeys(name for result in results for name in result.variables))
    for name in changed:
        values = [result.variables.get(name, defaults.get(name)) for result in results]
        shown = ("-" if value is None else str(value) for value in values)
        made.add(name, *shown, ends_section=name == changed[-1])
    for name, cell in _ROWS:
        made.add(name, *map(cell, results))
    return made


def remarks(results: Sequence[Result]) -> list[str]:
    """Say what the table cannot: where prices come from, and what limits a stack."""
    found = []
    for result in results[:1]:
        price = result.price
        if price is None:
            found.append(
                f"there is no price of a {result.model.instance_type}: add it to hubctl/prices/ec2.json"
            )
        else:
            elsewhere = "" if result.model.region in ("", price.region) else f", not of {result.model.region}"
            kind = "spot" if result.model.spot else "on demand"
            found.append(
                f"{result.model.instance_type} {kind}: {price.amount:g} {price.currency} an hour "
                f"(hubctl/prices/ec2.json, {price.as_of}, {price.region}{elsewhere})"
            )
    last = results[-1]
    if last.heading == "suggested" and last.variables == results[0].variables:
        found.append(f"{results[0].label}: the aim is reached already, and nothing that was tried costs less")
    for result in results:
        most = result.model.group.max_size * result.model.places
        if not result.outcome.refused:
            continue
        reasons = ", ".join(f"{reason}: {users}" for reason, users in result.outcome.refusals.items())
        full = (
            f", while the group was at its largest, {result.model.group.max_size} instances with {most} places"
            if result.outcome.most_instances >= result.model.group.max_size
            else ""
        )
        found.append(f"{result.label}: {result.outcome.refused} users found no place ({reasons}){full}")
    return found


def as_json(result: Result) -> Mapping[str, Any]:
    """Return a result's numbers; waits in seconds, cost in the price file's currency."""
    outcome = result.outcome
    return {
        "settings": result.label,
        "variables": dict(result.variables),
        "stack": result.model.name,
        "served": len(outcome.waits),
        "wait_p50_seconds": _rounded(outcome.wait(50)),
        "wait_p95_seconds": _rounded(outcome.wait(95)),
        "wait_max_seconds": _rounded(outcome.wait(100)),
        "refused": outcome.refused,
        "refused_by": dict(outcome.refusals),
        "lost": outcome.lost,
        "moved": outcome.interrupted,
        "most_instances": outcome.most_instances,
        "places": outcome.places,
        "simulated_hours": _rounded(outcome.hours),
        "instance_hours": _rounded(outcome.instance_hours),
        "cost": _rounded(result.cost),
        "currency": result.price.currency if result.price else None,
        "utilization": _rounded(outcome.utilization),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
