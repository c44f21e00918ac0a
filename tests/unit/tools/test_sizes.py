"""The defaults' table: rows that follow from type and spare places, that regenerate equal, and the page about them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.simulate.comparisons import BEFORE, GROUPS
from hubctl.simulate.scenarios import SCENARIOS
from hubctl.simulate.stack_reading import KINDS
from stacks.registry import STACK_NAMES
from stacks.settings.crowd_sizes import FILE, table
from tools.sizes import PAGE, USERS, Crowd, found_row, page, row_of, scaled, written

ROWS = [(stack, users) for stack in STACK_NAMES for users in USERS]


@pytest.fixture
def crowd(synth: Callable[..., Any], tmp_path: Path) -> Callable[[str, int], Crowd]:
    def made(stack: str, users: int) -> Crowd:
        file = tmp_path / "cdk.tf.json"
        file.write_text(json.dumps(synth(stack)))
        return Crowd(stack=stack, file=file, users=users)

    return made


@pytest.mark.parametrize(("users", "expected"), [(20, 20), (50, 50), (100, 100), (300, 300)])
def test_a_class_has_as_many_users_as_the_row_is_for(users: int, expected: int) -> None:
    arrivals = scaled("class-of-100", users, 1)
    assert len(arrivals) == expected
    assert len({arrival.user for arrival in arrivals}) == expected
    assert [arrival.time for arrival in arrivals] == sorted(arrival.time for arrival in arrivals)


def test_a_hundred_are_the_scenario_itself() -> None:
    times = [arrival.time for arrival in SCENARIOS["exam"].arrivals(4)]
    assert [arrival.time for arrival in scaled("exam", 100, 4)] == times


def test_the_announced_class_grows_with_the_users() -> None:
    made = Crowd(stack="aws-lab", file=Path(), users=300)
    assert [one.users for one in made.classes("exam")] == [180]


@pytest.mark.parametrize(("stack", "users"), ROWS)
def test_a_row_follows_from_its_type_and_its_spare_places(stack: str, users: int) -> None:
    row, group = table(stack)[users], GROUPS[KINDS[stack]]
    assert row == row_of(stack, users, str(row[group.type]), int(row[group.spare]))


@pytest.mark.parametrize(("stack", "users"), ROWS)
def test_no_limit_is_below_that_of_before(stack: str, users: int) -> None:
    row, old = table(stack)[users], BEFORE[KINDS[stack]]
    for name in (GROUPS[KINDS[stack]].largest, "hub_max_users", "hub_max_cluster_memory_gib"):
        assert int(row.get(name, 0)) >= int(old.get(name, 0))


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_a_row_regenerates_equal(crowd: Callable[[str, int], Crowd], stack: str) -> None:
    assert found_row(crowd(stack, 20)) == table(stack)[20]


def test_the_file_is_as_it_would_be_written() -> None:
    assert written({stack: table(stack) for stack in STACK_NAMES}) == FILE.read_text()


def test_a_crowd_that_no_row_serves_is_named(
    crowd: Callable[[str, int], Crowd], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.sizes.UNANNOUNCED_SECONDS", 1.0)
    monkeypatch.setattr("tools.sizes.SPARE", (2,))
    with pytest.raises(LookupError, match="aws-lab: no row for 20 users reaches the aims"):
        found_row(crowd("aws-lab", 20), seeds=(1,))


def test_the_page_has_a_line_for_each_row() -> None:
    shown = PAGE.read_text().splitlines()
    lines = [one for one in shown if one.startswith("| ") and one.split(" | ")[1].isdecimal()]
    weeks = [
        one for one in shown if one.startswith("| ") and one.split(" | ")[1].startswith(("before", "now"))
    ]
    assert [tuple(one.strip("| ").split(" | ")[:2]) for one in lines] == [
        (stack, str(users)) for stack, users in ROWS
    ]
    assert len(weeks) == 8
    assert page(lines, weeks) == PAGE.read_text()
    assert max(map(len, [*lines, *weeks])) <= 80
