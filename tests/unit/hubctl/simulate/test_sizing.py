"""Settings for so many users: rows of the defaults' table, announced classes, and what results are compared with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.simulate.comparisons import GROUPS
from hubctl.simulate.model import DEFAULTS, Outcome
from hubctl.simulate.run import simulate
from hubctl.simulate.scenarios import SCENARIOS
from hubctl.simulate.sizing import announced, row_for, with_pool
from hubctl.simulate.stack_reading import KINDS
from stacks.registry import STACK_NAMES
from tests.support.in_process import Ran, run_hubctl

Models = Callable[..., Any]


def sized(model: Models, stack: str, *, told: bool, scenario: str = "class-of-100", seed: int = 1) -> Outcome:
    _, row = row_for(stack, 100)
    chosen, kind = SCENARIOS[scenario], KINDS[stack]
    made = with_pool(model(stack, **row), int(row[GROUPS[kind].pool]))
    if told:
        made = announced(made, chosen.announced)
    return simulate(
        made, chosen.arrivals(seed), assumptions=DEFAULTS[kind], seed=seed, seconds=chosen.seconds
    )


@pytest.mark.parametrize("stack", STACK_NAMES)
@pytest.mark.parametrize("scenario", ["class-of-100", "exam"])
@pytest.mark.parametrize("seed", range(1, 6))
def test_an_announced_class_waits_for_nothing_but_its_containers(
    model: Models, stack: str, scenario: str, seed: int
) -> None:
    outcome = sized(model, stack, told=True, scenario=scenario, seed=seed)
    assert outcome.refused == 0
    assert (outcome.wait(95) or 0) <= 10


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_nobody_is_refused_where_the_class_is_not_announced(model: Models, stack: str) -> None:
    told, untold = sized(model, stack, told=True), sized(model, stack, told=False)
    assert untold.refused == 0
    assert max(untold.waits) >= max(told.waits)


@pytest.mark.parametrize("stack", STACK_NAMES)
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_class_that_is_not_announced_waits_a_minute_at_most(model: Models, stack: str, seed: int) -> None:
    assert (sized(model, stack, told=False, seed=seed).wait(95) or 0) <= 60


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_next_larger_row_is_taken(stack: str) -> None:
    assert row_for(stack, 51) == row_for(stack, 100)
    assert row_for(stack, 1)[0] == 20


@pytest.mark.parametrize("users", [0, -1, 301])
def test_numbers_beyond_the_table_are_refused(users: int) -> None:
    with pytest.raises(BadInputError, match="has rows for 20, 50, 100, 300 users"):
        row_for("aws-lab", users)


@pytest.fixture
def command(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: run_hubctl(
        "simulate", f"--folder={folder}", *words, monkeypatch=monkeypatch, capture=capfd
    )


def test_both_stacks_stand_side_by_side(command: Callable[..., Ran]) -> None:
    words = ("--stack=all", "--scenario=class-of-100", "--sized-for=100", "--unannounced")
    finished = command(*words, "--json")
    assert finished.code == 0, finished.errors
    lab, hub, *others = json.loads(finished.output)
    assert [lab["stack"], hub["stack"]] == list(STACK_NAMES)
    assert (lab["sized_for"], lab["announced"], lab["refused"], hub["refused"]) == (100, False, 0, 0)
    assert [other["stack"] for other in others] == [name for name in STACK_NAMES for _ in range(2)]
    assert [other["refused"] for other in others] == [
        64,
        27,
        65,
        0,
    ]  # at the largest size of before, and beyond
    assert set(lab["ratios"]) == {"instance_hours_to_before", "instance_hours_to_before_with_enough"}
    shown = command(*words)
    assert "aws-lab and chef-hub, class-of-100, seed 1" in shown.output


def numbers(command: Callable[..., Ran], scenario: str) -> list[dict[str, Any]]:
    """Return the results of both stacks with the row for 100 users and the scenario's timetable."""
    finished = command("--stack=all", f"--scenario={scenario}", "--sized-for=100", "--announced", "--json")
    assert finished.code == 0, finished.errors
    found: list[dict[str, Any]] = json.loads(finished.output)[:2]
    return found


def test_an_announced_class_costs_little_more_than_without_a_timetable(command: Callable[..., Ran]) -> None:
    for result in numbers(command, "class-of-100"):
        assert (result["refused"], result["wait_p95_seconds"] <= 10) == (0, True)
        assert result["ratios"]["cost_to_cheapest_without_timetable"] <= 1.15


def test_a_week_takes_fewer_instance_hours_than_before(command: Callable[..., Ran]) -> None:
    for result in numbers(command, "department-week"):
        assert (result["refused"], result["wait_p95_seconds"] <= 10) == (0, True)
        assert result["ratios"]["instance_hours_to_before"] <= 0.8


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--scenario=quiet-lab", "--announced"), "quiet-lab has no timetable"),
        (("--arrivals=x.csv", "--announced"), "arrivals of a file have no timetable"),
        (("--scenario=exam", "--sized-for=1000"), "--sized-for 1000"),
    ],
)
def test_what_cannot_be_is_named(command: Callable[..., Ran], words: tuple[str, ...], named: str) -> None:
    finished = command("--stack=aws-lab", *words)
    assert finished.code == 2
    assert named in finished.errors.replace("\n", " ")
