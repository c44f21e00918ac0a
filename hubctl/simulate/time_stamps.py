"""A column of time stamps, dates with a time of day or numbers: all of it decides how it is read; what stays open is refused.

Dates may be written as programs and spreadsheets write them. Numbers are distinguished by size: those up to 92 days of seconds
count from the start; those that are moments of 1990 to 2100 count seconds, milliseconds, microseconds or nanoseconds since
1970; 8, 12 or 14 digits may be a date written without signs. These ranges do not overlap. Days of a spreadsheet, such as
45000.375, lie among the seconds from the start: they are days when they have parts of days and all lie within 92 of each
other. Excel counts them from 1900 or 1904, which makes no difference here, as only the time between arrivals matters:
https://support.microsoft.com/en-us/office/date-systems-in-excel-e7fe7167-48a9-4b96-bb53-5612a800b487
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hubctl.simulate.durations import DAY, read_number
from stacks.settings.text_files import shown

ISO, NAMED, DOTTED, NUMBERED = (
    "dates like 2026-11-02T09:00:00",
    "dates like 2 Nov 2026 09:00",
    "dates like 02.11.2026 09:00",
    "dates like 02/11/2026 09:00",
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_TIME = (
    r"(?:(?:T|t|:|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s*(?P<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?"
)
_WEEKDAY = r"(?:[A-Za-z]{3,9},?\s+)?"
_NOTATIONS = (
    (
        ISO,
        re.compile(
            r"(?P<year>\d{4})(?P<sign>[-/.])(?P<first>\d{1,2})(?P=sign)(?P<second_part>\d{1,2})" + _TIME,
            re.ASCII,
        ),
    ),
    (
        DOTTED,
        re.compile(r"(?P<first>\d{1,2})\.\s?(?P<second_part>\d{1,2})\.\s?(?P<year>\d{4})" + _TIME, re.ASCII),
    ),
    (
        NUMBERED,
        re.compile(
            r"(?P<first>\d{1,2})(?P<sign>[-/])(?P<second_part>\d{1,2})(?P=sign)(?P<year>\d{4})" + _TIME,
            re.ASCII,
        ),
    ),
    (
        NAMED,
        re.compile(
            _WEEKDAY + r"(?P<first>\d{1,2})[-/ ]\s?" + _MONTH + r"[-/ ]\s?(?P<year>\d{4})" + _TIME, re.ASCII
        ),
    ),
    (NAMED, re.compile(_WEEKDAY + _MONTH + r"\s+(?P<first>\d{1,2}),?\s+(?P<year>\d{4})" + _TIME, re.ASCII)),
)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}(?!\d).*", re.ASCII | re.DOTALL)
LONGEST_DAYS = 92  # a term; half a minute of computing
YEARS = (1990, 2100)
FROM_START, SERIAL, DIGITS = "seconds from the start", "days of a spreadsheet", "dates like 20261102090000"
DAY_FIRST, MONTH_FIRST = f"{NUMBERED}, the day first", f"{NUMBERED}, the month first"
SINCE_1970 = {
    "seconds since 1970": 0,
    "milliseconds since 1970": 3,
    "microseconds since 1970": 6,
    "nanoseconds since 1970": 9,
}
FINER = frozenset(name for name, digits in SINCE_1970.items() if digits)
_EARLIEST = int(datetime(YEARS[0], 1, 1, tzinfo=UTC).timestamp())
_LATEST = int(datetime(YEARS[1] + 1, 1, 1, tzinfo=UTC).timestamp())
# 1990 counted from 1904, as old files of Excel for the Mac do, and the end of 2100 counted from 1900.
SERIALS = (31412, 73416)
_SERIAL_OF_1970 = 25569
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_REMEDY = "write it as 2026-11-02T09:00:00"


@dataclass(frozen=True, kw_only=True)
class WrittenDate:
    """A date as it was written: its ``notation``, and day and month, which NUMBERED leaves open as ``first`` and ``second``."""

    notation: str
    year: int
    first: int
    second: int
    rest: timedelta
    zone: timezone | None

    def moment(self, *, month_first: bool = False) -> datetime:
        """Return the date, naive without a zone; raise ValueError for a day that does not exist."""
        month, day = (self.first, self.second) if month_first else (self.second, self.first)
        try:
            return datetime(self.year, month, day, tzinfo=self.zone) + self.rest
        except (ValueError, OverflowError):
            raise ValueError("is not a day of the calendar") from None


@dataclass(frozen=True, kw_only=True)
class ReadTimes:
    """Times in seconds by line, comparable with each other; ``kind`` is how they were read, ``mistakes`` are by line.

    They count from 1970 unless ``kind`` is FROM_START; ``zoned`` tells whether the file itself says in which time zone.
    """

    seconds: Mapping[int, float] = field(default_factory=dict)
    kind: str = ""
    zoned: bool = False
    said: str = ""
    mistakes: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A time stamp as far as it was read: a number or a date."""

    line: int
    text: str
    kind: str
    number: Decimal = Decimal(0)
    date: WrittenDate | None = None


def read_times(column: Sequence[tuple[int, str]], *, dots_may_group: bool = False) -> ReadTimes:
    """Read the time stamps of a file, given as line and text. Without a zone, they are taken as UTC."""
    cells, mistakes = [], []
    for line, text in column:
        try:
            cells.append(read_cell(line, text, dots_may_group=dots_may_group))
        except ValueError as error:
            mistakes.append((line, f"timestamp {shown(text)} {error}" if text else "the timestamp is empty"))
    if not cells:
        return ReadTimes(mistakes=mistakes)
    cells, open_questions = _decided(cells)
    mistakes += open_questions
    kind = Counter(cell.kind for cell in cells).most_common(1)[0][0]
    mistakes += [
        (cell.line, f"timestamp {shown(cell.text)} looks like {cell.kind}; the file's others are {kind}")
        for cell in cells
        if cell.kind != kind
    ]
    zoned = Counter(
        cell.date.zone is not None for cell in cells if cell.date is not None and cell.kind == kind
    )
    if len(zoned) > 1:
        most = zoned.most_common(1)[0][0]
        mistakes += [
            (
                cell.line,
                f"timestamp {shown(cell.text)} has {'no time zone' if most else 'a time zone'}, unlike others",
            )
            for cell in cells
            if cell.date is not None and cell.kind == kind and (cell.date.zone is not None) != most
        ]
    seconds: dict[int, float] = {}
    for cell in cells:
        try:
            seconds[cell.line] = seconds_of(cell)
        except ValueError as error:
            mistakes.append((cell.line, f"timestamp {shown(cell.text)} {error}"))
    said = f"time stamps are read as {kind}"
    if seconds and not mistakes:
        said = said_of_times(kind, min(seconds.values()), max(seconds.values()))
    return ReadTimes(
        seconds=seconds,
        kind=kind,
        zoned=kind in SINCE_1970 or True in zoned,
        said=said,
        mistakes=mistakes,
    )


def said_of_times(kind: str, first: float, last: float) -> str:
    """Say how time stamps were read, and which are the first and the last moment."""
    span = "" if kind == FROM_START else f": {_shown(first)} to {_shown(last)}"
    return f"time stamps are read as {kind}{span}"


def read_cell(line: int, text: str, *, dots_may_group: bool) -> Cell:
    """Return a time stamp with its kind, as far as it can be told alone; raise ValueError for one that is none."""
    number = read_number(text, dots_may_group=dots_may_group)
    if number is not None:
        return Cell(line=line, text=text, kind=_kind_of(number, text), number=number)
    date = read_date(text)
    if date is None:
        raise ValueError(
            "is neither a number nor a date in a known notation: "
            f"{_REMEDY}, with Z or an offset such as +01:00 for a time zone"
        )
    return Cell(line=line, text=text, kind=date.notation, date=date)


def _kind_of(number: Decimal, text: str) -> str:
    if number < 0:
        raise ValueError("is below 0")
    if number <= Decimal(LONGEST_DAYS * DAY):
        return FROM_START
    for name, digits in SINCE_1970.items():
        if _EARLIEST <= number.scaleb(-digits) < _LATEST:
            return name
    if text.isdecimal() and len(text) in _DIGITS and YEARS[0] <= int(text[:4]) <= YEARS[1]:
        return DIGITS
    raise ValueError(
        f"is not a time in any unit: more than {LONGEST_DAYS} days of seconds, and since 1970 not a moment of the years "
        f"{YEARS[0]} to {YEARS[1]}; {_REMEDY}"
    )


def _decided(cells: list[Cell]) -> tuple[list[Cell], list[tuple[int, str]]]:
    """Return the cells with their kinds settled, and what remains open."""
    cells, about_days = _with_serials(cells)
    cells, about_order = _with_order(cells)
    return cells, [*about_days, *about_order]


def _with_serials(cells: list[Cell]) -> tuple[list[Cell], list[tuple[int, str]]]:
    low, high = map(Decimal, SERIALS)
    small = [cell for cell in cells if cell.kind == FROM_START]
    likely = {cell.line: cell for cell in small if low <= cell.number < high}
    numbers = [cell.number for cell in likely.values()]
    if len(likely) * 2 <= len(small) or max(numbers) - min(numbers) > LONGEST_DAYS:
        return cells, []
    if any(number % 1 for number in numbers):
        return [_of_kind(cell, SERIAL) if cell.line in likely else cell for cell in cells], []
    first = next(iter(likely.values()))
    return cells, [
        (
            first.line,
            f"timestamp {shown(first.text)} may be {FROM_START} or {SERIAL}, and the others leave it open: {_REMEDY}, or let "
            "seconds begin near 0",
        )
    ]


def _with_order(cells: list[Cell]) -> tuple[list[Cell], list[tuple[int, str]]]:
    dates = {cell.line: cell.date for cell in cells if cell.kind == NUMBERED and cell.date is not None}
    if not dates:
        return cells, []
    day_first = {line for line, date in dates.items() if date.first > 12}
    month_first = {line for line, date in dates.items() if date.second > 12}
    if not day_first and not month_first:
        line = next(iter(dates))
        text = next(cell.text for cell in cells if cell.line == line)
        return cells, [
            (
                line,
                f"timestamp {shown(text)} may have the day or the month first, and the others leave it open: {_REMEDY}",
            )
        ]
    rest = DAY_FIRST if len(day_first) >= len(month_first) else MONTH_FIRST
    kinds = {
        line: DAY_FIRST if line in day_first else MONTH_FIRST if line in month_first else rest
        for line in dates
    }
    return [_of_kind(cell, kinds.get(cell.line, cell.kind)) for cell in cells], []


def _of_kind(cell: Cell, kind: str) -> Cell:
    return Cell(line=cell.line, text=cell.text, kind=kind, number=cell.number, date=cell.date)


def seconds_of(cell: Cell) -> float:
    """Return the seconds of a time stamp whose kind is settled; raise ValueError for a day that does not exist."""
    if cell.date is not None:
        return since_1970(cell.date.moment(month_first=cell.kind == MONTH_FIRST))
    if cell.kind == DIGITS:
        try:
            moment = datetime.strptime(cell.text, _DIGITS[len(cell.text)])
        except ValueError:
            raise ValueError(f"is not a day and time of the calendar: {_REMEDY}") from None
        return since_1970(moment)
    if cell.kind == SERIAL:
        # A time of day is a rounded fraction: 9 o'clock must not become a moment before.
        return round(float(cell.number - _SERIAL_OF_1970) * DAY, 3)
    return float(cell.number.scaleb(-SINCE_1970.get(cell.kind, 0)))


def since_1970(moment: datetime) -> float:
    """Return a moment in seconds since 1970; without a zone it is taken as UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _shown(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g}"


def read_date(text: str) -> WrittenDate | None:
    """Return what a text says, None where it does not look like a date.

    Raises:
        ValueError: It looks like a date, and does not name one: two digits of a year, 25 o'clock, a month in another language.

    """
    for notation, pattern in _NOTATIONS:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            first = int(parts["first"])
            second = int(parts["second_part"]) if "month" not in parts else _month(parts["month"])
            if notation == ISO:
                first, second = second, first
            written = WrittenDate(
                notation=notation,
                year=int(parts["year"]),
                first=first,
                second=second,
                rest=_time(parts),
                zone=_zone(parts["zone"]),
            )
            if notation != NUMBERED:
                written.moment()
            return written
    if _SHORT_YEAR.fullmatch(text):
        raise ValueError("has a year of two digits: write it as 2026-11-02T09:00:00")
    try:
        moment = datetime.fromisoformat(
            text
        )  # ISO 8601 in its rarer notations, such as 20261102T090000 and 2026-W45-1
    except ValueError:
        return None
    day = datetime(moment.year, moment.month, moment.day, tzinfo=moment.tzinfo)
    offset = moment.utcoffset()
    return WrittenDate(
        notation=ISO,
        year=moment.year,
        first=moment.day,
        second=moment.month,
        rest=moment - day,
        zone=None if offset is None else timezone(offset),
    )


def _month(name: str) -> int:
    lower = name.lower()
    if lower in _FULL:
        return _FULL.index(lower) + 1
    if lower[:4] == "sept" or lower in _MONTHS:
        return _MONTHS.index(lower[:3]) + 1
    raise ValueError(f"names a month {name}, which is not known in English: write it as 2026-11-02T09:00:00")


def _time(parts: dict[str, str | None]) -> timedelta:
    if parts["hour"] is None:
        return timedelta()
    hour, minute, second = int(parts["hour"]), int(parts["minute"] or 0), int(parts["second"] or 0)
    fraction = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    if half := (parts["half"] or "").lower():
        if not 1 <= hour <= 12:
            raise ValueError("is not a time of day")
        hour = hour % 12 + (12 if half == "p" else 0)
    ends_day = (hour, minute, second, fraction) == (24, 0, 0, 0)
    if minute > 59 or second > 59 or (hour > 23 and not ends_day):
        raise ValueError("is not a time of day")
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=fraction)


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(hours=24):
        raise ValueError("has a time zone that does not exist")
    return timezone(-offset if text[0] == "-" else offset)
