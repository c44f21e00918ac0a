"""What a timetable says: its time zone, terms and holidays, and its classes with the users that they bring.

``timetable.schema.json`` is made from it, for editors. ``docs/how-to/timetable.md`` explains the file to people.
"""

import difflib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from stacks.timetable.values import DAY_MINUTES, DAYS, Clock, DateRange, Day, Days, Steps, Weekday, Zone

MOST_CLASSES = 2000
# AWS acts up to two minutes late, an instance of the warm pool takes less than one to serve, and few users of a class come
# more than six minutes early.
LEAD_MINUTES = 9
MOST_USERS = 10_000
_NAME = r"^\S(.{0,78}\S)?$"
Term = Annotated[str, Field(pattern=_NAME)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Class(_Part):
    """One class: when it meets, and how many users it brings at once."""

    name: str = Field(pattern=_NAME, description="what people call it; each class has another name")
    days: tuple[Weekday, ...] = Field((), description="days of the week on which it meets, in its terms")
    dates: tuple[Day, ...] = Field(
        (), description="dates on which it meets, instead of days; also in holidays"
    )
    start: Clock = Field(description='when it begins, such as "09:00"')
    end: Clock = Field(
        description='when it ends, such as "10:30"; hours from 24 on are those of the next day: "26:00" is 2 in the morning'
    )
    zone: Zone | None = Field(None, description="time zone of this class; else that of the file")
    users: int = Field(ge=1, le=MOST_USERS, strict=True, description="users that it brings at once")
    spare: int = Field(
        0, ge=0, le=MOST_USERS, strict=True, description="places to keep free beside those of its users"
    )
    environment: str | None = Field(None, pattern=_NAME, description="environment that its users start")
    terms: tuple[Term, ...] = Field((), description="terms in which it meets; all of them when left out")
    except_: tuple[Days, ...] = Field(
        (),
        alias="except",
        description="days on which it does not meet: dates, or objects with first and last",
    )

    def mistakes(self) -> Iterator[tuple[Steps, str]]:
        """Yield what is wrong with it whatever the rest of the timetable says."""
        if self.start.minutes >= DAY_MINUTES:
            yield ("start",), f"= '{self.start}': a class begins before 24:00 of its day"
        elif self.end <= self.start:
            yield (
                ("end",),
                f"= '{self.end}': is not after the start at {self.start}; a class over midnight ends at "
                f'"{Clock(self.end.minutes + DAY_MINUTES)}", as hours from 24 on are those of the next day',
            )
        elif self.end.minutes - self.start.minutes > DAY_MINUTES:
            yield ("end",), f"= '{self.end}': is more than 24 hours after the start at {self.start}"
        if self.days and self.dates:
            yield ("dates",), "stands beside days: a class has either of them"
        elif not self.days and not self.dates:
            yield (), "lacks days or dates"
        for key, given in (("terms", self.terms), ("except", self.except_)):
            if given and self.dates and not self.days:
                yield (key,), "goes with days, not with dates"
        yield from _doubled_items("days", self.days)
        yield from _doubled_items("dates", self.dates)


class Timetable(_Part):
    """All classes of one deployment."""

    zone: Zone = Field(description="time zone of all times, such as Europe/Berlin")
    lead_minutes: int = Field(
        LEAD_MINUTES,
        ge=0,
        le=240,
        strict=True,
        description="minutes before a class at which its capacity begins to come up",
    )
    terms: dict[Term, DateRange] = Field({}, description="terms by name: first and last day")
    holidays: tuple[Days, ...] = Field(
        (), description="days without weekly classes: dates, or objects with first and last"
    )
    classes: tuple[Class, ...] = Field(
        max_length=MOST_CLASSES, description="the classes", json_schema_extra={"minItems": 1}
    )

    def zone_of(self, entry: Class) -> ZoneInfo:
        """Return the time zone of a class."""
        return ZoneInfo(entry.zone or self.zone)

    def terms_of(self, entry: Class) -> tuple[DateRange, ...]:
        """Return the terms in which a weekly class meets."""
        return tuple(term for name, term in self.terms.items() if not entry.terms or name in entry.terms)

    def dates_of(self, entry: Class) -> tuple[date, ...]:
        """Return the days on which a class begins, in their order, each once."""
        if entry.dates:
            return tuple(sorted(set(entry.dates)))
        return tuple(
            day
            for day in self._weekly(entry)
            if not any(day in days for days in (*self.holidays, *entry.except_))
        )

    def _weekly(self, entry: Class) -> list[date]:
        return sorted(
            {day for term in self.terms_of(entry) for day in term.days() if day.weekday() in entry.days}
        )

    def mistakes(self) -> Iterator[tuple[Steps, str]]:
        """Yield what the schema cannot say: the steps to a value, and what is wrong with it."""
        if not self.classes:
            yield ("classes",), "is empty: name at least one class"
        for number, entry in enumerate(self.classes):
            for key, problem in (*entry.mistakes(), *self._mistakes_of(entry)):
                yield ("classes", number, *key), problem
        yield from self._doubled()

    def _mistakes_of(self, entry: Class) -> Iterator[tuple[Steps, str]]:
        for number, name in enumerate(entry.terms):
            if name not in self.terms:
                near = difflib.get_close_matches(name, self.terms, n=1)
                hint = f"did you mean {near[0]}?" if near else f"terms has {', '.join(self.terms) or 'none'}"
                yield ("terms", number), f"= {name!r}: there is no such term; {hint}"
        if entry.days and not entry.dates:
            yield from self._weekly_mistakes(entry)

    def _weekly_mistakes(self, entry: Class) -> Iterator[tuple[Steps, str]]:
        if not self.terms:
            yield ("days",), "need a term: write terms with the first and the last day of each"
            return
        if any(name not in self.terms for name in entry.terms):
            return
        weekly = self._weekly(entry)
        for number, days in enumerate(entry.except_):
            if not any(day in days for day in weekly):
                yield ("except", number), f"leaves nothing out: the class does not meet {_between(days)}"
        if not self.dates_of(entry):
            yield (
                ("days",),
                "the class never meets: no such day of its terms is left beside holidays and except",
            )

    def _doubled(self) -> Iterator[tuple[Steps, str]]:
        """Yield classes of the same name that meet at the same time: most likely one class that was entered twice."""
        seen: dict[str, list[int]] = {}
        for number, entry in enumerate(self.classes):
            if any(self._meet(self.classes[other], entry) for other in seen.get(entry.name, ())):
                yield (
                    ("classes", number),
                    f"{entry.name!r} meets at the same time as an earlier class of that name: give them different names, "
                    "or remove one",
                )
            seen.setdefault(entry.name, []).append(number)

    def _meet(self, one: Class, other: Class) -> bool:
        if self.zone_of(one) != self.zone_of(other):
            return False
        theirs = set(self.dates_of(other))
        return (
            one.start < other.end
            and other.start < one.end
            and any(day in theirs for day in self.dates_of(one))
        )


def schema_text() -> str:
    """Return the JSON schema of a timetable, as ``timetable.schema.json`` holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Timetable.model_json_schema(by_alias=True),
        "title": "Timetable of the classes",
    }
    return f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n"


def _doubled_items(key: str, values: tuple[Any, ...]) -> Iterator[tuple[Steps, str]]:
    for number, value in enumerate(values):
        if value in values[:number]:
            name = DAYS[value] if isinstance(value, int) else value
            yield (key, number), f"= {name}: is there twice"


def _between(days: DateRange) -> str:
    return f"on {days.first}" if days.first == days.last else f"from {days.first} to {days.last}"


def instant(day: date, clock: Clock, zone: ZoneInfo, *, latest: bool = False) -> datetime:
    """Return the moment of a wall clock's time.

    A time that exists twice, when clocks are set back, is the first one, or the second with ``latest``: so a class spans
    both. A time that is skipped, when they are set forward, counts as if they were not yet: 2:30 is 3:30 then. See
    https://docs.python.org/3/library/zoneinfo.html and RFC 5545, section 3.3.5.
    """
    extra, minutes = divmod(clock.minutes, DAY_MINUTES)
    local = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone) + timedelta(
        days=extra
    )
    if latest and local.replace(fold=1).utcoffset() < local.utcoffset():  # type: ignore[operator]
        local = local.replace(fold=1)
    return local.astimezone(UTC)
