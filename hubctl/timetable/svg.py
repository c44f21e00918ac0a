"""The week as an SVG: a calendar of the classes, and below it users and instances over the same days.

It is written by hand rather than by matplotlib: its texts stay texts, which can be read aloud, searched and copied, and
every class has its whole story as a tooltip.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as Xml

from rich.cells import cell_len

from hubctl.core.console import wrapped
from hubctl.timetable.capacity import StackWeek
from hubctl.timetable.picture import shown_hours
from hubctl.timetable.week import DAYS, Week
from hubctl.timetable.week_report import title
from stacks.timetable.windows import Occurrence

WIDTH, LEFT, RIGHT = 1400.0, 76.0, 20.0
COLUMN = (WIDTH - LEFT - RIGHT) / DAYS
TOP = 116.0
PANEL, PANEL_GAP, HEADROOM = 92.0, 46.0, 16.0
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
LETTER, BOLD = 0.6, 0.67  # of the size of a font: the letters of wide ones on average
INK, GREY, LINE, READY, CALM, ALERT = "#1c2733", "#586473", "#d6dde5", "#e3e9f0", "#2f6db3", "#b3261e"
TINTS = (
    ("#dbe9fb", "#1f5fa8"),
    ("#fde7d3", "#b4540a"),
    ("#dff3e3", "#23753a"),
    ("#efe2f8", "#7038a0"),
    ("#fbe0e6", "#b0304f"),
    ("#dcf1f3", "#14707a"),
    ("#f4efd0", "#7a6505"),
)


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A class on a day, from and to minutes of it, in one of so many lanes side by side."""

    each: Occurrence
    begin: float
    end: float
    lane: int
    lanes: int


@dataclass(frozen=True, kw_only=True)
class _Step:
    begin: float
    end: float
    value: int
    wanted: int


class WeekDrawing:
    """Draws one week."""

    def __init__(self, week: Week, stacks: Sequence[StackWeek]) -> None:
        self._week, self._stacks = week, stacks
        self._low, self._high = shown_hours(week)
        self._hour = 44.0 if self._high - self._low <= 14 else 30.0
        self._bottom = TOP + (self._high - self._low) * self._hour
        panels = self._bottom + (1 + len(stacks)) * (PANEL + PANEL_GAP)
        self._height = panels + 44 + 18 * len(stacks)
        self._colours = {
            name: TINTS[number % len(TINTS)]
            for number, name in enumerate(dict.fromkeys(each.name for each in week.classes))
        }
        self._root = Xml.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH:g} {self._height:g}",
                "width": f"{WIDTH:g}",
                "height": f"{self._height:g}",
                "role": "img",
                "aria-labelledby": "title desc",
                "font-family": FONT,
                "font-size": "12",
            },
        )

    def drawn(self) -> str:
        """Return the picture."""
        Xml.SubElement(self._root, "title", {"id": "title"}).text = f"Timetable {title(self._week)}"
        Xml.SubElement(self._root, "desc", {"id": "desc"}).text = _printable(self._told())
        self._rect(0, 0, WIDTH, self._height, "#ffffff")
        self._text(LEFT, 36, f"Timetable {self._week.name}", size=20, weight="bold")
        self._text(LEFT, 60, self._subtitle(), size=13, colour=GREY)
        self._calendar()
        top = self._bottom + PANEL_GAP
        users = [self._users_of(day) for day in self._week.days]
        self._panel(top, "users of all classes together", users, None)
        for number, stack in enumerate(self._stacks, 1):
            name = f"{stack.name}: instances, ordinarily at least {stack.ordinary}, at most {stack.largest}"
            steps = [self._instances_of(day, stack) for day in self._week.days]
            self._panel(top + number * (PANEL + PANEL_GAP), name, steps, stack)
        self._costs()
        Xml.indent(self._root)
        return Xml.tostring(self._root, encoding="unicode") + "\n"

    def _told(self) -> str:
        """Return the picture in words."""
        classes = [
            f"{each.name}, {_local(self._week, each.start):%A %H:%M} to {_local(self._week, each.end):%H:%M}, {each.users} users"
            for each in self._week.classes
        ]
        sizes = [
            f"{stack.name}: ordinarily {stack.ordinary} instances, at most "
            f"{max((stack.given(window) for window in self._week.windows), default=stack.ordinary)} for classes"
            for stack in self._stacks
        ]
        holidays = [
            f"holiday on {day:%A}: {name}" for day in self._week.days if (name := self._week.holiday(day))
        ]
        return ". ".join([*(classes or ["no class"]), *holidays, *sizes]) + "."

    def _subtitle(self) -> str:
        lead = self._week.timetable.lead_minutes
        first, last = self._week.days[0], self._week.days[-1]
        return (
            f"{first:%a} {first.day} {first:%B} to {last:%a} {last.day} {last:%B} {last.year}, clocks of "
            f"{self._week.timetable.zone}; grey: capacity is ready, {lead:g} minutes before each class"
        )

    def _calendar(self) -> None:
        for number, day in enumerate(self._week.days):
            x = LEFT + number * COLUMN
            holiday = self._week.holiday(day)
            if holiday:
                self._rect(x, TOP, COLUMN, self._bottom - TOP, "#f7f3e8")
            self._text(x + COLUMN / 2, 92, f"{day:%A} {day.day} {day:%b}", weight="bold", anchor="middle")
            if holiday:
                self._text(
                    x + COLUMN / 2,
                    108,
                    _cut(holiday, COLUMN - 8, 11),
                    size=11,
                    colour="#7a6505",
                    anchor="middle",
                )
        for hour in range(self._low, self._high + 1):
            y = TOP + (hour - self._low) * self._hour
            self._line(LEFT, y, WIDTH - RIGHT, y)
            self._text(LEFT - 8, y + 4, f"{hour:02}:00", size=11, colour=GREY, anchor="end")
        for number, day in enumerate(self._week.days):
            x = LEFT + number * COLUMN
            self._line(x, TOP - 26, x, self._bottom)
            for window in self._week.windows:
                span = self._minutes(day, window.start, window.end)
                if span:
                    self._rect(
                        x + 1, self._y(span[0]), COLUMN - 2, self._y(span[1]) - self._y(span[0]), READY
                    )
            for block in self._blocks(day):
                self._class(x, block)
        self._line(WIDTH - RIGHT, TOP - 26, WIDTH - RIGHT, self._bottom)

    def _class(self, x: float, block: _Block) -> None:
        tint, strong = self._colours[block.each.name]
        wide = (COLUMN - 8) / block.lanes
        left, top = x + 4 + block.lane * wide, self._y(block.begin)
        high = max(3.0, self._y(block.end) - top)
        group = Xml.SubElement(self._root, "g")
        start, end = (_local(self._week, at) for at in (block.each.start, block.each.end))
        Xml.SubElement(group, "title").text = _printable(
            f"{block.each.name}: {start:%a %H:%M} to {end:%H:%M}, {block.each.users} users"
            + (f", {block.each.spare} spare places" if block.each.spare else "")
            + (f", environment {block.each.environment}" if block.each.environment else "")
        )
        self._rect(left, top, wide - 2, high, tint, into=group, rounded=3)
        self._rect(left, top, 4, high, strong, into=group)
        room = wide - 13
        names = _in_lines(block.each.name, room, 12)
        lines = [
            *((name, "bold") for name in names),
            (_fitting(f"{block.each.users} users", str(block.each.users), room), "normal"),
            (_fitting(f"{start:%H:%M}-{end:%H:%M}", f"{start:%H:%M}", room), "normal"),
        ]
        fitting = int((high - 3) // 15)
        if len(lines) > fitting and len(names) > 1:
            lines[: len(names)] = [(block.each.name, "bold")]
        for number, (text, weight) in enumerate(lines[:fitting]):
            size, letter = (12, BOLD) if weight == "bold" else (11, LETTER)
            shown = _cut(text, room, size, letter)
            self._text(left + 9, top + 14 + 15 * number, shown, size=size, weight=weight, into=group)

    def _blocks(self, day: date) -> Iterator[_Block]:
        """Yield a day's classes in lanes, so that those at the same time stand side by side."""
        spans = [
            (*minutes, each)
            for each in self._week.classes
            if (minutes := self._minutes(day, each.start, each.end)) is not None
        ]
        group: list[tuple[float, float, Occurrence]] = []
        for span in sorted(spans, key=lambda found: (found[0], -found[1])):
            if group and span[0] >= max(other[1] for other in group):
                yield from _in_lanes(group)
                group = []
            group.append(span)
        yield from _in_lanes(group)

    def _minutes(self, day: date, start: datetime, end: datetime) -> tuple[float, float] | None:
        """Return the part of a stretch of time that lies on a day, in minutes of its clock; None when there is none."""
        begin, until = _local(self._week, start), _local(self._week, end)
        if begin.date() > day or until.date() < day:
            return None
        low = 0.0 if begin.date() < day else begin.hour * 60 + begin.minute
        high = 24 * 60.0 if until.date() > day else until.hour * 60 + until.minute
        return (low, high) if high > low else None

    def _y(self, minute: float) -> float:
        return TOP + (minute / 60 - self._low) * self._hour

    def _users_of(self, day: date) -> list[_Step]:
        times = self._times(day, [time for each in self._week.classes for time in (each.start, each.end)])
        return [
            _Step(begin=begin, end=end, value=self._week.users_at(at), wanted=0) for begin, end, at in times
        ]

    def _instances_of(self, day: date, stack: StackWeek) -> list[_Step]:
        times = self._times(day, [time for each in self._week.windows for time in (each.start, each.end)])
        steps = []
        for begin, end, at in times:
            window = self._week.window_at(at)
            wanted = stack.ordinary if window is None else stack.needed(window)
            steps.append(_Step(begin=begin, end=end, value=stack.instances_at(at), wanted=wanted))
        return steps

    def _times(self, day: date, changes: Sequence[datetime]) -> list[tuple[float, float, datetime]]:
        """Return the stretches of a day between changes, in minutes of its clock, with a moment in each."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._week.zone)
        low, high = self._low * 60.0, self._high * 60.0
        local = {_local(self._week, at) for at in changes}
        minutes = {at.hour * 60.0 + at.minute for at in local if at.date() == day}
        ordered = sorted({low, high, *(minute for minute in minutes if low < minute < high)})
        return [
            (begin, end, (midnight + timedelta(minutes=(begin + end) / 2)).astimezone(UTC))
            for begin, end in itertools.pairwise(ordered)
        ]

    def _panel(self, top: float, name: str, days: Sequence[Sequence[_Step]], stack: StackWeek | None) -> None:
        largest = stack.largest if stack else 0
        most = max([1, largest, *(max(step.value, step.wanted) for steps in days for step in steps)])
        bottom, scale = top + PANEL, (PANEL - HEADROOM) / most
        lacking = stack is not None and largest < most
        self._text(LEFT, top - 10, f"{name}; red: what it lacks" if lacking else name, weight="bold")
        for number in range(DAYS + 1):
            self._line(LEFT + number * COLUMN, top, LEFT + number * COLUMN, bottom)
        for value in {0, most}:
            y = bottom - value * scale
            self._line(LEFT, y, WIDTH - RIGHT, y)
            self._text(LEFT - 8, y + 4, str(value), size=11, colour=GREY, anchor="end")
        usual = stack.ordinary if stack else 0
        for number, steps in enumerate(days):
            self._steps(LEFT + number * COLUMN, bottom, scale, steps, usual)
        if lacking:
            y = bottom - largest * scale
            self._line(LEFT, y, WIDTH - RIGHT, y, colour=ALERT, dashes="5 4")
            if 0.2 < largest / most < 0.8:  # else it would lie on another number
                self._text(LEFT - 8, y + 4, str(largest), size=11, colour=ALERT, anchor="end")
        for number, steps in enumerate(days):
            self._numbers(LEFT + number * COLUMN, bottom, scale, steps, usual)

    def _steps(self, x: float, bottom: float, scale: float, steps: Sequence[_Step], usual: int) -> None:
        for step in steps:
            left, wide = self._across(x, step)
            high, lacking = step.value * scale, (step.wanted - step.value) * scale
            if lacking > 0:
                self._rect(left, bottom - high - lacking, wide, lacking, "#f6cfca")
            if step.value:
                self._rect(left, bottom - high, wide, high, CALM if step.value > usual else "#a9c3e2")

    def _numbers(self, x: float, bottom: float, scale: float, steps: Sequence[_Step], usual: int) -> None:
        """Write how many there are above each step; only where it lies on no other number, and on no taller step."""
        taken: list[tuple[float, float]] = []
        for step in sorted(steps, key=lambda each: -max(each.value, each.wanted)):
            if step.value <= usual:
                continue
            left, wide = self._across(x, step)
            text = str(step.value) if step.wanted <= step.value else f"{step.value} of {step.wanted}"
            room = cell_len(text) * LETTER * 11
            begin = min(max(x + 2, left + (wide - room) / 2), x + COLUMN - room - 2)
            taller = [
                self._across(x, other)
                for other in steps
                if max(other.value, other.wanted) > max(step.value, step.wanted)
            ]
            beside = [*taken, *((low, low + across) for low, across in taller)]
            if all(begin + room + 1 <= low or begin >= high + 1 for low, high in beside):
                taken.append((begin, begin + room))
                self._text(begin, bottom - max(step.value, step.wanted) * scale - 4, text, size=11)

    def _across(self, x: float, step: _Step) -> tuple[float, float]:
        """Return where a step begins and how wide it is, on a day that begins at ``x``."""
        minute = COLUMN / (60 * (self._high - self._low))
        return x + (step.begin - self._low * 60) * minute, (step.end - step.begin) * minute

    def _costs(self) -> None:
        y = self._height - 18 * len(self._stacks) - 8
        for number, stack in enumerate(self._stacks):
            price = stack.price
            money = (
                f"no price of a {stack.model.instance_type} is known"
                if price is None
                else f"{stack.extra_cost or 0:,.2f} {price.currency} over the ordinary "
                f"{stack.ordinary_cost or 0:,.2f} (prices of {price.as_of})"
            )
            text = f"{stack.name}: {stack.extra_hours:.1f} instance hours for classes in this week: {money}"
            self._text(LEFT, y + 18 * number, text)

    def _rect(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        colour: str,
        *,
        into: Xml.Element | None = None,
        rounded: int = 0,
    ) -> None:
        given = {"x": x, "y": y, "width": wide, "height": high}
        shape = {name: f"{value:.1f}" for name, value in given.items()} | {"fill": colour}
        if rounded:
            shape["rx"] = str(rounded)
        Xml.SubElement(self._root if into is None else into, "rect", shape)

    def _line(
        self, x: float, y: float, to_x: float, to_y: float, *, colour: str = LINE, dashes: str = ""
    ) -> None:
        ends = {"x1": x, "y1": y, "x2": to_x, "y2": to_y}
        shape = {name: f"{value:.1f}" for name, value in ends.items()} | {"stroke": colour}
        if dashes:
            shape["stroke-dasharray"] = dashes
        Xml.SubElement(self._root, "line", shape)

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = 12,
        colour: str = INK,
        weight: str = "normal",
        anchor: str = "start",
        into: Xml.Element | None = None,
    ) -> None:
        shape = {"x": f"{x:.1f}", "y": f"{y:.1f}", "fill": colour}
        shape |= {"font-size": str(size)} if size != 12 else {}
        shape |= {"font-weight": weight} if weight != "normal" else {}
        shape |= {"text-anchor": anchor} if anchor != "start" else {}
        Xml.SubElement(self._root if into is None else into, "text", shape).text = _printable(text)


def _in_lanes(group: Sequence[tuple[float, float, Occurrence]]) -> Iterator[_Block]:
    ends: list[float] = []
    placed = []
    for begin, end, each in group:
        lane = next((number for number, until in enumerate(ends) if until <= begin), len(ends))
        ends[lane : lane + 1] = [end]
        placed.append((lane, begin, end, each))
    for lane, begin, end, each in placed:
        yield _Block(each=each, begin=begin, end=end, lane=lane, lanes=len(ends))


def _local(week: Week, at: datetime) -> datetime:
    return at.astimezone(week.zone)


def _fitting(text: str, shorter: str, room: float) -> str:
    """Return a text, or a shorter one where there is no room for it."""
    return text if cell_len(text) * LETTER * 11 <= room else shorter


def _in_lines(text: str, room: float, size: float) -> list[str]:
    """Return a name on one line or, where it is too long for one, on two."""
    letters = int(room / (BOLD * size))
    first, *more = wrapped(text, max(1, letters))
    if not more or cell_len(first) > letters:
        return [text]
    return [first, " ".join(line.strip() for line in more)]


def _cut(text: str, room: float, size: float, letter: float = LETTER) -> str:
    """Return as much of a text as has room; the tooltip has all of it."""
    letters = int(room / (letter * size))
    if cell_len(text) <= letters:
        return text
    while text and cell_len(text) > letters - 1:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""


def _printable(text: str) -> str:
    """Return a text without the signs that XML cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
