"""Timetables for tests, and an independent count of what they need at a moment.

A class that does not say otherwise meets from 9:00 to 10:30 with 100 users, in a term from October to February in Berlin.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from stacks.timetable.model import Timetable
from stacks.timetable.windows import Occurrence, Window

TERMS = {"winter": {"first": "2026-10-12", "last": "2027-02-05"}}
USUAL = {"start": "09:00", "end": "10:30", "users": 100}


def timetable(*classes: dict[str, Any], **given: Any) -> Timetable:
    """Return a timetable of these classes, with a quarter of an hour ahead where ``given`` says nothing else."""
    document = {"zone": "Europe/Berlin", "lead_minutes": 15, "terms": TERMS, **given}
    return Timetable.model_validate({**document, "classes": [{**USUAL, **each} for each in classes]})


def needed_at(moment: datetime, found: Iterable[Occurrence]) -> int:
    """Return how many users the classes that are under way bring together."""
    return sum(each.users for each in found if each.start <= moment < each.end)


def up_at(moment: datetime, found: Iterable[Window]) -> int:
    """Return for how many users places are up."""
    return sum(window.users for window in found if window.start <= moment < window.end)


def minutes(start: datetime, end: datetime, step: int = 5) -> Iterable[datetime]:
    """Yield moments from ``start`` until ``end``, every ``step`` minutes."""
    while start < end:
        yield start
        start += timedelta(minutes=step)
