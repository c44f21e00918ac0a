"""What the values of a timetable are: days, dates, ranges of dates, times of a day, and time zones."""

import calendar
import difflib
import functools
import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

DAYS = tuple(
    name.lower() for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
)
DAY_MINUTES = 24 * 60
LONGEST_RANGE = 400  # days: a year and some weeks; a longer one is a mistyped year
_SHORT_DAYS = {name[:3]: name for name in DAYS}
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
# Names that zoneinfo knows beside those of places: what the machine is set to, and a placeholder
_NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})
_SHORT_NAMES = frozenset({"UTC", "GMT"})
Steps = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Clock:
    """A time of a day on a wall clock, in minutes from midnight; from 1440 on it is one of the next day."""

    minutes: int

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"

    @classmethod
    def parsed(cls, given: object) -> Self:
        """Return the time that a text such as ``9:00`` or ``26:00`` names; raise ValueError for others."""
        if isinstance(given, cls):
            return given
        match = _CLOCK.fullmatch(given) if isinstance(given, str) else None
        if match is None or int(match[1]) >= 48 or int(match[2]) >= 60:
            raise ValueError('is not a time such as "09:00"')
        return cls(int(match[1]) * 60 + int(match[2]))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read it from a text, and write it as one."""
        del source, handler
        return core_schema.no_info_plain_validator_function(
            cls.parsed, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Let editors check it."""
        del core, handler
        return {"type": "string", "pattern": r"^([0-3]?\d|4[0-7]):[0-5]\d$"}


def _date(given: object) -> object:
    if isinstance(given, date):
        return given
    match = _DATE.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise ValueError("is not a date such as 2027-02-12")
    year, month, day = map(int, match.groups())
    if not (1970 <= year <= 2199 and 1 <= month <= 12):
        raise ValueError("there is no such month" if 1970 <= year <= 2199 else "is not a year of a timetable")
    longest = calendar.monthrange(year, month)[1]
    if not 1 <= day <= longest:
        raise ValueError(f"{calendar.month_name[month]} {year} has {longest} days")
    return date(year, month, day)


Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]


class DateRange(BaseModel):
    """Days from ``first`` to ``last``, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Day = Field(description="first day")
    last: Day = Field(description="last day, included")
    name: str | None = Field(None, max_length=80, description="what it is, for people")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"its last day {self.last} is before its first day {self.first}")
        if (self.last - self.first).days >= LONGEST_RANGE:
            raise ValueError(f"from {self.first} to {self.last} are more than {LONGEST_RANGE} days")
        return self

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Yield every day of it."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


def _range(given: object) -> object:
    """Read one day as the range of that day only."""
    if isinstance(given, dict | DateRange):
        return given
    day = _date(given)
    return {"first": day, "last": day}


class _OrOneDay:
    """Lets editors accept a date for a range."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "format": "date"}, handler(core)]}


Days = Annotated[DateRange, BeforeValidator(_range), _OrOneDay()]


def _weekday(given: object) -> object:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(DAYS):
        return given
    name = given.lower() if isinstance(given, str) else ""
    name = _SHORT_DAYS.get(name, name)
    if name not in DAYS:
        near = difflib.get_close_matches(name, DAYS, n=1)
        raise ValueError(
            f"is not a day of the week{f'; did you mean {near[0]}?' if near else ', such as monday or mon'}"
        )
    return DAYS.index(name)


# 0 is Monday, as Python counts; files name it
Weekday = Annotated[
    int, BeforeValidator(_weekday), WithJsonSchema({"enum": [*DAYS, *_SHORT_DAYS], "type": "string"})
]


@functools.cache
def zone_names() -> frozenset[str]:
    """Return the time zones of the IANA database by names that AWS takes for scheduled actions.

    These are its canonical names, such as Europe/Berlin; short ones such as CET or EST5EDT are not.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html#scheduled-scaling-timezone
    """
    return frozenset(name for name in zoneinfo.available_timezones() if "/" in name or name in _SHORT_NAMES)


def zone_problem(name: str) -> str | None:
    """Return why a name is not one of a time zone that can be used, with a remedy; None when it is."""
    if name in zone_names():
        return None
    if name in zoneinfo.available_timezones() - _NO_PLACES:
        return "AWS does not take this name for scheduled actions; use that of a place, such as Europe/Berlin, or UTC"
    near = difflib.get_close_matches(name, zone_names(), n=1)
    return (
        f"there is no such time zone{f'; did you mean {near[0]}?' if near else ''} "
        "(names are those of the IANA database, such as Europe/Berlin)"
    )


def _zone(given: object) -> object:
    problem = zone_problem(given) if isinstance(given, str) else None
    if problem is not None:
        raise ValueError(problem)
    return given


Zone = Annotated[str, BeforeValidator(_zone)]
