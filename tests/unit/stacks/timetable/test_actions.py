"""Scheduled actions, carried out as AWS reads them: cron by the wall clock of their zone, between first and last time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.timetable.actions import ScheduledAction, scheduled_actions
from stacks.timetable.windows import windows
from tests.support.timetables import minutes, timetable, up_at

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")


def times_of(action: ScheduledAction) -> list[datetime]:
    """Return when AWS carries an action out."""
    if action.recurrence is None:
        assert action.at is not None
        return [action.at]
    clock = croniter(action.recurrence, action.first.astimezone(ZoneInfo(action.zone)) - timedelta(seconds=1))
    found: list[datetime] = []
    while not found or found[-1] <= action.until:
        found.append(clock.get_next(datetime).astimezone(UTC))
    return [moment for moment in found if moment <= action.until]


def carried_out(actions: tuple[ScheduledAction, ...]) -> list[tuple[datetime, int]]:
    return sorted((moment, action.users) for action in actions for moment in times_of(action))


def made(*classes: dict[str, object], **given_: object) -> tuple[ScheduledAction, ...]:
    table = timetable(*classes, **given_)
    return scheduled_actions(windows(table), table.zone)


def test_a_weekly_class_makes_two_actions_over_the_change_of_clocks() -> None:
    up, down = made({"name": "A", "days": ["monday"], "spare": 5})
    assert (up.name, up.recurrence, up.zone) == ("mon-0845-from-2026-10-12", "45 8 * * 1", "Europe/Berlin")
    assert (up.users, up.spare, down.users, down.spare) == (100, 5, 0, 0)
    assert (down.name, down.recurrence) == ("mon-1030-from-2026-10-12", "30 10 * * 1")
    assert [f"{moment:%H}" for moment in times_of(up)[:3]] == ["06", "06", "07"]
    assert up.runs == (
        (datetime(2026, 10, 12, 6, 45, tzinfo=UTC), 2),
        (datetime(2026, 10, 26, 7, 45, tzinfo=UTC), 15),
    )
    assert len(times_of(up)) == 17


def test_sunday_is_day_0_of_cron() -> None:
    assert made({"name": "A", "days": ["sunday"], "terms": []})[0].recurrence == "45 8 * * 0"


def test_holidays_split_a_run_and_one_date_is_a_single_action() -> None:
    found = made(
        {"name": "A", "days": ["monday"], "except": ["2026-10-26"]}, {"name": "B", "dates": ["2027-03-01"]}
    )
    assert [action.name for action in found if action.users] == [
        "mon-0845-from-2026-10-12",
        "mon-0845-from-2026-11-02",
        "once-2027-03-01-0745-utc",
    ]
    assert found[-1].until == found[-1].at == found[-1].first


def test_a_longer_term_keeps_the_names_of_actions() -> None:
    terms = {"winter": {"first": "2026-10-12", "last": "2027-02-26"}}
    longer = made({"name": "A", "days": ["monday"], "users": 7}, terms=terms)
    assert [action.name for action in longer] == [
        action.name for action in made({"name": "A", "days": ["monday"]})
    ]


def test_times_that_the_clock_shows_twice_are_single_actions() -> None:
    found = made({"name": "A", "days": ["sunday"], "start": "02:45", "end": "04:00"})
    singles = [action.at for action in found if action.recurrence is None]
    # The run before it is one week long
    assert singles == [datetime(2026, 10, 18, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_without_windows_there_are_no_actions() -> None:
    assert scheduled_actions((), "UTC") == ()


CLASSES = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True),
            "begin": st.integers(0, 95),
            "length": st.integers(1, 24),
            "users": st.integers(1, 300),
        }
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=12, deadline=None)
@given(
    entries=CLASSES,
    lead=st.sampled_from([0, 15, 50]),
    month=st.sampled_from(["2026-10", "2027-03", "2028-02"]),
)
def test_what_aws_carries_out_is_what_the_windows_need(
    zone: str, entries: list[dict[str, int]], lead: int, month: str
) -> None:
    classes: list[dict[str, object]] = []
    for number, entry in enumerate(entries):
        begin, end = entry["begin"] * 15, (entry["begin"] + entry["length"]) * 15
        clocks = {"start": f"{begin // 60:02}:{begin % 60:02}", "end": f"{end // 60:02}:{end % 60:02}"}
        classes.append({"name": f"class {number}", "days": entry["days"], "users": entry["users"], **clocks})
    year, number = map(int, month.split("-"))
    last = f"{year}-{number + 1:02}-20"
    table = timetable(
        *classes,
        zone=zone,
        lead_minutes=lead,
        terms={"term": {"first": f"{month}-15", "last": last}},
        holidays=[f"{month}-22"],
    )
    up = windows(table)
    actions = scheduled_actions(up, zone)
    assert len({action.name for action in actions}) == len(actions)
    done = carried_out(actions)
    moments = [moment for moment, _ in done]
    assert len(set(moments)) == len(moments)
    for action in actions:
        assert times_of(action)[0] == action.first
        assert times_of(action)[-1] == action.last
        assert times_of(action) == [
            start + timedelta(weeks=week) for start, weeks in action.runs for week in range(weeks)
        ]
    fewest, position = 0, 0
    for moment in minutes(up[0].start, up[-1].end + timedelta(hours=1), 15):
        while position < len(done) and done[position][0] <= moment:
            fewest, position = done[position][1], position + 1
        assert fewest == up_at(moment, up), moment
