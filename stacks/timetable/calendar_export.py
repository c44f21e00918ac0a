"""Reads the iCalendar export of a calendar as a timetable: repeated events become classes with dates.

Events say when, in time zones by the names of the IANA database, of Windows, or of a definition in the file; see RFC 5545.
Which properties say how many users come, ``stacks.timetable.event_texts`` knows.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.prop import vRecur
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON
from pydantic import ValidationError

from stacks.settings.text_files import shown
from stacks.timetable.event_texts import EventError, attendance, name_of, text
from stacks.timetable.model import LEAD_MINUTES, Timetable
from stacks.timetable.values import Clock, zone_names

MOST_MEETINGS = 5_000  # of one event
_BEGIN = re.compile(r"^BEGIN:VEVENT[ \t]*$", re.IGNORECASE)
_TZID = re.compile(r';TZID="?([^":;]+)', re.IGNORECASE)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_HOW_MANY = (
    "it does not say how many users come: give it the property X-EXPECTED-USERS, or the line `users: 40` in its description; "
    "`users: 0` for what is not a class"
)


@dataclass(kw_only=True)
class CalendarReading:
    """What a calendar gives: a timetable, or mistakes; and remarks about what was left out. Each begins with its line."""

    timetable: Timetable | None = None
    mistakes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """An event, and the line at which it begins."""

    event: Event
    line: int

    def about(self, problem: str) -> str:
        return f"line {self.line}: {name_of(self.event, place=False)!r}: {problem}"


@dataclass(frozen=True, kw_only=True)
class _Meeting:
    """One meeting of an event, with what makes it part of the same class as others."""

    day: date
    start: Clock
    end: Clock
    zone: str
    users: int
    spare: int
    environment: str | None


def read_calendar(text_of_file: str) -> CalendarReading:
    """Return the timetable in an iCalendar text."""
    reading = CalendarReading()
    try:
        calendars = Calendar.from_ical(text_of_file, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        reading.mistakes.append(f"line 1: it is not an iCalendar export ({error})")
        return reading
    except OSError:  # a zone such as Europe, which is a folder of zones
        reading.mistakes += _unknown_zones(text_of_file)
        return reading
    lines = [number for number, line in enumerate(text_of_file.splitlines(), start=1) if _BEGIN.match(line)]
    events = [each for calendar in calendars for each in calendar.walk("VEVENT") if isinstance(each, Event)]
    placed = [_Placed(event=event, line=line) for event, line in zip(events, lines, strict=False)]
    if not calendars or len(events) < len(lines):
        reading.mistakes.append("line 1: it is not an iCalendar export that is complete")
        return reading
    if not placed:
        reading.mistakes.append("line 1: it does not hold any events")
        return reading
    _Export(calendars[0], placed, reading).read()
    return reading


def _unknown_zones(text_of_file: str) -> Iterator[str]:
    for number, line in enumerate(text_of_file.splitlines(), start=1):
        for name in _TZID.findall(line):
            if not _known_zone(name):
                yield f"line {number}: the time zone {shown(name)} is not known"


class _Export:
    """One export on its way to a timetable."""

    def __init__(self, calendar: Calendar, placed: Sequence[_Placed], reading: CalendarReading) -> None:
        self._reading = reading
        self._series: dict[str, list[_Placed]] = defaultdict(list)
        for number, each in enumerate(placed):
            self._series[text(each.event, "UID") or f"\n{number}"].append(each)
        self._properties = {key: text(calendar, key) for key in ("X-WR-TIMEZONE", "X-LEAD-MINUTES")}
        self._zone = self._zone_of_calendar(placed)
        names = Counter(name_of(series[0].event, place=False) for series in self._series.values())
        self._doubled = {name for name, count in names.items() if count > 1}

    def read(self) -> None:
        """Put the timetable, or the mistakes, into the reading."""
        classes: list[dict[str, Any]] = []
        owners: list[_Placed] = []
        for series in self._series.values():
            try:
                found = list(self._classes(series))
            except EventError as error:
                self._reading.mistakes.append(series[0].about(str(error)))
                continue
            classes += found
            owners += [series[0]] * len(found)
        lead = self._properties["X-LEAD-MINUTES"]
        given = {
            "zone": self._zone,
            "classes": classes,
            "lead_minutes": int(lead) if lead.isdigit() else lead or LEAD_MINUTES,
        }
        if not classes:
            if not self._reading.mistakes:
                self._reading.mistakes.append("line 1: it does not hold any event with users")
            return
        self._validated(given, owners)
        if self._reading.mistakes:
            self._reading.timetable = None

    def _validated(self, given: Mapping[str, Any], owners: Sequence[_Placed]) -> None:
        mistakes = self._reading.mistakes
        try:
            self._reading.timetable = timetable = Timetable.model_validate(given)
        except ValidationError as error:
            for entry in error.errors(include_url=False):
                step, problem = entry["loc"], str(entry["msg"]).removeprefix("Value error, ")
                if step[0] == "classes" and len(step) > 1:
                    mistakes.append(owners[int(step[1])].about(f"{step[2]} = {entry['input']}: {problem}"))
                else:
                    mistakes.append(f"line 1: {step[0]} = {entry['input']!r}: {problem}")
            return
        for steps, problem in timetable.mistakes():
            inner = ".".join(map(str, steps[2:]))
            mistakes.append(owners[int(steps[1])].about(f"{inner} {problem}".strip()))

    def _zone_of_calendar(self, placed: Sequence[_Placed]) -> str:
        """Return the time zone that the calendar names, else the one that most of its events have, else UTC."""
        named = _known_zone(self._properties["X-WR-TIMEZONE"])
        if named:
            return named
        zones = Counter(filter(None, (_zone_name(_moment(each.event, "DTSTART")) for each in placed)))
        return zones.most_common(1)[0][0] if zones else "UTC"

    def _classes(self, series: Sequence[_Placed]) -> Iterator[dict[str, Any]]:
        main = next((each for each in series if each.event.get("RECURRENCE-ID") is None), series[0])
        for each in series:
            _check_readable(each.event)
        if self._is_left_out(main):
            return
        for each in series:
            _check_times(each.event, floating=bool(_known_zone(self._properties["X-WR-TIMEZONE"])))
        if attendance(main.event).users is None:
            raise EventError(_HOW_MANY)
        meetings = defaultdict(set)
        for meeting in self._meetings(main, series):
            key = (
                meeting.start,
                meeting.end,
                meeting.zone,
                meeting.users,
                meeting.spare,
                meeting.environment,
            )
            meetings[key].add(meeting.day)
        name = name_of(main.event, place=False)
        for (start, end, zone, users, spare, environment), days in meetings.items():
            yield {
                "name": name_of(main.event, place=True) if name in self._doubled else name,
                "dates": sorted(days),
                "start": start,
                "end": end,
                "zone": None if zone == self._zone else zone,
                "users": users,
                "spare": spare,
                "environment": environment,
            }

    def _is_left_out(self, main: _Placed) -> bool:
        remark = None
        all_day = not isinstance(_moment(main.event, "DTSTART"), datetime)
        if text(main.event, "STATUS").upper() == "CANCELLED":
            remark = "it is cancelled"
        elif _moment(main.event, "DTSTART") is None:
            raise EventError("it does not say when it begins")
        elif (users := attendance(main.event).users) == 0:
            remark = "it expects no users"
        elif all_day and users is None:
            remark = "it lasts all day and does not bring users"
        elif all_day:
            raise EventError("it brings users, but lasts all day: give it a start and an end")
        if remark:
            self._reading.remarks.append(main.about(f"left out, as {remark}"))
        return remark is not None

    def _meetings(self, main: _Placed, series: Sequence[_Placed]) -> Iterator[_Meeting]:
        calendar = Calendar()
        for each in series:
            calendar.add_component(each.event)
        try:
            found = list(islice(recurring_ical_events.of(calendar).all(), MOST_MEETINGS + 1))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise EventError(f"its repetition cannot be read ({error})") from error
        if len(found) > MOST_MEETINGS:
            raise EventError(f"it meets more than {MOST_MEETINGS:,} times")
        for event in found:
            if text(event, "STATUS").upper() == "CANCELLED":
                continue
            who, usual = attendance(event), attendance(main.event)
            yield self._meeting(
                event.start,
                event.end,
                users=usual.users or 1 if who.users is None else who.users,
                spare=who.spare or usual.spare,
                environment=who.environment or usual.environment,
            )

    def _meeting(
        self, start: datetime, end: datetime, *, users: int, spare: int, environment: str | None
    ) -> _Meeting:
        if not isinstance(start, datetime):
            raise EventError("one of its meetings lasts all day: give it a start and an end")
        zone = _zone_name(start) or self._zone
        start, end = _local(start, zone), _local(end, zone)
        passed = (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()
        if passed <= 0:
            raise EventError(
                f"it ends at {end:%Y-%m-%d %H:%M}, not after its start at {start:%Y-%m-%d %H:%M}"
            )
        clocks = (end.replace(tzinfo=None) - start.replace(tzinfo=None)).total_seconds()
        if clocks != passed:  # clocks are changed while it meets
            zone = "UTC"
            start, end = start.astimezone(UTC), end.astimezone(UTC)
        midnight = datetime(start.year, start.month, start.day)
        return _Meeting(
            day=start.date(),
            start=Clock(start.hour * 60 + start.minute),
            end=Clock(-int((midnight - end.replace(tzinfo=None)) // timedelta(minutes=1))),
            zone=zone,
            users=users,
            spare=spare,
            environment=environment,
        )


def _check_readable(event: Event) -> None:
    for key, error in event.errors:
        if key in ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"):
            raise EventError(f"{key} cannot be read ({error})")


def _check_times(event: Event, *, floating: bool) -> None:
    """Refuse times that lack a zone or are in the wrong order, and repetitions that do not end."""
    for key in ("DTSTART", "DTEND"):
        moment = _moment(event, key)
        if isinstance(moment, datetime) and moment.tzinfo is None:
            zone = event[key].params.get("TZID")
            if zone:
                raise EventError(f"the time zone {zone} of {key} is neither known nor defined in the file")
            if not floating:
                raise EventError(f"{key} does not have a time zone: give the calendar X-WR-TIMEZONE")
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    if isinstance(start, datetime) and end is None and event.get("DURATION") is None:
        raise EventError("it does not say when it ends: give it an end or a duration")
    if isinstance(start, datetime) and isinstance(end, datetime):
        aware = start.tzinfo is not None and end.tzinfo is not None
        if (end <= start) if aware else (end.replace(tzinfo=None) <= start.replace(tzinfo=None)):
            raise EventError(
                f"it ends at {end:%Y-%m-%d %H:%M}, not after its start at {start:%Y-%m-%d %H:%M}"
            )
    rules = event.get("RRULE")
    for rule in rules if isinstance(rules, list) else [rules] if rules is not None else []:
        _check_rule(rule)


def _check_rule(rule: vRecur) -> None:
    often = str(next(iter(rule.get("FREQ", [])), ""))
    if often not in _FREQUENCIES:
        raise EventError(
            f"it repeats {often or 'by an unknown rule'}: classes repeat by days, weeks, months or years"
        )
    if not rule.get("UNTIL") and not rule.get("COUNT"):
        raise EventError("it repeats without an end: give the series a last day")


def _moment(event: Event, key: str) -> date | None:
    value = event.get(key)
    if value is None or any(name == key for name, _ in event.errors):
        return None
    moment = getattr(value, "dt", None)
    return moment if isinstance(moment, date) else None


def _zone_name(moment: date | None) -> str | None:
    """Return the IANA name of a moment's time zone; None for UTC, which says nothing about where, and for others."""
    zone = getattr(moment, "tzinfo", None)
    name = getattr(zone, "key", None)
    return name if name in zone_names() and name not in ("UTC", "Etc/UTC") else None


def _known_zone(name: str) -> str | None:
    """Return the IANA name of a zone that is named so or as Windows does."""
    found = WINDOWS_TO_OLSON.get(name, name)
    return found if found in zone_names() else None


def _local(moment: datetime, zone: str) -> datetime:
    return (
        moment.replace(tzinfo=ZoneInfo(zone)) if moment.tzinfo is None else moment.astimezone(ZoneInfo(zone))
    )
