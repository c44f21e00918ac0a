"""Outcomes side by side: as a table, as JSON for programs, and as a picture of the course."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubctl.core.files import write_whole
from hubctl.core.tables import Sheet
from hubctl.prices.lookup import HourlyPrice, hourly_price, service_price
from hubctl.simulate.durations import HOUR
from hubctl.simulate.model import Outcome, StackModel

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

IN_DAYS = 72 * HOUR  # from which on the axis counts days
WIDTH, HEIGHT_EACH = 9.0, 3.2  # inches
DOTS = 110
TITLE_LETTERS = 110
HOURS_OF_A_MONTH = 730  # by which AWS reckons
BEFORE_HEADING, ENOUGH_HEADING, CHEAPEST_HEADING = "as before", "with enough", "no timetable"


@dataclass(frozen=True, kw_only=True)
class SimulationResult:
    """A simulation with the settings it ran with: ``label`` says what differs from the synthesized ones.

    ``heading`` is short, for a column; ``variables`` are the values over the stack's defaults. ``sized_for`` is the row of the
    defaults' table, ``announced`` tells whether there are scheduled actions, ``ratios`` say how it compares.
    """

    label: str
    heading: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    model: StackModel
    outcome: Outcome
    sized_for: int | None = None
    announced: bool = False
    ratios: Mapping[str, float] = field(default_factory=dict)

    @property
    def price(self) -> HourlyPrice | None:
        """What an instance costs an hour, None when the price file does not know."""
        return hourly_price(self.model.instance_type, spot=self.model.spot)

    @property
    def cost(self) -> float | None:
        """What the instances of the simulated time cost."""
        if self.price is None:
            return None
        spot_hours = self.outcome.spot_seconds / HOUR
        on_demand = hourly_price(self.model.instance_type)
        hours = (self.outcome.instance_hours - spot_hours) * (on_demand.amount if on_demand else 0.0)
        return hours + self.price.amount * spot_hours + self.pool_cost

    @property
    def pool_cost(self) -> float:
        """What the disks of the warm pool's stopped instances cost; nothing else of them is paid for."""
        gib_hours = self.model.disk_gib * self.outcome.pool_seconds / HOUR
        return gib_hours * service_price("ebs_gp3").amount / HOURS_OF_A_MONTH


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _cost(result: SimulationResult) -> str:
    if result.cost is None or result.price is None:
        return "no price"
    return f"{result.cost:.2f} {result.price.currency}"


_ROWS: tuple[tuple[str, Callable[[SimulationResult], str]], ...] = (
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
    ("hours stopped in the warm pool", lambda result: f"{result.outcome.pool_seconds / HOUR:.1f}"),
    ("cost", _cost),
    ("utilization", lambda result: f"{result.outcome.utilization:.0%}"),
)


def table(results: Sequence[SimulationResult], title: str, defaults: Mapping[str, Any]) -> Sheet:
    """Return a table with a column for each result; above the numbers stands a row for each variable that a result changes."""
    made = Sheet("", *(result.heading or result.label for result in results), title=title)
    changed = list(dict.fromkeys(name for result in results for name in result.variables))
    for name in changed:
        values = [result.variables.get(name, defaults.get(name)) for result in results]
        shown = ("-" if value is None else str(value) for value in values)
        made.add(name, *shown, ends_section=name == changed[-1])
    for name, cell in _ROWS:
        made.add(name, *map(cell, results))
    return made


def with_ratios(result: SimulationResult, others: Sequence[SimulationResult]) -> SimulationResult:
    """Return a result with what its instance hours and its cost are, as parts of others'."""
    ratios = {}
    for other in others:
        if other.heading == BEFORE_HEADING and other.outcome.instance_hours:
            ratios["instance_hours_to_before"] = result.outcome.instance_hours / other.outcome.instance_hours
        if other.heading == ENOUGH_HEADING and other.outcome.instance_hours:
            ratios["instance_hours_to_before_with_enough"] = (
                result.outcome.instance_hours / other.outcome.instance_hours
            )
        if other.heading == CHEAPEST_HEADING and result.cost is not None and other.cost:
            ratios["cost_to_cheapest_without_timetable"] = result.cost / other.cost
    return replace(result, ratios=ratios)


def remarks(results: Sequence[SimulationResult]) -> list[str]:
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
    for result in results:
        for name, ratio in result.ratios.items():
            found.append(f"{result.label}: {name.replace('_', ' ')} is {ratio:.2f}")
        if result.outcome.pool_seconds:
            found.append(
                f"{result.label}: the disks of the warm pool cost {result.pool_cost:.2f} of it, by ebs_gp3 of "
                "hubctl/prices/services.json"
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


def as_json(result: SimulationResult) -> Mapping[str, Any]:
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
        "sized_for": result.sized_for,
        "announced": result.announced,
        "pool_hours": _rounded(outcome.pool_seconds / HOUR),
        "spot_hours": _rounded(outcome.spot_seconds / HOUR),
        "ratios": {name: _rounded(ratio) for name, ratio in result.ratios.items()},
        "cost": _rounded(result.cost),
        "currency": result.price.currency if result.price else None,
        "utilization": _rounded(outcome.utilization),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def plot(results: Sequence[SimulationResult], file: Path, title: str) -> None:
    """Draw sessions, waiting users, places and instances over time, with a panel for each result; write a PNG.

    Raises:
        HubctlError: The file cannot be written.

    """
    picture = BytesIO()
    results_figure(results, title).savefig(picture, dpi=DOTS, format="png")
    write_whole(file, picture.getvalue(), remedy="Make room, or give another --plot FILE.")


def results_figure(results: Sequence[SimulationResult], title: str) -> Figure:
    """Return the picture. Its panels have one legend, below them, where it hides no curve."""
    # Imported late, as it takes a second; neither a display nor matplotlib's global state is touched.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT_EACH * len(results) + 0.9), layout="constrained")
    figure.suptitle(title)
    longest = max(result.outcome.seconds for result in results)
    unit, name = (24 * HOUR, "days") if longest > IN_DAYS else (HOUR, "hours")
    panels = figure.subplots(len(results), 1, sharex=True, squeeze=False)
    for panel, result in zip(panels[:, 0], results, strict=True):
        lines = _draw(panel, result, unit)
    panels[-1, 0].set_xlabel(f"{name} from the start")
    figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), fontsize=8, frameon=False)
    return figure


def _draw(panel: Axes, result: SimulationResult, unit: float) -> list[Artist]:
    """Draw one result; return what the legend explains."""
    from matplotlib.ticker import MaxNLocator

    moments = result.outcome.timeline
    times = [moment.time / unit for moment in moments]
    places = [moment.usable * result.model.places for moment in moments]
    panel.fill_between(times, places, step="post", color="#dce8f2", linewidth=0, label="places")
    panel.plot(times, [moment.sessions for moment in moments], color="#1f5fa8", label="sessions")
    panel.plot(times, [moment.waiting for moment in moments], color="#c0392b", label="waiting users")
    panel.set_ylabel("users")
    panel.set_ylim(bottom=0)
    panel.set_title(textwrap.fill(result.label.replace(",", ", "), TITLE_LETTERS), loc="left", fontsize=10)
    instances = panel.twinx()
    desired = [moment.desired for moment in moments]
    instances.step(times, desired, where="post", color="#7f8c8d", linestyle="--", label="desired instances")
    instances.set_ylabel("instances")
    instances.set_ylim(0, max([*desired, 1]) * 1.15)
    instances.yaxis.set_major_locator(MaxNLocator(integer=True))
    return [*panel.get_legend_handles_labels()[0], *instances.get_legend_handles_labels()[0]]
