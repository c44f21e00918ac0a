from collections.abc import Callable
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.simulate.columns import Arrival
from hubctl.simulate.model import DEFAULTS, SimulationAssumptions
from hubctl.simulate.report import SimulationResult
from hubctl.simulate.run import simulate
from hubctl.simulate.suggest import candidates, read_aim, suggest
from stacks.registry import STACK_NAMES
from stacks.settings.loading import check_context

Models = Callable[..., Any]
ARRIVALS = [Arrival(time=1800 + number * 3.0, user=f"u{number}", duration=2400) for number in range(25)]


def runner(model: Models, stack: str) -> Callable[..., SimulationResult]:
    def run(values: Any) -> SimulationResult:
        made = model(stack, **values)
        outcome = simulate(made, ARRIVALS, assumptions=DEFAULTS[made.kind], seed=1)
        return SimulationResult(label=str(values), model=made, outcome=outcome)

    return run


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_suggestion_reaches_the_aim_that_the_default_misses_at_the_least_cost(
    model: Models, stack: str
) -> None:
    aim, run = read_aim("p95<=60s", SimulationAssumptions()), runner(model, stack)
    assert not aim.met(run({}).outcome)
    tried = list(candidates(model(stack), ARRIVALS))
    values, result = suggest(aim, tried, run)
    assert aim.met(result.outcome)
    others = [other for each in tried if aim.met((other := run(each)).outcome)]
    assert result.cost is not None
    assert all(other.cost is not None and result.cost <= other.cost for other in others)
    assert check_context(dict(values))[1] == []  # what is suggested can be synthesized


def test_settings_that_reach_the_aim_for_no_more_are_kept(model: Models) -> None:
    run = runner(model, "aws-lab")
    current = run({"max_size": 9})
    tried = [{"min_size": 1, "max_size": 9}, {"min_size": 3, "max_size": 9}]
    aim = read_aim("refused=0", SimulationAssumptions())
    values, result = suggest(aim, tried, run, current=current)
    assert (values, result.heading, result.outcome) == ({}, "suggested", current.outcome)
    costly = run({"min_size": 5, "max_size": 9})
    assert suggest(aim, tried, run, current=costly)[0] == tried[0]


def test_an_aim_out_of_reach_names_the_nearest(model: Models) -> None:
    tried = [{"min_size": 1, "max_size": 2}]
    with pytest.raises(BadInputError) as refused:
        suggest(read_aim("p95<=10s", SimulationAssumptions()), tried, runner(model, "aws-lab"))
    assert "none of 1 settings reaches p95<=10s" in refused.value.message
    assert "users find no place" in refused.value.message


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("fast", "is not an aim"),
        ("p99<=60s", "is not an aim"),
        ("p95<=60", "needs a unit"),
        ("refused<=3s", "needs a unit"),
        ("p95<=5s", "cannot be reached: a user's container alone takes 8 s"),
        ("p95<8s", "cannot be reached"),
        ("refused<0", "cannot be less than 0"),
        ("", "is not an aim"),
    ],
)
def test_impossible_aims_are_refused(text: str, named: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_aim(text, SimulationAssumptions())
    assert named in refused.value.message


def test_units_and_comparisons() -> None:
    assert read_aim(" p95 <= 1.5min ", SimulationAssumptions()).bound == 90
    assert read_aim("max<60s", SimulationAssumptions()).strict
    assert read_aim("lost=0", SimulationAssumptions()).bound == 0


def test_who_was_refused_waits_for_ever(model: Models) -> None:
    result = runner(model, "aws-lab")({"max_size": 1})
    assert result.outcome.refused > 1
    assert not read_aim("p95<=60min", SimulationAssumptions()).met(result.outcome)
