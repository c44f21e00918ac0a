"""What a timetable from earlier weeks would have been worth in the last ones."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from hubctl.timetable.backtest import Backtest, backtest, held_out
from tests.support.weekly_arrivals import FIRST, MadeClass, attendance_of, made_arrivals

MONDAY = MadeClass(weekday=0, start=540, end=630, users=100, attendance=(1, 1))


def checked(classes: Sequence[MadeClass], **more: Any) -> Backtest:
    attendance = attendance_of(made_arrivals(classes, **more))
    return backtest(attendance, weeks=2, smallest=8, percentile=90, lead_minutes=15)


def test_a_class_that_goes_on_is_ready_for_nearly_all() -> None:
    test = checked([MONDAY])
    assert (test.trained, test.weeks) == (8, 2)
    assert (test.first, test.last) == (date(2026, 11, 2), date(2026, 11, 15))
    assert [(each.day, each.few) for each in test.checked] == [
        (date(2026, 11, 2), False),
        (date(2026, 11, 9), False),
    ]
    assert test.unexpected == []
    assert test.users == pytest.approx(200, abs=10)
    assert test.ready >= 0.95 * test.users
    assert test.lacking == test.users - test.ready


def test_the_checked_weeks_are_not_known_when_it_is_made() -> None:
    doubled = MadeClass(
        weekday=0, start=540, end=630, users=200, attendance=(1, 1), comes=lambda week: week >= 8
    )
    single = MadeClass(
        weekday=0, start=540, end=630, users=100, attendance=(1, 1), comes=lambda week: week < 8
    )
    new = MadeClass(weekday=3, start=600, end=700, users=50, comes=lambda week: week >= 8)
    test = checked([single, doubled, new])
    assert [each.planned for each in test.checked] == [pytest.approx(100, abs=6)] * 2
    assert test.lacking == pytest.approx(200, abs=20)
    assert [burst.day.weekday() for burst in test.unexpected] == [3, 3]
    assert test.unused_hours == 0


def test_a_holiday_costs_what_stood_ready() -> None:
    holiday = FIRST + timedelta(weeks=9)
    test = checked([MONDAY], quiet=[holiday])
    (few,) = test.few
    assert (few.day, few.came) == (holiday, 0)
    assert test.unused_hours == pytest.approx(100 * 105 / 60, rel=0.08)


def test_a_class_at_another_time_is_both_missing_and_unexpected() -> None:
    before = MadeClass(weekday=0, start=540, end=630, users=100, comes=lambda week: week < 8)
    moved = MadeClass(weekday=0, start=720, end=810, users=100, comes=lambda week: week >= 8)
    test = checked([before, moved], others=10)
    assert len(test.few) == len(test.unexpected) == 2
    assert test.ready < 10


def test_nothing_expected_is_nothing_ready() -> None:
    new = MadeClass(weekday=0, start=540, end=630, users=100, comes=lambda week: week >= 8)
    test = checked([new])
    assert (test.checked, test.ready, len(test.unexpected)) == ([], 0, 2)


def test_a_quarter_is_held_out() -> None:
    assert [held_out(weeks) for weeks in (3, 4, 7, 8, 16)] == [1, 1, 1, 2, 4]
