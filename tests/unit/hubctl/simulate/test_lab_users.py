"""The Lab as it is simulated: instances fill up alike, a crowd is foreseen, and after it the group wants what users need."""

from collections.abc import Callable
from typing import Any

import pytest

from hubctl.simulate.columns import Arrival
from hubctl.simulate.durations import HOUR, MINUTE
from hubctl.simulate.model import DEFAULTS, Outcome
from hubctl.simulate.run import simulate
from hubctl.simulate.scenarios import SCENARIOS
from hubctl.simulate.sizing import announced, row_for, with_pool
from hubctl.simulate.timeline import SimulatedMinute

Models = Callable[..., Any]


@pytest.fixture
def lab(model: Models) -> Callable[..., Any]:
    _, row = row_for("aws-lab", 100)
    return lambda **changes: with_pool(model("aws-lab", **{**row, **changes}), int(row["warm_pool_size"]))


def lecture(lab: Any, seed: int = 1, *, told: bool) -> Outcome:
    chosen = SCENARIOS["class-of-100"]
    made = announced(lab, chosen.announced) if told else lab
    return simulate(
        made, chosen.arrivals(seed), assumptions=DEFAULTS["lab"], seed=seed, seconds=chosen.seconds
    )


def at(outcome: Outcome, hours: float) -> SimulatedMinute:
    return min(outcome.timeline, key=lambda minute: abs(minute.time - hours * HOUR))


def test_after_a_class_the_group_soon_wants_as_many_instances_as_its_users_need(lab: Any) -> None:
    outcome = lecture(lab(), told=True)
    assert at(outcome, 2.5).desired >= 5  # 100 users, as announced
    after = at(outcome, 2.62)
    assert after.usable > 1  # users keep them in service
    assert after.desired == 1
    assert outcome.lost == outcome.interrupted == 0


@pytest.mark.parametrize("seed", range(1, 4))
def test_no_further_instance_is_asked_for_while_another_has_room(lab: Any, seed: int) -> None:
    # The first instance is nearly full when the second comes; then users come one by one.
    early = [Arrival(time=HOUR + 30.0 * number, user=f"a{number}", duration=3 * HOUR) for number in range(18)]
    late = [
        Arrival(time=HOUR + (12 + 3 * number) * MINUTE, user=f"b{number}", duration=3 * HOUR)
        for number in range(14)
    ]
    outcome = simulate(lab(), [*early, *late], assumptions=DEFAULTS["lab"], seed=seed, seconds=2 * HOUR)
    last = outcome.timeline[-1]
    assert (last.sessions, last.usable, last.desired, outcome.most_instances) == (32, 2, 2, 2)


def test_of_a_crowd_several_instances_are_asked_for_at_once(lab: Any) -> None:
    crowd = [Arrival(time=HOUR + 2.0 * number, user=str(number), duration=HOUR) for number in range(50)]
    outcome = simulate(lab(), crowd, assumptions=DEFAULTS["lab"], seed=1, seconds=HOUR + 10 * MINUTE)
    assert outcome.refused == 0
    assert at(outcome, 1 + 1 / 60).desired >= 3  # in a minute, when 30 have come
