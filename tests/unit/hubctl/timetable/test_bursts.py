"""Bursts on a day: a class among others, classes side by side, and what is none."""

import random
from array import array
from datetime import date

import pytest

from hubctl.timetable.attendance import Day
from hubctl.timetable.bursts import Burst, bursts

Sessions = list[tuple[float, float]]
DAY = date(2026, 9, 7)


def day_of(*parts: Sessions, still: list[float] | None = None) -> Day:
    day = Day(date=DAY, still=array("d", still or []))
    for number, (begin, end) in enumerate(sorted(session for part in parts for session in part)):
        day.add(begin, end, f"user-{number}")
    return day


def class_at(start: float, users: int, *, minutes: float = 90, seed: int = 1, scatter: float = 4) -> Sessions:
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    return [(dice.gauss(start, scatter), start + minutes + dice.gauss(0, 2)) for _ in range(users)]


def others(
    number: int, *, seed: int = 1, low: float = 420, high: float = 1320, mode: float = 720
) -> Sessions:
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    begins = [dice.triangular(low, high, mode) for _ in range(number)]
    return [(begin, begin + dice.uniform(10, 120)) for begin in begins]


@pytest.mark.parametrize("users", [10, 30, 100, 400])
@pytest.mark.parametrize("start", [15, 480, 545, 840, 1380])
def test_a_class_is_found_with_its_time_and_users(start: float, users: int) -> None:
    (found,) = bursts(day_of(class_at(start, users, minutes=50, seed=users)))
    assert found.start == pytest.approx(start, abs=4)
    assert found.end == pytest.approx(start + 50, abs=4)
    assert found.users == pytest.approx(users, rel=0.05)
    assert start - 12 <= found.first <= found.start


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("number", "nearly"), [(40, 8), (400, 22)]
)  # of 400, some 35 come meanwhile by chance
def test_users_at_any_time_do_not_count(seed: int, number: int, nearly: int) -> None:
    (found,) = bursts(day_of(class_at(540, 100, seed=seed), others(number, seed=seed)))
    assert found.start == pytest.approx(540, abs=5)
    assert found.users == pytest.approx(100, abs=nearly)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("number", [20, 100, 1000, 5000])
def test_users_at_any_time_are_not_a_class(seed: int, number: int) -> None:
    assert bursts(day_of(others(number, seed=seed))) == []


def test_classes_back_to_back_are_two() -> None:
    first, second = bursts(day_of(class_at(540, 100, minutes=55), class_at(600, 60, seed=2)))
    assert (round(first.start, -1), round(second.start, -1)) == (540, 600)
    assert [first.users, second.users] == pytest.approx([100, 60], abs=3)


def test_late_comers_of_a_large_class_are_no_class() -> None:
    late = class_at(575, 20, minutes=50, seed=3)
    (found,) = bursts(day_of(class_at(540, 300), late))
    assert found.users == pytest.approx(320, abs=5)


def test_a_user_who_comes_twice_counts_once() -> None:
    day = Day(date=DAY)
    for minute, user in [(540 + number / 10, f"user-{number % 20}") for number in range(40)]:
        day.add(minute, minute + 60, user)
    (found,) = bursts(day)
    assert found.users == 20


def test_others_are_sessions_that_run_already_and_are_of_no_class() -> None:
    long = [(float(480 - number * 20), 700.0) for number in range(7)]
    day = day_of(long, class_at(540, 40, minutes=70), class_at(600, 40, seed=2), still=[30.0, 580.0, 900.0])
    first, second = bursts(day)
    assert (first.others, second.others) == (9, 8)


def test_small_ones_only_when_they_are_asked_for() -> None:
    day = day_of(class_at(540, 6))
    assert bursts(day) == []
    assert [burst.users for burst in bursts(day, smallest=5)] == [6]


def test_a_day_without_users_has_none() -> None:
    found: list[Burst] = bursts(Day(date=DAY))
    assert found == []
