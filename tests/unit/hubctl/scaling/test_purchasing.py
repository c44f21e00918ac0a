"""Several types and spot: what is launched next, what goes first, and what a notice leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubctl.scaling.group import ScaledGroup, ScaledGroupSettings
from hubctl.scaling.lifecycle import TERMINATING, GroupInstance, LifecycleHook
from hubctl.scaling.purchasing import MixedInstances, Purchase
from hubctl.scaling.termination import instances_to_terminate

HALF = MixedInstances(types=("m6i.large", "m5.large"), on_demand_base=1, on_demand_percent=50)
DRAIN = LifecycleHook(name="drain", transition=TERMINATING, heartbeat=900, default="CONTINUE")


def instances(on_demand: int, spot: int) -> list[GroupInstance]:
    return [
        GroupInstance(
            id=f"i-{number:02}", zone="a", launched=number, state="InService", spot=number >= on_demand
        )
        for number in range(on_demand + spot)
    ]


@given(
    capacity=st.integers(0, 50),
    base=st.integers(0, 20),
    percent=st.integers(0, 100),
)
def test_one_launch_after_the_other_leads_to_the_distribution(capacity: int, base: int, percent: int) -> None:
    mixed = MixedInstances(types=("a",), on_demand_base=base, on_demand_percent=percent)
    present: list[GroupInstance] = []
    for number in range(capacity):
        (purchase,) = mixed.next_purchases(present)
        present.append(GroupInstance(id=str(number), zone="a", launched=0, spot=purchase.spot))
    on_demand = sum(not one.spot for one in present)
    assert on_demand == mixed.on_demand_of(capacity)
    assert on_demand >= min(base, capacity)


def test_the_order_of_the_types_is_kept_and_prices_decide_where_the_strategy_says_so() -> None:
    prices = {"m6i.large": 0.1, "m5.large": 0.09}
    assert [one.type for one in HALF.next_purchases([])] == ["m6i.large", "m5.large"]
    cheap = MixedInstances(types=HALF.types, on_demand_strategy="lowest-price")
    ordered = cheap.next_purchases([], lambda purchase: prices[purchase.type])
    assert ordered == [Purchase(type="m5.large", spot=False), Purchase(type="m6i.large", spot=False)]
    optimized = MixedInstances(
        types=HALF.types, on_demand_percent=0, spot_strategy="capacity-optimized-prioritized"
    )
    assert [one.type for one in optimized.next_purchases([], lambda one: prices[one.type])] == list(
        HALF.types
    )


def test_the_kind_that_is_beyond_its_share_goes_first() -> None:
    victims = instances_to_terminate(instances(2, 3), 1, ["Default"], 100, HALF)
    assert [one.spot for one in victims] == [True]
    victims = instances_to_terminate(instances(4, 1), 2, ["AllocationStrategy"], 100, HALF)
    assert [one.spot for one in victims] == [False, False]
    victims = instances_to_terminate(instances(4, 1), 1, ["NewestInstance"], 100, HALF)
    assert [one.spot for one in victims] == [True]


def group(*, rebalance: bool) -> ScaledGroup:
    spec = ScaledGroupSettings(
        name="g", min_size=0, max_size=4, hooks=(DRAIN,), mixed=HALF, capacity_rebalance=rebalance
    )
    made = ScaledGroup(spec, desired=1)
    made.launch("i-0", "a", 0).spot = True
    made.started("i-0", 0)
    return made


def test_a_spot_instance_is_taken_away_two_minutes_after_its_notice() -> None:
    made = group(rebalance=False)
    assert made.interrupt("i-0", 100) == 220
    assert made.interrupt("i-0", 150) == 220
    assert made.instances["i-0"].state == "InService"
    assert (made.take_away(219), made.missing()) == ([], [])
    assert made.take_away(220) == ["i-0"]
    assert made.missing() == ["a"]


def test_with_rebalancing_another_one_is_launched_at_once_and_hooks_hold_no_longer_than_the_notice() -> None:
    made = group(rebalance=True)
    made.interrupt("i-0", 100)
    assert made.instances["i-0"].state == "Terminating:Wait"
    assert made.missing() == ["a"]
    assert made.take_away(220) == ["i-0"]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"types": ()}, "at least one"),
        ({"types": ("a",), "on_demand_base": -1}, "OnDemandBaseCapacity"),
        ({"types": ("a",), "on_demand_percent": 101}, "between 0 and 100"),
    ],
)
def test_what_aws_refuses_is_refused(values: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        MixedInstances(**values)  # type: ignore[arg-type]
