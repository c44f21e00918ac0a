"""Several instance types: which one is launched, and what each costs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hubctl.prices.lookup import hourly_price
from hubctl.scaling.purchasing import MixedInstances, Purchase
from hubctl.simulate.columns import Arrival
from hubctl.simulate.model import DEFAULTS, Outcome, StackModel
from hubctl.simulate.report import SimulationResult, as_json, remarks, table
from hubctl.simulate.run import simulate
from hubctl.simulate.stack_reading import model_of

HOUR = 3600.0
SIX = [Arrival(time=600.0 + number, user=f"u{number}", duration=HOUR) for number in range(6)]
TWENTY = [Arrival(time=600.0 + number, user=f"u{number}", duration=HOUR) for number in range(20)]


def run(model: StackModel, users: list[Arrival] = SIX, **assumed: float) -> Outcome:
    return simulate(model, users, assumptions=replace(DEFAULTS[model.kind], **assumed), seed=1)


def mixed(model: StackModel, *types: str, unavailable: str = "", **policy: Any) -> StackModel:
    settings = MixedInstances(types=types, **policy)
    return replace(
        model,
        group=replace(model.group, mixed=settings),
        spot=settings.uses_spot,
        on_demand_base=settings.on_demand_base,
        on_demand_percent=settings.on_demand_percent,
        unavailable=frozenset(filter(None, [unavailable])),
    )


def test_the_first_type_with_capacity_is_launched(model: Callable[..., Any]) -> None:
    lab = model("aws-lab")
    types = ("m6i.xlarge", "m7i.xlarge")
    assert set(run(mixed(lab, *types)).paid) == {Purchase(type="m6i.xlarge", spot=False)}
    without = run(mixed(lab, *types, unavailable="m6i.xlarge"))
    assert set(without.paid) == {Purchase(type="m7i.xlarge", spot=False)}
    assert without.waits == run(lab).waits


def test_without_any_type_no_one_is_served_until_there_is_one(model: Callable[..., Any]) -> None:
    outcome = run(replace(model("aws-lab"), unavailable=frozenset({"m6i.xlarge"})))
    assert (outcome.waits, outcome.refused, outcome.paid) == ((), 6, {})
    assert set(outcome.timeline.column("in_service")) == {0}


def test_workers_beyond_the_base_are_the_cheapest_spot_type(model: Callable[..., Any]) -> None:
    hub = mixed(
        model("chef-hub"),
        *("m7i.xlarge", "m6a.xlarge"),
        on_demand_base=1,
        on_demand_percent=0,
        spot_strategy="price-capacity-optimized",
    )
    outcome = run(hub, TWENTY, interruptions_per_hour=0)
    assert outcome.refused == 0
    assert set(outcome.paid) == {
        Purchase(type="m7i.xlarge", spot=False),
        Purchase(type="m6a.xlarge", spot=True),
    }
    assert outcome.spot_seconds == outcome.paid[Purchase(type="m6a.xlarge", spot=True)]


def test_each_type_is_paid_for_at_its_own_price(model: Callable[..., Any]) -> None:
    hub = mixed(model("chef-hub"), "m7i.xlarge", "m6a.xlarge", on_demand_base=1, on_demand_percent=0)
    outcome = run(hub, TWENTY, interruptions_per_hour=0)
    result = SimulationResult(label="mixed", model=hub, outcome=outcome)
    prices = {bought: hourly_price(bought.type, spot=bought.spot) for bought in outcome.paid}
    expected = sum(price.amount * outcome.paid[one] / HOUR for one, price in prices.items() if price)
    assert result.cost == pytest.approx(expected)
    said = as_json(result)["instance_hours_by_type"]
    assert [(one["type"], one["spot"]) for one in said] == [
        ("m7i.xlarge", False),
        *[(one.type, one.spot) for one in result.bought[1:]],
    ]
    assert sum(one["hours"] for one in said) == pytest.approx(outcome.instance_hours, abs=0.001)
    lines = remarks([result])
    assert any(line.startswith("m7i.xlarge on demand: ") for line in lines)
    assert any("instance hours are" in line and "of m7i.xlarge on demand" in line for line in lines)
    assert table([result], "title", {}) is not None


def test_a_type_without_a_price_leaves_the_cost_open(model: Callable[..., Any]) -> None:
    lab = mixed(model("aws-lab"), "zz9.plural")
    result = SimulationResult(label="mixed", model=lab, outcome=run(lab))
    assert (result.cost, as_json(result)["currency"]) == (None, None)
    assert "there is no price of a zz9.plural: add it to hubctl/prices/ec2.json" in remarks([result])


def test_users_take_twice_as_much_of_half_the_vcpus(model: Callable[..., Any]) -> None:
    """An r6i.large has the memory of an m6i.xlarge, and two vCPUs instead of four."""
    hub = replace(model("chef-hub"), policies=model("chef-hub").policies)
    highest = [
        max(minute.average or 0 for minute in run(mixed(hub, name)).timeline)
        for name in ("m6i.xlarge", "r6i.large")
    ]
    assert highest == [3 + 6 * 10, min(100, 3 + 6 * 20)]


def test_a_stack_with_several_types_is_simulated_as_it_is_synthesized(synth: Callable[..., Any]) -> None:
    settings = {"worker_spot": "on", "worker_instance_types": ["m6a.xlarge"]}
    hub = model_of(synth("chef-hub", **settings), "chef-hub", {})
    outcome = run(replace(hub, spare_places=0), TWENTY, interruptions_per_hour=0)
    assert {bought.spot for bought in outcome.paid} == {False, True}
    assert {bought.type for bought in outcome.paid if bought.spot} == {"m6a.xlarge"}
