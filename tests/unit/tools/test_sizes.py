"""The page of the defaults' table: as many users as a row is for, and lines that regenerate equal."""

from pathlib import Path

import pytest

from hubctl.simulate.scenarios import SCENARIOS
from stacks.settings.crowd_sizes import table
from tools.sizes import PAGE, Case, page, scaled


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
    case = Case(stack="aws-lab", file=Path(), users=300, scenario="exam", told=True, seed=1)
    assert [one.users for one in case.classes()] == [180]


def test_the_page_has_a_line_for_each_row() -> None:
    shown = PAGE.read_text().splitlines()
    for stack in ("aws-lab", "chef-hub"):
        for users in table(stack):
            assert sum(one.startswith(f"| {stack} | {users} |") for one in shown) == 1
    lines = [one for one in shown if one.startswith(("| aws-lab", "| chef-hub"))]
    assert page(lines) == PAGE.read_text()
    assert max(map(len, lines)) <= 80
