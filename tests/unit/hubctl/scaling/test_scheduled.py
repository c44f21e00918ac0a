"""Scheduled actions: when they fall due, what they change, and which of them AWS refuses."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.scaling.group import ScaledGroup, ScaledGroupSettings
from hubctl.scaling.scheduled import MOST_ACTIONS, ScheduledAction, apply_action, conflicting, due_actions

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(*parts: int) -> float:
    return datetime(*parts, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type]


def weekly(**changes: object) -> ScheduledAction:
    values: dict[str, object] = {
        "name": "class",
        "recurrence": "45 8 * * 1",
        "time_zone": "Europe/Berlin",
        "min_size": 3,
        **changes,
    }
    return ScheduledAction(**values)  # type: ignore[arg-type]


def group(desired: int = 2, smallest: int = 1, largest: int = 8) -> ScaledGroup:
    return ScaledGroup(ScaledGroupSettings(name="g", min_size=smallest, max_size=largest), desired=desired)


def test_a_recurrence_keeps_its_wall_clock_time_over_the_change_to_summer_time() -> None:
    due = due_actions([weekly()], berlin(2026, 3, 20), berlin(2026, 4, 8))
    assert [time for time, _ in due] == [
        berlin(2026, 3, 23, 8, 45),
        berlin(2026, 3, 30, 8, 45),
        berlin(2026, 4, 6, 8, 45),
    ]
    assert due[1][0] - due[0][0] == timedelta(days=7).total_seconds() - 3600


def test_a_start_time_acts_by_itself_and_nothing_happens_before_it() -> None:
    start = berlin(2026, 3, 25, 12, 0)
    due = due_actions([weekly(start=start)], berlin(2026, 3, 20), berlin(2026, 4, 1))
    assert [time for time, _ in due] == [start, berlin(2026, 3, 30, 8, 45)]


def test_after_its_end_time_an_action_is_expired() -> None:
    action = weekly(end=berlin(2026, 3, 30, 8, 46))
    assert action.next_time(berlin(2026, 3, 29)) == berlin(2026, 3, 30, 8, 45)
    assert not action.expired(berlin(2026, 3, 29))
    assert action.expired(berlin(2026, 3, 30, 8, 45))


def test_a_recurrence_at_the_very_end_time_is_not_performed() -> None:
    action = weekly(end=berlin(2026, 3, 30, 8, 45))
    assert action.next_time(berlin(2026, 3, 22)) == berlin(2026, 3, 23, 8, 45)
    assert action.expired(berlin(2026, 3, 29))


def test_an_action_for_one_time_acts_once() -> None:
    action = ScheduledAction(name="exam", start=100.0, min_size=4)
    assert [time for time, _ in due_actions([action], 0, 1000)] == [100.0]
    assert action.expired(100.0)


def test_a_larger_minimum_raises_the_desired_capacity_and_a_smaller_one_leaves_it() -> None:
    made = group()
    apply_action(made, weekly(min_size=5))
    assert (made.spec.min_size, made.desired) == (5, 5)
    apply_action(made, weekly(min_size=1))
    assert (made.spec.min_size, made.desired) == (1, 5)


def test_a_smaller_maximum_lowers_the_desired_capacity() -> None:
    made = group(desired=6)
    said = apply_action(made, weekly(min_size=None, max_size=4))
    assert (made.spec.max_size, made.desired) == (4, 4)
    assert "from 6 to 4" in said


@pytest.mark.parametrize(
    ("sizes", "word"),
    [
        ({"min_size": 9}, "Min size 9 must be less than or equal to max size 8"),
        ({"min_size": None, "max_size": 0}, "Min size 1 must be less than or equal to max size 0"),
        ({"min_size": None, "desired": 9}, "Desired capacity 9 must be less than or equal to max size 8"),
    ],
)
def test_sizes_that_contradict_the_group_s_change_nothing(sizes: dict[str, int | None], word: str) -> None:
    made = group()
    with pytest.raises(ValueError, match=word):
        apply_action(made, weekly(**sizes))
    assert (made.spec.min_size, made.spec.max_size, made.desired) == (1, 8, 2)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"recurrence": None}, "start time"),
        ({"min_size": None}, "At least one of max size, min size"),
        ({"start": 10.0, "end": 10.0}, "end time must be after start time"),
        ({"min_size": 5, "max_size": 4}, "less than or equal to max size"),
        ({"min_size": 2, "desired": 1}, "less than or equal to desired capacity"),
        ({"min_size": None, "desired": 5, "max_size": 4}, "less than or equal to max size"),
        ({"min_size": -1}, "Min size must be non-negative"),
        ({"max_size": -1}, "Max size must be non-negative"),
        ({"recurrence": "0 0 8 * * 1"}, "0 0 8 . . 1 is invalid"),
        ({"recurrence": "61 8 * * 1"}, "is invalid"),
        ({"recurrence": "0 9 ? * 1"}, "is invalid"),
        ({"recurrence": "cron(0 9 * * 1)"}, "is invalid"),
        ({"recurrence": "@daily"}, "is invalid"),
        ({"recurrence": "0 9 L * *"}, "is invalid"),
        ({"time_zone": "Europe/Nowhere"}, "IANA"),
        ({"time_zone": "UTC+1"}, "IANA"),
        ({"time_zone": "CET"}, "IANA"),
    ],
)
def test_what_aws_refuses_is_refused(values: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        weekly(**values)


def test_actions_of_one_group_must_not_start_together_and_there_is_a_limit() -> None:
    first, second = (ScheduledAction(name=name, start=100.0, min_size=1) for name in ("a", "b"))
    assert "a and b" in str(conflicting([first, second]))
    many = [ScheduledAction(name=f"n{i}", start=float(i + 1), min_size=1) for i in range(MOST_ACTIONS)]
    assert conflicting(many) is None
    assert str(MOST_ACTIONS) in str(conflicting([*many, weekly()]))


@given(
    minute=st.integers(0, 59),
    hour=st.integers(4, 23),
    weekday=st.integers(1, 5),
    start=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
)
def test_each_week_has_one_time_and_it_is_the_wall_clock_s(
    minute: int, hour: int, weekday: int, start: datetime
) -> None:
    action = weekly(recurrence=f"{minute} {hour} * * {weekday}")
    due = due_actions([action], start.timestamp(), (start + timedelta(days=28)).timestamp())
    local = [datetime.fromtimestamp(time, BERLIN) for time, _ in due]
    assert len(local) in (3, 4, 5)
    assert {(one.hour, one.minute, one.isoweekday()) for one in local} == {(hour, minute, weekday)}
    assert all((b.date() - a.date()).days == 7 for a, b in itertools.pairwise(local))


def test_the_last_time_at_which_an_action_acted() -> None:
    first, last = berlin(2026, 3, 2, 8, 45), berlin(2026, 4, 6, 8, 55)
    course = weekly(start=first, end=last)
    assert course.last_time(first - 1) is None
    assert course.last_time(first) == first
    assert course.last_time(berlin(2026, 3, 30, 8, 44)) == berlin(2026, 3, 23, 8, 45)
    assert course.last_time(berlin(2026, 3, 30, 8, 45)) == berlin(2026, 3, 30, 8, 45)
    assert course.last_time(berlin(2027, 1, 1)) == berlin(2026, 4, 6, 8, 45)
    assert weekly(start=first, end=berlin(2026, 4, 6, 8, 45)).last_time(last) == berlin(2026, 3, 30, 8, 45)
    once = ScheduledAction(name="exam", start=first, min_size=2)
    assert [once.last_time(first + seconds) for seconds in (-1, 0, 1e6)] == [None, first, first]
