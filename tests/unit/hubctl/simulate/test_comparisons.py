"""What settings are compared with: literally those of before, the same with enough instances, and other ones."""

from collections.abc import Callable
from typing import Any

import pytest

from hubctl.simulate.comparisons import (
    BEFORE,
    GROUPS,
    before,
    places_of,
    with_enough,
    without_timetable,
)
from hubctl.simulate.model import DEFAULTS
from hubctl.simulate.run import simulate
from hubctl.simulate.scenarios import SCENARIOS
from hubctl.simulate.sizing import announced, row_for, with_pool
from hubctl.simulate.stack_reading import KINDS
from stacks.registry import STACK_NAMES

Models = Callable[..., Any]


def test_a_stack_as_before_has_neither_pool_nor_actions(model: Models) -> None:
    made = announced(with_pool(model("chef-hub", worker_max_size=9), 3), SCENARIOS["exam"].announced)
    old = before(made)
    assert made.group.warm_pool is not None
    assert made.actions
    assert (old.group.warm_pool, old.actions, old.packs, old.group.default_warmup) == (None, (), False, 420.0)
    assert [hook.name for hook in old.group.hooks] == [hook.name for hook in model("chef-hub").group.hooks]


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_before_is_the_same_with_and_without_a_pool_in_the_stack(model: Models, stack: str) -> None:
    values = BEFORE[KINDS[stack]]
    plain = model(stack, **values)
    assert before(with_pool(plain, 3)) == before(plain)


@pytest.mark.parametrize(
    ("stack", "scenario", "hours", "refused"),
    [
        ("aws-lab", "class-of-100", 9.12, 64),
        ("chef-hub", "class-of-100", 10.83, 65),
        ("aws-lab", "exam", 10.87, 24),
    ],
)
def test_before_gives_the_numbers_of_then(
    model: Models, stack: str, scenario: str, hours: float, refused: int
) -> None:
    kind, chosen = KINDS[stack], SCENARIOS[scenario]
    outcome = simulate(
        before(model(stack, **BEFORE[kind])),
        chosen.arrivals(1),
        assumptions=DEFAULTS[kind],
        seed=1,
        seconds=chosen.seconds,
    )
    assert outcome.instance_hours == pytest.approx(hours, abs=0.01)
    assert outcome.refused == refused


def test_places_follow_the_memory_of_the_type() -> None:
    assert (places_of("lab", "m6i.xlarge"), places_of("lab", "r6i.xlarge")) == (9, 20)
    assert (places_of("hub", "m6i.xlarge"), places_of("hub", "r6i.xlarge")) == (7, 15)
    assert places_of("lab", "zz9.plural") == 0


def test_enough_are_never_fewer_than_before() -> None:
    assert with_enough("lab", 100)["max_size"] == 14  # eight users each, when the alarm adds instances
    assert with_enough("lab", 3)["max_size"] == BEFORE["lab"]["max_size"]
    hub = with_enough("hub", 125)
    assert (hub["worker_max_size"], hub["hub_max_users"], hub["hub_max_cluster_memory_gib"]) == (19, 125, 250)


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_cheapest_is_searched_over_both_types(stack: str) -> None:
    kind = KINDS[stack]
    _, row = row_for(stack, 100)
    tried = list(without_timetable(kind, row))
    assert {values[GROUPS[kind].type] for values in tried} == {"m6i.xlarge", "r6i.xlarge"}
    held = int(row[GROUPS[kind].largest]) * places_of(kind, str(row[GROUPS[kind].type]))
    for values in tried:
        assert int(values[GROUPS[kind].largest]) * places_of(kind, str(values[GROUPS[kind].type])) >= held
        assert 1 <= int(values[GROUPS[kind].smallest]) <= int(values[GROUPS[kind].largest])
