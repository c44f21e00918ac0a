"""Runs say the same as the windows that they are made from, in few rows, across changes of clocks and longer than a week."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.timetable.spare_runs import SpareRun, spare_runs
from stacks.timetable.windows import Window, windows
from tests.support.timetables import minutes, timetable


def runs(*classes: dict[str, Any], **given_: Any) -> list[tuple[str, int, int, int]]:
    return [run.row() for run in spare_runs(windows(timetable(*classes, **given_)))]


def spare_at(moment: datetime, found: tuple[SpareRun, ...]) -> int:
    return sum(
        run.spare
        for run in found
        for week in range(run.weeks)
        if timedelta() <= moment - run.start - timedelta(weeks=week) < timedelta(minutes=run.minutes)
    )


def test_a_class_of_a_term_is_one_run_on_each_side_of_a_change_of_clocks() -> None:
    assert runs({"name": "A", "days": ["monday"], "spare": 7}) == [
        ("2026-10-12T06:45Z", 105, 2, 7),
        ("2026-10-26T07:45Z", 105, 15, 7),
    ]


def test_classes_without_spare_places_are_left_out() -> None:
    assert runs({"name": "A", "days": ["monday"]}) == []
    assert runs({"name": "A", "dates": ["2026-10-12"], "spare": 0}) == []


def test_another_number_of_users_begins_no_new_run() -> None:
    one = {"dates": ["2026-10-12"], "spare": 3}
    assert runs(
        {"name": "A", **one}, {"name": "B", **one, "start": "10:30", "end": "12:00", "users": 40}
    ) == [("2026-10-12T06:45Z", 195, 1, 3)]


def test_what_lasts_longer_than_a_week_is_told_by_weeks() -> None:
    start = datetime(2026, 10, 12, tzinfo=UTC)
    window = Window(start=start, end=start + timedelta(days=20, minutes=3), users=1, spare=2, names=())
    assert [run.row() for run in spare_runs([window])] == [
        ("2026-10-12T00:00Z", 7 * 24 * 60, 2, 2),
        ("2026-10-26T00:00Z", 6 * 24 * 60 + 3, 1, 2),
    ]


CLASSES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["monday", "friday", "sunday"]), min_size=1, unique=True),
        st.integers(0, 21),
        st.integers(1, 3),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=40)
@given(classes=CLASSES)
def test_at_every_moment_runs_say_what_the_windows_say(
    classes: list[tuple[list[str], int, int, int]],
) -> None:
    made = [
        {
            "name": f"C{number}",
            "days": days,
            "start": f"{hour:02}:00",
            "end": f"{hour + hours:02}:00",
            "spare": spare,
        }
        for number, (days, hour, hours, spare) in enumerate(classes)
        if hour + hours <= 23
    ]
    if not made:
        return
    terms = {"winter": {"first": "2026-10-12", "last": "2026-11-08"}}
    found = windows(timetable(*made, terms=terms))
    shortened = spare_runs(found)
    for moment in minutes(datetime(2026, 10, 11, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC), 55):
        wanted = sum(window.spare for window in found if window.start <= moment < window.end)
        assert spare_at(moment, shortened) == wanted
