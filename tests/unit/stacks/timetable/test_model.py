"""What a timetable accepts, in which days its classes meet, and the schema for editors."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from stacks.timetable.model import Timetable, instant, schema_text
from stacks.timetable.values import Clock
from tests.support.timetables import timetable

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_schema_for_editors_is_that_of_the_model(golden: Callable[[str, str], None]) -> None:
    golden("stacks/timetable/timetable.schema.json", schema_text())


def test_a_weekly_class_meets_on_its_days_of_its_terms() -> None:
    found = timetable(
        {"name": "A", "days": ["tue", "Friday"], "terms": ["winter"], "except": ["2026-10-16"]},
        holidays=[{"first": "2026-10-20", "last": "2026-10-22"}],
    )
    days = found.dates_of(found.classes[0])
    assert days[:3] == (date(2026, 10, 13), date(2026, 10, 23), date(2026, 10, 27))
    assert days[-1] == date(2027, 2, 5)


def test_dates_are_kept_in_holidays_and_counted_once() -> None:
    found = timetable({"name": "Exam", "dates": ["2028-02-29", "2026-12-25"]}, holidays=["2026-12-25"])
    assert found.dates_of(found.classes[0]) == (date(2026, 12, 25), date(2028, 2, 29))


def test_without_terms_of_its_own_a_class_meets_in_all() -> None:
    found = timetable(
        {"name": "A", "days": ["monday"]},
        terms={
            "winter": {"first": "2026-12-07", "last": "2026-12-08"},
            "summer": {"first": "2026-12-08", "last": "2026-12-14"},
        },
    )
    assert found.dates_of(found.classes[0]) == (date(2026, 12, 7), date(2026, 12, 14))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"start": "14:00", "end": "13:30"},
            'is not after the start at 14:00; a class over midnight ends at "37:30"',
        ),
        ({"start": "24:00", "end": "26:00"}, "begins before 24:00"),
        ({"start": "09:00", "end": "33:30"}, "more than 24 hours"),
        ({"dates": ["2026-12-01"]}, "stands beside days"),
        ({"days": []}, "lacks days or dates"),
        ({"terms": ["wintr"]}, "there is no such term; did you mean winter?"),
        ({"days": ["monday", "mon"]}, "= monday: is there twice"),
        ({"except": ["2026-11-03"]}, "leaves nothing out: the class does not meet on 2026-11-03"),
        ({"except": [{"first": "2026-10-01", "last": "2027-03-01"}]}, "the class never meets"),
        ({"days": [], "dates": ["2026-12-01", "2026-12-01"]}, "= 2026-12-01: is there twice"),
        ({"days": [], "dates": ["2026-12-01"], "except": ["2026-12-01"]}, "goes with days, not with dates"),
    ],
)
def test_what_the_schema_cannot_say_is_said(entry: dict[str, object], said: str) -> None:
    found = timetable({"name": "A", "days": ["monday"], **entry})
    assert [problem for _, problem in found.mistakes() if said in problem], list(found.mistakes())


def test_weekly_classes_need_a_term() -> None:
    found = timetable({"name": "A", "days": ["monday"]}, terms={})
    assert [(steps, "term" in problem) for steps, problem in found.mistakes()] == [
        (("classes", 0, "days"), True)
    ]


def test_the_same_class_twice_is_a_mistake_but_not_at_another_time_or_day() -> None:
    one = {"name": "A", "days": ["monday"], "start": "09:00", "end": "11:00"}
    assert [steps for steps, _ in timetable(one, {**one, "start": "10:59", "end": "12:00"}).mistakes()] == [
        ("classes", 1)
    ]
    for other in ({"start": "11:00", "end": "12:00"}, {"days": ["tuesday"]}, {"name": "B"}):
        assert list(timetable(one, {**one, **other}).mistakes()) == []


def test_an_empty_timetable_is_a_mistake() -> None:
    assert [steps for steps, _ in Timetable(zone="UTC", classes=()).mistakes()] == [("classes",)]


@pytest.mark.parametrize(
    ("day", "clock", "latest", "expected"),
    [
        (date(2026, 10, 12), "09:00", False, "2026-10-12T07:00"),
        (date(2026, 10, 12), "26:00", False, "2026-10-13T00:00"),
        # Set back from 3:00 to 2:00: 2:30 exists twice
        (date(2026, 10, 25), "02:30", False, "2026-10-25T00:30"),
        (date(2026, 10, 25), "02:30", True, "2026-10-25T01:30"),
        (date(2026, 10, 24), "26:30", True, "2026-10-25T01:30"),
        # Set forward from 2:00 to 3:00: 2:30 does not exist
        (date(2027, 3, 28), "02:30", False, "2027-03-28T01:30"),
        (date(2027, 3, 28), "02:30", True, "2027-03-28T01:30"),
        (date(2028, 2, 28), "24:00", False, "2028-02-28T23:00"),
        (date(2028, 2, 28), "47:59", False, "2028-02-29T22:59"),
        (date(2026, 12, 31), "25:00", False, "2027-01-01T00:00"),
    ],
)
def test_moments_of_wall_clocks(day: date, clock: str, latest: bool, expected: str) -> None:
    moment = instant(day, Clock.parsed(clock), BERLIN, latest=latest)
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert moment.tzinfo is UTC
