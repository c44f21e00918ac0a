"""Weekly classes are found again, whatever noise, holidays, gaps and clocks do; single events are not taken for one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from hubctl.timetable.recurring import FoundClasses, WeeklyClass, comes_on, percentile_of, weekly_classes
from tests.support.weekly_arrivals import FIRST, MadeClass, attendance_of, made_arrivals

MONDAY = MadeClass(weekday=0, start=540, end=630, users=100)
CLASSES = (
    MONDAY,
    MadeClass(weekday=0, start=630, end=720, users=40),
    MadeClass(weekday=1, start=495, end=585, users=60),
    MadeClass(weekday=3, start=840, end=900, users=25),
    MadeClass(weekday=4, start=1080, end=1200, users=200),
)


def found(
    classes: Sequence[MadeClass], *, smallest: int = 8, percentile: float = 90, **more: Any
) -> FoundClasses:
    return weekly_classes(
        attendance_of(made_arrivals(classes, **more)),
        smallest=smallest,
        percentile=percentile,
        lead_minutes=15,
    )


def is_like(each: WeeklyClass, made: MadeClass, nearly: float = 8) -> bool:
    return (
        made.weekday in each.weekdays
        and abs(each.start - made.start) <= 10
        and abs(each.end - made.end) <= 15
        and abs(each.users - made.users) <= max(nearly, 0.15 * made.users)
    )


def same(classes: Sequence[WeeklyClass], made: Sequence[MadeClass], nearly: float = 8) -> bool:
    return sum(len(each.weekdays) for each in classes) == len(made) and all(
        any(is_like(each, one, nearly) for each in classes) for one in made
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("others", "nearly"), [(0, 6), (30, 8), (150, 16)]
)  # by chance, more come in some weeks
def test_classes_are_found_again(seed: int, others: int, nearly: float) -> None:
    result = found(CLASSES, seed=seed, others=others)
    assert same(result.classes, CLASSES, nearly), result.classes
    assert result.over == ()


@pytest.mark.parametrize("seed", range(4))
def test_holidays_a_missing_week_and_clocks_do_not_matter(seed: int) -> None:
    quiet = [FIRST + timedelta(days=number) for number in (7, 8, 28, 32)]
    result = found(CLASSES, seed=seed, weeks=10, missing=[5], quiet=quiet)
    assert same(result.classes, CLASSES), result.classes
    (monday,) = [each for each in result.classes if is_like(each, MONDAY)]
    assert (len(monday.came), monday.weeks) == (7, 7)  # of ten, without the gap and two holidays


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("others", [20, 300])
def test_without_classes_there_are_none(seed: int, others: int) -> None:
    assert found((), seed=seed, others=others).classes == ()


@pytest.mark.parametrize("seed", range(3))
def test_students_who_come_late_and_classes_at_odd_times(seed: int) -> None:
    made = [
        MadeClass(weekday=2, start=560, end=650, users=80, minutes=9),
        MadeClass(weekday=5, start=735, end=800, users=35, minutes=2),
    ]
    assert same(found(made, seed=seed).classes, made)


def test_single_events_are_left_out_and_named() -> None:
    once = MadeClass(weekday=2, start=600, end=660, users=80, comes=lambda week: week in (1, 4))
    result = found([MONDAY, once])
    assert same(result.classes, [MONDAY])
    large = [burst for burst in result.left if burst.users > 40]
    assert [burst.day for burst in large] == [date(2026, 9, 16), date(2026, 10, 7)]
    assert [burst.users for burst in large] == pytest.approx([77, 77], abs=10)


def test_a_class_that_ended_is_over_and_one_that_began_late_is_not() -> None:
    ended = MadeClass(weekday=1, start=600, end=660, users=50, comes=lambda week: week < 6)
    late = MadeClass(weekday=2, start=600, end=660, users=50, comes=lambda week: week > 6)
    result = found([MONDAY, ended, late])
    assert same(result.classes, [MONDAY, late])
    assert same(result.over, [ended])


def test_a_class_of_every_second_week_stays_one() -> None:
    odd = MadeClass(weekday=2, start=600, end=660, users=50, comes=lambda week: week % 2 == 1)
    result = found([MONDAY, odd])
    (every_second,) = [each for each in result.classes if each.every == 2]
    assert is_like(every_second, odd)
    wednesdays = [FIRST + timedelta(days=7 * week + 2) for week in range(10, 14)]
    assert [comes_on(every_second, day) for day in wednesdays] == [False, True, False, True]
    assert not comes_on(every_second, wednesdays[1] + timedelta(days=1))


def test_alike_classes_of_several_days_are_one_entry() -> None:
    made = [MadeClass(weekday=day, start=540, end=630, users=100) for day in (0, 2, 4)]
    (each,) = found(made).classes
    assert each.weekdays == (0, 2, 4)
    assert len(each.came) == each.weeks == 30


def test_others_are_counted_once_where_classes_overlap() -> None:
    made = [
        MadeClass(weekday=0, start=600, end=720, users=100),
        MadeClass(weekday=0, start=660, end=780, users=50),
        MadeClass(weekday=0, start=900, end=960, users=40),
    ]
    spares = [each.spare > 0 for each in found(made, others=100).classes]
    assert spares == [True, False, True]


def test_the_start_leaves_early_users_no_gap() -> None:
    early = MadeClass(weekday=2, start=545, end=640, users=80, minutes=12)
    (each,) = found([early]).classes
    assert each.start <= 540


@pytest.mark.parametrize(("percentile", "low", "high"), [(0, 45, 62), (50, 62, 88), (100, 85, 105)])
def test_users_are_the_percentile_that_was_asked_for(percentile: float, low: int, high: int) -> None:
    made = MadeClass(weekday=0, start=540, end=630, users=100, attendance=(0.5, 1.0))
    (each,) = found([made], percentile=percentile, weeks=16).classes
    assert low <= each.users <= high
    came = sorted(burst.users for burst in each.came)
    assert came[0] <= each.users <= came[-1]
    if percentile in (0, 100):
        assert each.users == came[0 if percentile == 0 else -1]


def test_percentiles_lie_between_numbers() -> None:
    numbers = [30, 10, 20]
    assert [percentile_of(numbers, each) for each in (0, 25, 50, 75, 100)] == [10, 15, 20, 25, 30]
    assert percentile_of([7], 90) == 7
