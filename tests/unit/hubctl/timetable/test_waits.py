"""What a timetable spares users in the weeks that were set aside, by the simulator."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hubctl.simulate.model import StackModel
from hubctl.simulate.stack_reading import model_of
from hubctl.timetable.attendance import Attendance
from hubctl.timetable.backtest import Backtest, backtest
from hubctl.timetable.waits import arrivals_of, compared_waits, instance_steps, sentences
from tests.support.weekly_arrivals import MadeClass, attendance_of, made_arrivals

CLASSES = (
    MadeClass(weekday=0, start=540, end=630, users=60, attendance=(1, 1)),
    MadeClass(weekday=0, start=600, end=700, users=30, attendance=(1, 1)),
)
DAY = 86_400


@pytest.fixture(scope="module")
def weeks() -> tuple[Attendance, Backtest]:
    """Six weeks of two classes, and the comparison of the last with those before."""
    attendance = attendance_of(made_arrivals(CLASSES, weeks=6, others=0))
    return attendance, backtest(attendance, weeks=1, smallest=8, percentile=90, lead_minutes=15)


@pytest.fixture
def lab(synth: Callable[..., Any]) -> StackModel:
    """The Lab with nine places on an instance, from 1 to 20 instances."""
    model = model_of(synth("aws-lab", warm_pool="off"), "aws-lab", {"spare_places": 0})
    return replace(model, places=9, group=replace(model.group, min_size=1, max_size=20))


def test_the_smallest_size_follows_the_classes(weeks: tuple[Attendance, Backtest], lab: StackModel) -> None:
    _, test = weeks
    assert [each.planned for each in test.checked] == pytest.approx([60, 30], abs=3)
    (one, other) = (-(-each.planned // 9) for each in test.checked)
    both = -(-sum(each.planned for each in test.checked) // 9)
    day = (test.checked[0].day - test.first).days * DAY
    assert [(time - day, size) for time, size in instance_steps(test, lab)] == [
        (525 * 60, one),
        (585 * 60, both),
        (630 * 60, other),
        (test.checked[1].expected.end * 60, 1),
    ]


def test_places_that_a_class_keeps_free_come_on_top(
    weeks: tuple[Attendance, Backtest], lab: StackModel
) -> None:
    test = weeks[1]
    wanting = replace(
        test,
        checked=tuple(
            replace(each, expected=replace(each.expected, spare=each.expected.spare + 18))
            for each in test.checked
        ),
    )
    without, kept = instance_steps(test, lab), instance_steps(wanting, lab)
    more = [size - fewer for (_, size), (_, fewer) in zip(kept, without, strict=True)]
    assert more == [2, 4, 2, 0]  # two instances for each class that meets


def test_only_users_of_the_weeks_that_check_come(weeks: tuple[Attendance, Backtest]) -> None:
    attendance, test = weeks
    arrivals = arrivals_of(attendance, test.first)
    assert len(arrivals) == 90
    assert all(0 <= arrival.time < 7 * DAY for arrival in arrivals)
    assert sorted(arrivals) == arrivals


def test_users_wait_less_with_the_timetable(weeks: tuple[Attendance, Backtest], lab: StackModel) -> None:
    attendance, test = weeks
    compared = compared_waits(lab, attendance, test)
    without, planned = (each.outcome for each in compared.results)
    assert (planned.wait(95) or 0) < (without.wait(95) or 0) / 2
    assert planned.refused == 0
    assert compared.avoided_refusals == without.refused
    assert compared.avoided_hours > 0
    assert len(sentences(compared)) == 1


def test_a_group_that_is_too_small_is_said(weeks: tuple[Attendance, Backtest], lab: StackModel) -> None:
    small = replace(lab, group=replace(lab.group, max_size=4))
    compared = compared_waits(small, *weeks)
    assert compared.with_timetable.outcome.most_instances == 4
    assert f"try --var max_size={compared.needed}" in sentences(compared)[1]
