"""Outcomes side by side: as a table, as JSON for programs, and as a picture of the course."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubctl.core.files import write_whole
from hubctl.core.tables import Sheet
from hubctl.prices.lookup import hourly_price, service_price
from hubctl.scaling.purchasing import Purchase
from hubctl.simulate.durations import HOUR
from hubctl.simulate.model import Outcome, StackModel
from hubctl.simulate.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 4000
IN_DAYS = 72 * HOUR  # from which on the axis counts days
WIDTH, HEIGHT_EACH = 9.0, 3.2  # inches
DOTS = 110
MOST_IN_A_ROW = 5  # of the legend
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
    def bought(self) -> Sequence[Purchase]:
        """What was paid for, in the order of the stack's types; of a stack that paid for nothing, what it would be."""
        model = self.model
        paid = self.outcome.paid or {Purchase(type=model.instance_type, spot=model.spot): 0.0}
        types = model.group.mixed.types if model.group.mixed else (model.instance_type,)
        return sorted(
            paid, key=lambda one: (types.index(one.type) if one.type in types else len(types), one.spot)
        )

    @property
    def currency(self) -> str | None:
        """The currency of the cost, None when the price files do not know an instance type."""
        prices = [hourly_price(one.type, spot=one.spot) for one in self.bought]
        return next((price.currency for price in prices if price is not None), None)

    @property
    def cost(self) -> float | None:
        """What the instances of the simulated time cost, each type at its own price."""
        total = self.pool_cost
        for bought in self.bought:
            price = hourly_price(bought.type, spot=bought.spot)
            if price is None:
                return None
            total += price.amount * self.outcome.paid.get(bought, 0.0) / HOUR
        return total

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
    return "no price" if result.cost is None else f"{result.cost:.2f} {result.currency}"


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


def side_by_side(results: Sequence[SimulationResult]) -> Sheet:
    """Return a table with a line for each result: what users, and who pays, get of it. It fits 80 columns."""
    made = Sheet("", "served", "refused", "wait, p95", "hours", "cost", figures=range(1, 6))
    for result in results:
        outcome = result.outcome
        wait, hours = _duration(outcome.wait(95)), f"{outcome.instance_hours:.1f}"
        made.add(result.label, str(len(outcome.waits)), str(outcome.refused), wait, hours, _cost(result))
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
    found = list(dict.fromkeys(said for result in results for said in _prices(result)))
    found += [_hours_by_type(result) for result in results if len(result.outcome.paid) > 1]
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


def _prices(result: SimulationResult) -> Iterator[str]:
    """Say for each type and way of buying what it costs, and from where that is known."""
    for bought in result.bought:
        price = hourly_price(bought.type, spot=bought.spot)
        if price is None:
            yield f"there is no price of a {bought.type}: add it to hubctl/prices/ec2.json"
            continue
        elsewhere = "" if result.model.region in ("", price.region) else f", not of {result.model.region}"
        yield (
            f"{bought.type} {_way(bought)}: {price.amount:g} {price.currency} an hour "
            f"(hubctl/prices/ec2.json, {price.as_of}, {price.region}{elsewhere})"
        )


def _way(bought: Purchase) -> str:
    return "spot" if bought.spot else "on demand"


def _hours_by_type(result: SimulationResult) -> str:
    hours = ", ".join(
        f"{result.outcome.paid[bought] / HOUR:.1f} of {bought.type} {_way(bought)}"
        for bought in result.bought
    )
    return f"{result.label}: instance hours are {hours}"


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
        "instance_hours_by_type": [
            {
                "type": bought.type,
                "spot": bought.spot,
                "hours": _rounded(outcome.paid.get(bought, 0.0) / HOUR),
            }
            for bought in result.bought
        ],
        "ratios": {name: _rounded(ratio) for name, ratio in result.ratios.items()},
        "cost": _rounded(result.cost),
        "currency": result.currency,
        "utilization": _rounded(outcome.utilization),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def plot(results: Sequence[SimulationResult], file: Path, title: str) -> None:
    """Draw sessions, waiting users, places and instances over time, with a panel for each result; write a PNG or an SVG.

    Raises:
        HubctlError: The file cannot be written.

    """
    picture = BytesIO()
    results_figure(results, title).savefig(picture, dpi=DOTS, format=file.suffix[1:])
    write_whole(file, picture.getvalue(), remedy="Make room, or give another --plot FILE.")


def results_figure(results: Sequence[SimulationResult], title: str) -> Figure:
    """Return the picture. Its panels have one legend, below them, where it hides no curve."""
    # Imported late, as it takes a second; neither a display nor matplotlib's global state is touched.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT_EACH * len(results) + 0.9), layout="constrained")
    figure.suptitle(title)
    longest = max(result.outcome.seconds for result in results)
    unit, name = (24 * HOUR, "days") if longest > IN_DAYS else (HOUR, "hours")
    lines: dict[str, Artist] = {}
    panels = figure.subplots(len(results), 1, sharex=True, squeeze=False)
    for panel, result in zip(panels[:, 0], results, strict=True):
        lines |= {str(line.get_label()): line for line in _draw(panel, result, unit)}
    panels[-1, 0].set_xlabel(f"{name} from the start")
    columns = len(lines) if len(lines) <= MOST_IN_A_ROW else -(-len(lines) // 2)
    figure.legend(
        handles=list(lines.values()), loc="outside lower center", ncols=columns, fontsize=8, frameon=False
    )
    return figure


def _draw(panel: Axes, result: SimulationResult, unit: float) -> list[Artist]:
    """Draw one result; return what the legend explains."""
    from matplotlib.ticker import MaxNLocator

    timeline = result.outcome.timeline
    parts = [
        slice(first, first + step) for step in [_step(timeline)] for first in range(0, len(timeline), step)
    ]
    times = [timeline.times[part.start] / unit for part in parts]

    def most(name: str) -> list[int]:
        column = timeline.column(name)
        return [max(column[part]) for part in parts]

    places = [usable * result.model.places for usable in most("usable")]
    panel.fill_between(times, places, step="post", color="#dce8f2", linewidth=0, label="places")
    panel.plot(times, most("sessions"), color="#1f5fa8", label="sessions")
    panel.plot(times, most("waiting"), color="#c0392b", label="waiting users")
    panel.set_ylabel("users")
    panel.set_ylim(bottom=0)
    panel.set_title(textwrap.fill(result.label.replace(",", ", "), TITLE_LETTERS), loc="left", fontsize=10)
    instances = panel.twinx()
    curves = [("desired instances", most("desired"), "#7f8c8d", "--")]
    smallest, pooled = most("smallest"), most("pooled")
    if len(set(smallest)) > 1:
        curves.append(("smallest size by the schedule", smallest, "#1e8449", "-."))
    if any(pooled):
        curves.append(("in the warm pool", pooled, "#b9770e", ":"))
    for name, values, colour, line in curves:
        instances.step(times, values, where="post", color=colour, linestyle=line, label=name)
    instances.set_ylabel("instances")
    instances.set_ylim(0, max(1, *(max(values, default=0) for _, values, _, _ in curves)) * 1.15)
    instances.yaxis.set_major_locator(MaxNLocator(integer=True))
    return [*panel.get_legend_handles_labels()[0], *instances.get_legend_handles_labels()[0]]


def _step(timeline: Timeline) -> int:
    """Return how many minutes are one point of a curve: more than the picture has dots would only take time."""
    return max(1, -(-len(timeline) // MOST_POINTS))
