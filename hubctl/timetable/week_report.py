"""A week of the timetable in the terminal, and as JSON for programs: picture, classes, capacity, cost, remarks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from hubctl.core.console import Writer
from hubctl.core.tables import Sheet
from hubctl.timetable.capacity import StackWeek
from hubctl.timetable.picture import Line, picture
from hubctl.timetable.remarks import Remark, moment
from hubctl.timetable.week import Week
from stacks.timetable.windows import Occurrence, Window

VERSION = 1
_STYLES = {"axis": "dim", "bar": "cyan", "numbers": ""}
LEGEND = "▁ to █: users of classes, up to the week's most; ░ capacity is ready, no class; below, from when on how many"
PLAIN_LEGEND = "#: users of classes; - capacity is ready, no class; below, from when on how many"


def title(week: Week) -> str:
    """Return what the picture is of."""
    first, last = week.days[0], week.days[-1]
    return (
        f"{week.name}, {first:%a} {first.day} {first:%B} to {last:%a} {last.day} {last:%B} {last.year}, "
        f"{week.timetable.zone}"
    )


def print_week(week: Week, stacks: Sequence[StackWeek], found: Sequence[Remark], console: Writer) -> None:
    """Print everything about a week."""
    plain = not console.encoding.lower().startswith("utf")
    console.say(title(week), style="bold")
    drawn = picture(week, stacks, console.width, plain=plain)
    for line in drawn or ():
        console.draw(_coloured(line))
    if drawn:
        console.say(PLAIN_LEGEND if plain else LEGEND, style="dim")
    for day in week.days:
        if holiday := week.holiday(day):
            console.say(f"holiday: {day:%a} {day.day} {day:%b}, {holiday}")
    console.say()
    if not week.classes:
        console.say("no class in these days")
    else:
        _classes(week).show(console)
        console.say()
        _capacity(week, stacks).show(console)
    if stacks:
        console.say()
        _costs(stacks).show(console)
        for sentence in _sources(stacks):
            console.say(f"- {sentence}")
    for remark in found:
        stack = f"{remark.stack}: " if remark.stack else ""
        console.say(f"{stack}{remark.sentence}", label=Text("warning: ", style="yellow"))


def _coloured(line: Line) -> Text:
    return Text(line.text.rstrip(), style=_STYLES[line.kind])


def _when(week: Week, start: datetime, end: datetime) -> str:
    """Return a stretch of time by the week's clock; the day of its end is said where it is another."""
    here, there = start.astimezone(week.zone), end.astimezone(week.zone)
    until = f"-{there:%H:%M}" if here.date() == there.date() else f" to {moment(week, end)}"
    return f"{moment(week, start)}{until}"


def _classes(week: Week) -> Sheet:
    environments = any(each.environment for each in week.classes)
    spares = any(each.spare for each in week.classes)
    headings = [
        "class",
        "when",
        "users",
        *(["spare"] if spares else []),
        *(["environment"] if environments else []),
    ]
    table = Sheet(*headings, figures=range(2, 4 if spares else 3))
    for each in week.classes:
        cells = [each.name, _when(week, each.start, each.end), str(each.users)]
        if spares:
            cells.append(str(each.spare or ""))
        if environments:
            cells.append(each.environment or "")
        table.add(*cells)
    return table


def _capacity(week: Week, stacks: Sequence[StackWeek]) -> Sheet:
    table = Sheet(
        "capacity is ready",
        "for",
        "users",
        *(stack.name for stack in stacks),
        figures=range(2, 3 + len(stacks)),
    )
    for window in week.windows:
        table.add(
            _when(week, window.start, window.end),
            ", ".join(window.names),
            str(window.users),
            *(_instances(stack, window) for stack in stacks),
        )
    return table


def _instances(stack: StackWeek, window: Window) -> str:
    needed, given = stack.needed(window), stack.given(window)
    return str(given) if needed == given else f"{given} of {needed}"


def _costs(stacks: Sequence[StackWeek]) -> Sheet:
    table = Sheet("in the week", *(stack.name for stack in stacks), figures=range(1, 1 + len(stacks)))
    rows = (
        ("instance type", [stack.model.instance_type for stack in stacks]),
        ("places on an instance", [str(stack.model.places) for stack in stacks]),
        ("ordinarily at least, at most", [f"{stack.ordinary}, {stack.largest}" for stack in stacks]),
        ("instance hours, ordinary", [f"{stack.ordinary_hours:.1f}" for stack in stacks]),
        ("instance hours for classes", [f"{stack.extra_hours:.1f}" for stack in stacks]),
        ("cost, ordinary", [_money(stack, stack.ordinary_cost) for stack in stacks]),
        ("cost of classes", [_money(stack, stack.extra_cost) for stack in stacks]),
    )
    for name, cells in rows:
        table.add(name, *cells, style="bold" if name == "cost of classes" else "")
    return table


def _money(stack: StackWeek, cost: float | None) -> str:
    price = stack.price
    return "no price" if cost is None or price is None else f"{cost:,.2f} {price.currency}"


def _sources(stacks: Sequence[StackWeek]) -> list[str]:
    """Say where the prices come from, and what the cost leaves out."""
    found = []
    for stack in stacks:
        price, kind = stack.price, stack.model.instance_type
        if price is None:
            found.append(f"{stack.name}: there is no price of a {kind}: add it to hubctl/prices/ec2.json")
            continue
        how = _kind(stack)
        where = price.listed
        if price.factor is None:
            where += f"; how those of {price.region} differ is not known"
        elif price.factor != 1:
            where += f", times {price.factor:g} for {price.region}"
        found.append(
            f"{stack.name}: {kind} {how}, {price.amount:g} {price.currency} an hour "
            f"(hubctl/prices/ec2.json, {price.as_of}, {where})"
        )
    found.append(
        "the cost of classes is that of the instances above the ordinary ones; after a class, instances stay until the "
        "ordinary policies let them go, which comes on top"
    )
    return found


def _kind(stack: StackWeek) -> str:
    """Say of which kind the instances are that cost so much."""
    model = stack.model
    if not model.spot:
        return "on demand"
    if not model.on_demand_base and not model.on_demand_percent:
        return "spot"
    return (
        f"spot (the first {model.on_demand_base} instances and {model.on_demand_percent} % of the others cost what "
        "instances on demand do)"
    )


def as_json(week: Week, stacks: Sequence[StackWeek], found: Sequence[Remark], file: str) -> Mapping[str, Any]:
    """Return what docs/reference/timetable.md describes."""
    return {
        "version": VERSION,
        "timetable": file,
        "zone": week.timetable.zone,
        "lead_minutes": week.timetable.lead_minutes,
        "week": {
            "name": week.name,
            "first": str(week.days[0]),
            "last": str(week.days[-1]),
            "hours": week.hours,
        },
        "holidays": [
            {"date": str(day), "name": name} for day in week.days if (name := week.holiday(day)) is not None
        ],
        "classes": [_class(week, each) for each in week.classes],
        "capacity": [_window(week, window, stacks) for window in week.windows],
        "stacks": [_stack(stack) for stack in stacks],
        "warnings": [
            {"kind": remark.kind, "stack": remark.stack, "text": remark.sentence} for remark in found
        ],
    }


def _local(week: Week, at: datetime) -> str:
    return at.astimezone(week.zone).isoformat()


def _class(week: Week, each: Occurrence) -> Mapping[str, Any]:
    return {
        "name": each.name,
        "start": _local(week, each.start),
        "end": _local(week, each.end),
        "users": each.users,
        "spare": each.spare,
        "environment": each.environment,
    }


def _window(week: Week, window: Window, stacks: Sequence[StackWeek]) -> Mapping[str, Any]:
    return {
        "start": _local(week, window.start),
        "end": _local(week, window.end),
        "classes": list(window.names),
        "users": window.users,
        "spare": window.spare,
        "instances": {
            stack.name: {"needed": stack.needed(window), "given": stack.given(window)} for stack in stacks
        },
    }


def _stack(stack: StackWeek) -> Mapping[str, Any]:
    price = stack.price
    return {
        "stack": stack.name,
        "instance_type": stack.model.instance_type,
        "spot": stack.model.spot,
        "places": stack.model.places,
        "spare_places": stack.model.spare_places,
        "smallest": stack.ordinary,
        "largest": stack.largest,
        "instance_hours": {
            "ordinary": round(stack.ordinary_hours, 2),
            "classes": round(stack.extra_hours, 2),
        },
        "price": None
        if price is None
        else {
            "hour": round(price.amount, 6),
            "currency": price.currency,
            "as_of": price.as_of,
            "listed_region": price.listed,
            "region": price.region,
            "regional_factor": price.factor,
        },
        "cost": None
        if price is None
        else {
            "ordinary": round(stack.ordinary_cost or 0.0, 2),
            "classes": round(stack.extra_cost or 0.0, 2),
        },
    }
