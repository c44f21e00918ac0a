"""Dates with a time of day in the forms in which programs and spreadsheets write them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

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
_FORMS = (
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


@dataclass(frozen=True, kw_only=True)
class Written:
    """A date as it was written: its ``form``, and day and month, which NUMBERED leaves open as ``first`` and ``second``."""

    form: str
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


def read_date(text: str) -> Written | None:
    """Return what a text says, None where it does not look like a date.

    Raises:
        ValueError: It looks like a date, and does not name one: two digits of a year, 25 o'clock, a month in another language.

    """
    for form, pattern in _FORMS:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            first = int(parts["first"])
            second = int(parts["second_part"]) if "month" not in parts else _month(parts["month"])
            if form == ISO:
                first, second = second, first
            written = Written(
                form=form,
                year=int(parts["year"]),
                first=first,
                second=second,
                rest=_time(parts),
                zone=_zone(parts["zone"]),
            )
            if form != NUMBERED:
                written.moment()
            return written
    if _SHORT_YEAR.fullmatch(text):
        raise ValueError("has a year of two digits: write it as 2026-11-02T09:00:00")
    try:
        moment = datetime.fromisoformat(
            text
        )  # ISO 8601 in its rarer forms, such as 20261102T090000 and 2026-W45-1
    except ValueError:
        return None
    day = datetime(moment.year, moment.month, moment.day, tzinfo=moment.tzinfo)
    offset = moment.utcoffset()
    return Written(
        form=ISO,
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
