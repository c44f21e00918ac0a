"""How many instances a week needs, and what those cost over the ordinary ones."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hubctl.core.configuration.stack import Stack
from hubctl.core.errors import BadInputError
from hubctl.timetable.capacity import instances_for, stack_weeks
from tests.unit.hubctl.timetable.conftest import Weeks


@pytest.mark.parametrize(
    ("users", "spare", "places", "instances"), [(100, 0, 9, 12), (99, 0, 9, 11), (99, 1, 9, 12), (1, 0, 9, 1)]
)
def test_instances_for_users(users: int, spare: int, places: int, instances: int) -> None:
    assert instances_for(users, spare, places) == instances


def test_each_window_has_its_instances(week: Weeks) -> None:
    shown, (lab, hub) = week()
    assert [(window.users, lab.given(window), hub.given(window)) for window in shown.windows] == [
        (100, 12, 15),
        (140, 16, 20),
        (40, 5, 6),
        (28, 4, 5),
    ]
    assert lab.instances_at(datetime(2026, 11, 30, 7, 44, tzinfo=UTC)) == 1
    assert lab.instances_at(datetime(2026, 11, 30, 7, 45, tzinfo=UTC)) == 12


def test_hours_and_cost_over_the_ordinary_ones(week: Weeks) -> None:
    _, (lab, _) = week({"name": "a", "days": ["mon"]}, smallest=2)
    assert lab.ordinary_hours == 2 * 168
    assert lab.extra_hours == pytest.approx((12 - 2) * 1.75)
    price = lab.price
    assert price is not None
    assert lab.extra_cost == pytest.approx(17.5 * price.amount)
    assert lab.ordinary_cost == pytest.approx(2 * 168 * price.amount)
    assert (price.currency, price.region, price.factor) == ("USD", "us-east-1", 1)


def test_a_group_is_never_larger_than_its_largest_size(week: Weeks) -> None:
    shown, (lab, _) = week(largest=4)
    assert [(lab.needed(window), lab.given(window)) for window in shown.windows][:2] == [(12, 4), (16, 4)]


def test_the_places_that_stay_free_at_all_times_come_once_users_arrive(week: Weeks) -> None:
    for spare, instances in ((0, 4), (9, 4)):
        shown, (lab, _) = week({"name": "a", "days": ["thu"], "users": 28, "spare": 4}, spare=spare)
        assert lab.given(shown.windows[0]) == instances


def test_a_region_has_its_prices(week: Weeks) -> None:
    _, (lab, _) = week()
    abroad = replace(lab, model=replace(lab.model, region="eu-central-1")).price
    unknown = replace(lab, model=replace(lab.model, region="af-south-1")).price
    home = lab.price
    assert home is not None
    assert abroad is not None
    assert unknown is not None
    assert abroad.factor is not None
    assert abroad.amount == pytest.approx(home.amount * abroad.factor)
    assert (unknown.factor, unknown.amount) == (None, home.amount)
    strange = replace(lab, model=replace(lab.model, instance_type="u1.tiny"))
    assert (strange.ordinary_cost, strange.extra_cost) == (None, None)


def test_of_a_group_with_spot_some_instances_are_on_demand(week: Weeks) -> None:
    _, (lab, _) = week({"name": "a", "days": ["mon"]}, smallest=2)
    on_demand = lab.price
    spot = replace(lab, model=replace(lab.model, spot=True, on_demand_base=4, on_demand_percent=25))
    price = spot.price
    assert on_demand is not None
    assert price is not None
    assert price.amount < on_demand.amount
    # 12 instances: 4 and a quarter of the other 8 are on demand; the ordinary 2 are.
    assert spot.ordinary_cost == pytest.approx(2 * 168 * on_demand.amount)
    assert spot.extra_cost == pytest.approx(1.75 * ((6 - 2) * on_demand.amount + 6 * price.amount))


def test_variables_count(week: Weeks, synth: Callable[..., Any]) -> None:
    shown, _ = week()
    stack = Stack("aws-lab", synth("aws-lab"), {"max_size": 8, "min_size": 2})
    (found,), problems = stack_weeks(shown, [stack], asked_for=True)
    assert problems == {}
    assert (found.ordinary, found.largest) == (2, 8)


def test_who_does_not_hold_a_single_user_is_left_out_unless_asked_for(
    week: Weeks, synth: Callable[..., Any]
) -> None:
    shown, _ = week()
    lab = Stack("aws-lab", synth("aws-lab"), {})
    small = Stack("chef-hub", synth("chef-hub"), {"worker_instance_type": "t3.small"})
    (found,), problems = stack_weeks(shown, [lab, small], asked_for=False)
    assert (found.name, list(problems)) == ("aws-lab", ["chef-hub"])
    assert "a t3.small with 2 GiB holds not a single user" in problems["chef-hub"]
    for stacks, asked_for in (([lab, small], True), ([small], False)):
        with pytest.raises(BadInputError, match="chef-hub cannot be shown: a t3") as refused:
            stack_weeks(shown, stacks, asked_for=asked_for)
        assert "Set worker_instance_type or hub_user_memory_gib" in refused.value.remedy
