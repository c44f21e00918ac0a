"""Arrivals of a long file, read row by row into columns of numbers.

The rules are those of ``time_stamps.py`` and ``durations.py``, asked once for each day, time of day and duration that the file
has. A file with a mistake, or with anything that only all of its rows together can settle, is left to them:
:func:`read_quickly` then returns None.
"""

import csv
import io
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from hubctl.simulate import time_stamps
from hubctl.simulate.durations import LONGEST_BESIDE_FINER, LONGEST_PLAIN, read_durations, read_number
from hubctl.simulate.time_stamps import DAY_FIRST, FINER, FROM_START, MONTH_FIRST, NUMBERED, SERIALS

Progress = Callable[[int], object]
ROWS_TOLD = 8192  # between two words on progress
MOST_KEPT = 100_000  # texts whose meaning is remembered
_AT_TIME = re.compile(
    r"(.+?)((?:T|t|:|,?\s+)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?(?:\s*(?:[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)",
    re.ASCII,
)
_PLAIN_CLOCK = re.compile(r"[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)", re.ASCII)
_SOME_DAY = "2026-01-01"  # a time of day is read behind it


class _Unsettled(Exception):  # noqa: N818 - never leaves this file
    """The quick way does not read this file."""


@dataclass(frozen=True, kw_only=True)
class LongColumns:
    """The rows of a file in its order. ``kind`` is how time stamps were read, ``durations_said`` says how durations were."""

    times: "array[float]"
    users: list[str]
    durations: "array[float]"
    kind: str
    zoned: bool
    durations_said: str


class _Times:
    """Reads time stamps of one kind."""

    def __init__(self, *, dots_may_group: bool, month_first: bool) -> None:
        self._dots, self._month_first = dots_may_group, month_first
        self.order_shown = False
        self._days: dict[str, tuple[str, float, bool]] = {}
        self._clocks: dict[str, tuple[float, bool]] = {}
        self._width = 0
        self.kind = ""
        self.zoned: bool | None = None

    def seconds(self, text: str) -> float:
        """Return the seconds that a text says; raise _Unsettled when it is of another kind than the others."""
        # As long a day as in the row before, and both parts known: what nearly every row of a long file is
        known, offset = self._days.get(text[: self._width]), self._clocks.get(text[self._width :])
        if known and offset and known[0] == self.kind and offset[1] == self.zoned:
            return known[1] + offset[0]
        if text[:1].isdecimal() and text.replace(".", "", 1).replace(",", "", 1).isdecimal():
            return self._number(text)
        parts = _AT_TIME.fullmatch(text)
        day, clock = parts.groups() if parts else (text, "")
        self._width = len(day)
        known = self._days.get(day)
        if known is None:
            known = self._day(day)
        if clock:
            offset = self._clocks.get(clock)
            if offset is None:
                offset = self._clock(clock)
        else:
            offset = (0.0, known[2])
        self._settle(known[0], zoned=offset[1])
        return known[1] + offset[0]

    def _settle(self, kind: str, *, zoned: bool = False) -> None:
        if kind == self.kind and zoned == self.zoned:
            return
        if self.kind:
            raise _Unsettled
        self.kind, self.zoned = kind, zoned

    def _number(self, text: str) -> float:
        cell = time_stamps.read_cell(1, text, dots_may_group=self._dots)
        self._settle(cell.kind)
        return time_stamps.seconds_of(cell)

    def _day(self, text: str) -> tuple[str, float, bool]:
        date = time_stamps.read_date(text)
        if date is None or date.rest != timedelta():
            raise _Unsettled
        kind = date.notation
        if kind == NUMBERED:
            kind = MONTH_FIRST if self._month_first else DAY_FIRST
            self.order_shown |= (date.second if self._month_first else date.first) > 12
        moment = date.moment(month_first=kind == MONTH_FIRST)
        found = (kind, time_stamps.since_1970(moment), date.zone is not None)
        if len(self._days) < MOST_KEPT:
            self._days[text] = found
        return found

    def _clock(self, text: str) -> tuple[float, bool]:
        found = _clock_of(text)
        if len(self._clocks) < MOST_KEPT:
            self._clocks[text] = found
        return found


def _clock_of(text: str) -> tuple[float, bool]:
    """Return the seconds of a time of day from midnight UTC, and whether it says its time zone."""
    if plain := _PLAIN_CLOCK.fullmatch(text):
        hour, minute, second = map(int, plain.groups())
        return float(hour * 3600 + minute * 60 + second), False
    date = time_stamps.read_date(_SOME_DAY + text)
    if date is None:
        raise _Unsettled
    offset = None if date.zone is None else date.zone.utcoffset(None)
    return (date.rest - (offset or timedelta())).total_seconds(), offset is not None


class _Durations:
    """Reads durations."""

    def __init__(self, *, dots_may_group: bool) -> None:
        self._dots = dots_may_group
        self._known: dict[str, float] = {}
        self.plain: list[float] = []
        self.with_unit: list[float] = []

    def seconds(self, text: str) -> float:
        """Return the seconds that a text says; raise _Unsettled for a mistake."""
        known = self._known.get(text)
        if known is None:
            found = read_durations([(1, text)], dots_may_group=self._dots, days=False, finer=False)
            alone = read_number(text, dots_may_group=self._dots) is not None
            # A single number may be longer than all others may be
            if 1 not in found.seconds or (found.mistakes and not (alone and found.seconds[1] >= 1)):
                raise _Unsettled
            known = found.seconds[1]
            _note(self.plain if alone else self.with_unit, known)
            if len(self._known) < MOST_KEPT:
                self._known[text] = known
        return known


def _note(bounds: list[float], value: float) -> None:
    """Widen ``bounds``, the smallest and the largest value."""
    bounds[:] = [min([value, *bounds[:1]]), max([value, *bounds[1:]])]


@dataclass(frozen=True, kw_only=True)
class FileShape:
    """Number of the header's line, separator, place of each column, and how many columns there are."""

    header: int
    separator: str
    places: dict[str, int]
    width: int


def read_quickly(
    content: bytes, encoding: str, shape: FileShape, progress: Progress | None = None
) -> LongColumns | None:
    """Return what the rows of a file say, None when the quick way does not read it.

    ``progress`` is called now and then with how many bytes were read meanwhile.
    """
    done = 0

    def tell(place: int) -> None:
        nonlocal done
        if progress is not None and place > done:
            progress(place - done)
            done = place

    for month_first in (False, True):
        found = _read(content, encoding, shape, tell, month_first=month_first)
        if found is not None:
            tell(len(content))
            return found
    return None


def _read(
    content: bytes, encoding: str, shape: FileShape, tell: Progress, *, month_first: bool
) -> LongColumns | None:
    dots = shape.separator == ";"
    times, durations = _Times(dots_may_group=dots, month_first=month_first), _Durations(dots_may_group=dots)
    read, users, lasting = array("d"), list[str](), array("d")
    names: dict[str, str] = {}
    user_at, time_at, duration_at = (shape.places[name] for name in ("user", "timestamp", "duration"))
    try:
        for fields in _rows(content, encoding, shape, tell):
            user = fields[user_at].strip()
            if not user:
                return None
            read.append(times.seconds(fields[time_at].strip()))
            lasting.append(durations.seconds(fields[duration_at].strip()))
            users.append(names.setdefault(user, user))
    except (_Unsettled, ValueError, csv.Error):
        return None
    if not read or (times.kind in (DAY_FIRST, MONTH_FIRST) and not times.order_shown):
        return None
    if times.kind == FROM_START:
        low, high = SERIALS
        if sum(low <= time < high for time in read) * 2 > len(read):
            return None  # days of a spreadsheet, perhaps
    finer = times.kind in FINER
    if durations.plain and durations.plain[0] > (LONGEST_BESIDE_FINER if finer else LONGEST_PLAIN):
        return None
    said = read_durations(
        [(line, repr(seconds)) for line, seconds in enumerate(durations.plain)]
        + [(line, f"{seconds!r} s") for line, seconds in enumerate(durations.with_unit, 2)],
        finer=finer,
    )
    return LongColumns(
        times=read,
        users=users,
        durations=lasting,
        kind=times.kind,
        zoned=bool(times.zoned) or times.kind in time_stamps.SINCE_1970,
        durations_said=said.said,
    )


def _rows(content: bytes, encoding: str, shape: FileShape, tell: Progress) -> Iterator[list[str]]:
    width = shape.width
    source = io.BytesIO(content)
    with io.TextIOWrapper(source, encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=shape.separator, strict=True)
        for fields in reader:
            if reader.line_num <= shape.header:
                continue
            if len(fields) != width or not fields[0].strip():
                if not any(map(str.strip, fields)):
                    continue
                if len(fields) < width or any(map(str.strip, fields[width:])):
                    raise _Unsettled
            yield fields
            if not reader.line_num % ROWS_TOLD:
                tell(source.tell())
