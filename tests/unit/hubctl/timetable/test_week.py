from datetime import UTC, date, datetime, timedelta

import pytest

from hubctl.core.errors import BadInputError
from hubctl.timetable.week import chosen_day, week_of
from tests.support.timetables import timetable

TODAY = date(2026, 12, 3)


@pytest.mark.parametrize(
    ("week", "day", "first"),
    [
        (None, None, date(2026, 11, 30)),
        ("2026-W49", None, date(2026, 11, 30)),
        ("2026w53", None, date(2026, 12, 28)),
        (None, "2026-12-02", date(2026, 12, 2)),
    ],
)
def test_which_week(week: str | None, day: str | None, first: date) -> None:
    assert chosen_day(week, day, TODAY) == first


@pytest.mark.parametrize(
    ("week", "day", "named"),
    [
        ("2026-W49", "2026-12-02", "both --week and --from"),
        ("2026-W54", None, "--week '2026-W54'"),
        ("49", None, "--week '49'"),
        ("2025-W53", None, "--week '2025-W53'"),
        (None, "2026-02-30", "--from '2026-02-30'"),
        (None, "tomorrow", "--from 'tomorrow'"),
    ],
)
def test_what_is_no_week(week: str | None, day: str | None, named: str) -> None:
    with pytest.raises(BadInputError, match=named):
        chosen_day(week, day, TODAY)


def test_what_takes_place_in_a_week() -> None:
    shown = week_of(
        timetable(
            {"name": "a", "days": ["mon"]},
            {"name": "late", "days": ["sun"], "start": "23:00", "end": "26:00"},
        ),
        date(2026, 11, 30),
    )
    assert [each.name for each in shown.classes] == [
        "late",
        "a",
        "late",
    ]  # the first began on the Sunday before
    assert (shown.name, shown.hours) == ("2026-W49", 168)
    assert shown.users_at(datetime(2026, 11, 30, 8, 30, tzinfo=UTC)) == 100
    window = shown.window_at(datetime(2026, 11, 30, 7, 45, tzinfo=UTC))
    assert window is not None
    assert window.names == ("a",)
    assert shown.window_at(datetime(2026, 11, 30, 7, 44, tzinfo=UTC)) is None


@pytest.mark.parametrize(("first", "hours"), [(date(2026, 10, 19), 169), (date(2027, 3, 22), 167)])
def test_a_week_in_which_clocks_change(first: date, hours: float) -> None:
    assert week_of(timetable({"name": "a", "days": ["mon"]}), first).hours == hours


def test_holidays_have_names() -> None:
    shown = week_of(
        timetable(
            {"name": "a", "days": ["mon", "wed"]},
            holidays=["2026-12-01", {"first": "2026-12-02", "last": "2026-12-04", "name": "Conference"}],
        ),
        date(2026, 11, 30),
    )
    assert [shown.holiday(day) for day in shown.days] == [None, "holiday", *["Conference"] * 3, None, None]
    assert [each.start.date() for each in shown.classes] == [date(2026, 11, 30)]


def test_a_week_that_begins_on_another_day() -> None:
    shown = week_of(timetable({"name": "a", "days": ["mon"]}), date(2026, 12, 2))
    assert shown.name == "from 2026-12-02"
    assert shown.days[-1] == date(2026, 12, 2) + timedelta(days=6)
