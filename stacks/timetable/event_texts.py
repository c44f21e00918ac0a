"""What an event of a calendar says beside its times: its name, the users that it brings, spare places, environment.

Calendars do not have a field for expected users. They are looked for, in this order: in the property ``X-EXPECTED-USERS``;
as ``users: 40`` in the texts of the event (also students, participants, attendees, size); in its list of attendees.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from icalendar import Component, Event

from stacks.settings.text_files import shown

TEXTS = ("DESCRIPTION", "COMMENT", "SUMMARY")
LONGEST_NAME = 80
_WORDS = "expected[ _-]users|users|students|participants|attendees|size"
_VALUE = r"[ \t]*[:=][ \t]*([^\s<>,;]+)"
_USERS = re.compile(rf"(?<![\w-])(?:{_WORDS}){_VALUE}", re.IGNORECASE)
_SPARE = re.compile(rf"(?<![\w-])spare(?:[ _-]places)?{_VALUE}", re.IGNORECASE)
_ENVIRONMENT = re.compile(rf"(?<![\w-])environment{_VALUE}", re.IGNORECASE)
# https://www.rfc-editor.org/rfc/rfc5545#section-3.2.3 and below it
_PEOPLE = ("INDIVIDUAL", "GROUP")
_ABSENT = {"PARTSTAT": "DECLINED", "ROLE": "NON-PARTICIPANT"}


class EventError(ValueError):
    """An event cannot be used. The message is a clause about it."""


@dataclass(frozen=True, kw_only=True)
class Attendance:
    """Who comes to an event. ``users`` is None where it does not say."""

    users: int | None
    spare: int
    environment: str | None


def texts(event: Component, key: str) -> Iterator[str]:
    """Yield the values of a property, which may stand in an event more than once."""
    value = event.get(key)
    for each in value if isinstance(value, list) else [value]:
        if each is not None:
            yield str(each)


def text(event: Component, key: str) -> str:
    """Return a property's first value on one line; empty when it is not there."""
    return " ".join(next(texts(event, key), "").split())


def name_of(event: Event, *, place: bool) -> str:
    """Return what people call an event, with its place behind it when asked for; at most as long as a name may be."""
    name = text(event, "SUMMARY") or "without a name"
    location = f" ({text(event, 'LOCATION')})" if place and text(event, "LOCATION") else ""
    return f"{name[: LONGEST_NAME - min(len(location), 40)].strip()}{location[:40]}".strip()


def attendance(event: Event) -> Attendance:
    """Return who comes. Raises EventError where it says so, but not in a number, or in two."""
    users = _number(event, "X-EXPECTED-USERS", _USERS)
    spare = _number(event, "X-SPARE-PLACES", _SPARE)
    found = list(_found(event, "X-ENVIRONMENT", _ENVIRONMENT))
    return Attendance(
        users=_people(event) if users is None else users,
        spare=spare or 0,
        environment=found[0] if found else None,
    )


def _found(event: Event, key: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the property's values; of an event without it, what the pattern finds in its texts."""
    given = [each.strip() for each in texts(event, key)]
    if given:
        yield from given
        return
    for where in TEXTS:
        for each in texts(event, where):
            yield from pattern.findall(each)


def _number(event: Event, key: str, pattern: re.Pattern[str]) -> int | None:
    numbers = []
    for found in _found(event, key, pattern):
        given = found.rstrip(".)")
        if not (given.isascii() and given.isdigit() and len(given) <= 9):
            raise EventError(
                f"{shown(found)} is not a whole number of {'users' if pattern is _USERS else 'places'}"
            )
        numbers.append(int(given))
    if len(set(numbers)) > 1:
        raise EventError(f"it gives several numbers: {', '.join(map(str, numbers))}")
    return numbers[0] if numbers else None


def _people(event: Event) -> int | None:
    """Return how many people are invited; None when nobody is, or a group whose size is not known."""
    value = event.get("ATTENDEE")
    count = 0
    for attendee in value if isinstance(value, list) else [value]:
        if attendee is None:
            continue
        given: Mapping[str, object] = getattr(attendee, "params", {})
        kind = str(given.get("CUTYPE", _PEOPLE[0])).upper()
        if kind not in _PEOPLE or any(str(given.get(key)).upper() == word for key, word in _ABSENT.items()):
            continue
        if kind == "GROUP":
            return None
        count += 1
    return count or None
