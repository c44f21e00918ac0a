"""The timetable's spare places as the hub knows them: when they hold, how often they are read, and what bad values do."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from stacks.timetable.spare_runs import spare_runs
from stacks.timetable.windows import windows
from swarm_hub.spare_windows import MOST_PLACES, READ_SECONDS, SpareWindows
from tests.support.timetables import minutes, timetable

START = datetime(2027, 1, 11, 7, 45, tzinfo=UTC)
ROWS = json.dumps([["2027-01-11T07:45Z", 105, 6, 10], ["2027-01-11T09:00Z", 60, 1, 3]])


class World:
    """SSM's parameter, the time of day, and the seconds that have passed."""

    def __init__(self, value: str | Exception | None = ROWS) -> None:
        self.value = value
        self.now = START
        self.seconds = 0.0
        self.reads = 0
        self.windows = SpareWindows(self.read, now=lambda: self.now, clock=lambda: self.seconds)

    def read(self) -> str | None:
        self.reads += 1
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def later(self, value: str | Exception | None) -> int:
        self.value = value
        self.seconds += READ_SECONDS
        return self.windows.places()


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(seconds=-1), 0),
        (timedelta(), 10),
        (timedelta(minutes=104, seconds=59), 10),
        (timedelta(minutes=105), 3),
        (timedelta(minutes=135), 0),
        (timedelta(weeks=5), 10),
        (timedelta(weeks=5, minutes=105), 0),
        (timedelta(weeks=6), 0),
        (timedelta(days=1), 0),
    ],
)
def test_each_holds_from_its_start_for_its_minutes_in_each_of_its_weeks(
    after: timedelta, expected: int
) -> None:
    world = World()
    world.now += after
    assert world.windows.places() == expected


def test_without_the_parameter_there_are_none() -> None:
    assert World(None).windows.places() == 0
    assert SpareWindows().places() == 0


def test_it_is_read_once_a_minute_and_an_edited_timetable_counts_then() -> None:
    world = World()
    assert [world.windows.places() for _ in range(5)] == [10] * 5
    assert world.reads == 1
    assert world.later("[]") == 0
    assert world.later(ROWS) == 10
    assert world.later(None) == 0
    assert world.reads == 4


@pytest.mark.parametrize(
    "bad",
    [
        RuntimeError("AWS is away"),
        "",
        "{}",
        '[["2027-01-11T07:45", 105, 6, 10]]',
        '[["2027-01-11T07:45Z", 0, 6, 10]]',
        '[["2027-01-11T07:45Z", 105, 6, -1]]',
        '[["2027-01-11T07:45Z", 105, 6]]',
    ],
)
def test_what_cannot_be_read_changes_nothing_that_is_known_and_is_told_once(
    bad: str | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    assert world.windows.places() == 10
    with caplog.at_level(logging.WARNING, logger="swarm_hub.spare_windows"):
        assert [world.later(bad), world.later(bad)] == [10, 10]
    assert len(caplog.records) == 1
    assert World(bad).windows.places() == 0


def test_never_more_than_the_setting_may_have() -> None:
    assert World('[["2027-01-11T07:45Z", 105, 6, 5000]]').windows.places() == MOST_PLACES


def test_the_hub_reads_what_the_stack_writes() -> None:
    found = windows(
        timetable(
            {"name": "A", "days": ["monday", "thursday"], "spare": 7},
            {"name": "B", "days": ["monday"], "start": "10:00", "end": "11:00", "spare": 2},
        )
    )
    world = World(json.dumps([run.row() for run in spare_runs(found)]))
    for moment in minutes(datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)):
        world.now = moment
        wanted = [window.spare for window in found if window.start <= moment < window.end]
        assert world.windows.places() == sum(wanted)
