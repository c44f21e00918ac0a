"""The week as a picture of letters: a bar a day, the users above whom it rises, and each stack's instances below.

It fits the terminal: as many columns an hour as there is room for, and only the hours in which something happens. Where a
number has no room beside the next one it is left out; the table of capacity has them all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hubctl.timetable.capacity import StackWeek
from hubctl.timetable.week import Week

MOST_COLUMNS = 6  # of an hour
FEWEST_HOURS = 6
IDLE_HOURS = (8, 18)  # what is shown where nothing takes place
HEIGHTS, READY, NOTHING = "▁▂▃▄▅▆▇█", "░", "·"
PLAIN_CLASS, PLAIN_READY, PLAIN_NOTHING = "#", "-", "."
GAP = 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the picture: its text, and what it shows (axis, bar, numbers, note), for colours."""

    text: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class _Label:
    column: int
    text: str
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """What happens in a column: users of classes, whether capacity stands ready, and instances of each stack."""

    users: int
    ready: bool
    instances: Mapping[str, int]


def picture(week: Week, stacks: Sequence[StackWeek], width: int, *, plain: bool = False) -> list[Line] | None:
    """Return the picture in at most ``width`` columns; None where even an hour a column has no room.

    ``plain`` draws with letters that every terminal has.
    """
    names = ["users", *(stack.name for stack in stacks)]
    margin = max(len(_named(week.first)), *map(len, names)) + GAP
    low, high = shown_hours(week)
    columns = min(MOST_COLUMNS, (width - margin) // (high - low))
    if columns < 1:
        return None
    lines = _axis(low, high, columns, margin, plain=plain)
    most = max((week.users_at(each.start) for each in week.classes), default=0)
    for day in week.days:
        cells = [
            _cell(week, stacks, day, low * 60 + place * 60 / columns, 60 / columns)
            for place in range((high - low) * columns)
        ]
        lines += _day(week, day, cells, stacks, margin, most, plain=plain)
    return lines


def _named(day: date) -> str:
    return f"{day:%a} {day.day:>2} {day:%b}"


def shown_hours(week: Week) -> tuple[int, int]:
    """Return the first and the last hour of all days between which something happens."""
    begin, end = week.bounds
    lows, highs = [], []
    for each in week.windows:
        local = max(each.start, begin).astimezone(week.zone)
        until = (min(each.end, end) - timedelta(seconds=1)).astimezone(week.zone)
        if local.date() == until.date():
            lows.append(local.hour)
            highs.append(until.hour + 1)
        else:
            lows.append(0)
            highs.append(24)
    if not lows:
        return IDLE_HOURS
    low, high = min(lows), max(highs)
    while high - low < FEWEST_HOURS:
        low, high = max(0, low - 1), min(24, high + 1)
    return low, high


def _axis(low: int, high: int, columns: int, margin: int, *, plain: bool) -> list[Line]:
    step = next(step for step in (1, 2, 3, 4, 6) if step * columns >= 3)
    hours = [hour for hour in range(low, high) if (hour - low) % step == 0]
    labels = [
        _Label(column=(hour - low) * columns, text=str(hour))
        for hour in hours
        if (hour - low) * columns + len(str(hour)) <= (high - low) * columns
    ]
    marks = [_Label(column=label.column, text="|" if plain else "╷") for label in labels]
    return [
        Line(text=" " * margin + _placed(labels), kind="axis"),
        Line(text=" " * margin + _placed(marks), kind="axis"),
    ]


def _cell(week: Week, stacks: Sequence[StackWeek], day: date, minute: float, length: float) -> _Cell:
    """Return what happens in ``length`` minutes of a day from ``minute`` on: the most of it, so that nothing is lost."""
    begin = _moment(week, day, minute)
    end = begin + timedelta(minutes=length)
    starts = [*(each.start for each in week.classes), *(each.start for each in week.windows)]
    moments = [begin, *(start for start in starts if begin < start < end)]
    return _Cell(
        users=max(week.users_at(moment) for moment in moments),
        ready=any(week.window_at(moment) for moment in moments),
        instances={stack.name: max(stack.instances_at(moment) for moment in moments) for stack in stacks},
    )


def _moment(week: Week, day: date, minute: float) -> datetime:
    local = datetime(day.year, day.month, day.day, tzinfo=week.zone) + timedelta(minutes=minute)
    return local.astimezone(UTC)


def _day(
    week: Week,
    day: date,
    cells: Sequence[_Cell],
    stacks: Sequence[StackWeek],
    margin: int,
    most: int,
    *,
    plain: bool,
) -> list[Line]:
    bar = "".join(_drawn(cell, most, plain=plain) for cell in cells)
    name = week.holiday(day)
    if name is not None:
        bar = _with_note(bar, f" {name} ", PLAIN_NOTHING if plain else NOTHING)
    lines = [Line(text=f"{_named(day):<{margin}}{bar}", kind="bar")]
    if not any(cell.users or cell.ready for cell in cells):
        return lines
    users = _changes([cell.users for cell in cells])
    lines.append(
        Line(
            text=_row("users", margin, [label for label in users if label.text != "0"], len(cells)),
            kind="numbers",
        )
    )
    for stack in stacks:
        changes = _changes([cell.instances[stack.name] for cell in cells], usual=str(stack.ordinary))
        lines.append(Line(text=_row(stack.name, margin, changes, len(cells)), kind="numbers"))
    return lines


def _drawn(cell: _Cell, most: int, *, plain: bool) -> str:
    if cell.users:
        return PLAIN_CLASS if plain else HEIGHTS[math.ceil(cell.users / most * len(HEIGHTS)) - 1]
    if cell.ready:
        return PLAIN_READY if plain else READY
    return PLAIN_NOTHING if plain else NOTHING


def _with_note(bar: str, note: str, nothing: str) -> str:
    """Return a bar with a word in its first stretch of nothing with room for it; its beginning where there is none."""
    place = bar.find(nothing * (len(note) + 1))
    return (
        f"{bar[: place + 1]}{note}{bar[place + 1 + len(note) :]}"
        if place >= 0
        else f"{note:<{len(bar)}}"[: len(bar)]
    )


def _changes(numbers: Sequence[int], usual: str = "0") -> list[_Label]:
    return [
        _Label(column=column, text=str(number), optional=str(number) == usual)
        for column, number in enumerate(numbers)
        if column == 0 or number != numbers[column - 1]
    ]


def _row(name: str, margin: int, labels: Sequence[_Label], room: int) -> str:
    return f"{name:>{margin - GAP}}{' ' * GAP}{_placed([label for label in labels if label.column + len(label.text) <= room])}"


def _placed(labels: Sequence[_Label]) -> str:
    """Return labels at their columns, with a blank between them; of those that collide, the larger number stays."""
    kept: list[_Label] = []
    for label in sorted(
        labels, key=lambda each: (each.optional, -int(each.text) if each.text.isdecimal() else 0)
    ):
        if all(
            label.column > other.column + len(other.text) or other.column > label.column + len(label.text)
            for other in kept
        ):
            kept.append(label)
    text = ""
    for label in sorted(kept, key=lambda each: each.column):
        text = f"{text:<{label.column}}{label.text}"
    return text
