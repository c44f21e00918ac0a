from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.simulate.columns import Arrival
from hubctl.simulate.model import DEFAULTS, SimulationAssumptions
from hubctl.simulate.report import SimulationResult
from hubctl.simulate.run import simulate
from hubctl.simulate.stack_reading import model_of
from hubctl.simulate.suggest import candidates, most_at_once, read_aim, said_of_search, suggest
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


def test_spare_places_and_a_warm_pool_are_tried_where_there_are_their_variables(
    synth: Callable[..., Any],
) -> None:
    lab = model_of(synth("aws-lab", warm_pool="stopped"), "aws-lab", {})
    declared = {"spare_places", "warm_pool_size"}
    tried = list(candidates(lab, ARRIVALS, declared))
    assert {values.get("spare_places") for values in tried} == {None, lab.places, 2 * lab.places}
    pools = [values for values in tried if "warm_pool_size" in values]
    assert pools
    assert all(values["warm_pool_size"] == values["max_size"] - values["min_size"] for values in pools)
    assert any("spare_places" in values for values in pools)
    assert all(check_context(dict(values))[1] == [] for values in tried)
    assert said_of_search(lab, declared).endswith("sizes, thresholds, spare_places and warm_pool_size")
    assert not any("spare_places" in values for values in candidates(lab, ARRIVALS))


@pytest.mark.parametrize(
    ("changes", "said"),
    [({}, "no warm pool (setting warm_pool)"), ({"spot": True}, "a group with spot has no warm pool")],
)
def test_without_a_pool_none_is_tried(model: Models, changes: dict[str, Any], said: str) -> None:
    hub = replace(model("chef-hub"), **changes)
    declared = {"hub_spare_places", "worker_warm_pool_size"}
    tried = list(candidates(hub, ARRIVALS, declared))
    assert any("hub_spare_places" in values for values in tried)
    assert not any("worker_warm_pool_size" in values for values in tried)
    assert said in said_of_search(hub, declared)
    assert "CPU target and limits" in said_of_search(hub, declared)


def test_what_is_ahead_is_lowered_as_far_as_the_aim_allows() -> None:
    def run(values: Any) -> Any:
        """Cost what is ahead, and meet the aim from three places on."""
        hours = values["min_size"] * 10.0 + values["spare_places"] + values["warm_pool_size"] / 8
        wait = 8.0 if values["spare_places"] >= 3 else 100.0
        outcome = SimpleNamespace(instance_hours=hours, refused=0, waits=(wait,), wait=lambda _percent: wait)
        return SimpleNamespace(outcome=outcome, cost=hours)

    tried = [{"min_size": 2, "spare_places": 9, "warm_pool_size": 5}]
    values, _ = suggest(read_aim("p95<=60s", SimulationAssumptions()), tried, run)
    assert values == {"min_size": 1, "spare_places": 3, "warm_pool_size": 0}


def test_the_most_at_once_are_counted_without_those_who_have_just_left() -> None:
    arrivals = [Arrival(time=time, user=str(time), duration=10) for time in (0, 5, 10, 12, 40)]
    assert most_at_once(arrivals) == 3
    assert most_at_once([Arrival(time=0, user="a", duration=5), Arrival(time=5, user="b", duration=5)]) == 1
