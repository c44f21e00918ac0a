"""Whole simulations: what must hold, and small ones that can be worked out by hand."""

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from hubctl.simulate.columns import Arrival
from hubctl.simulate.machines import SimulatedMachine
from hubctl.simulate.model import DEFAULTS, Outcome, SimulationAssumptions
from hubctl.simulate.places import Places
from hubctl.simulate.run import simulate
from hubctl.simulate.scenarios import SCENARIOS
from stacks.registry import STACK_NAMES

Models = Callable[..., Any]
HOUR = 3600.0


def run(model: Any, arrivals: list[Arrival], seed: int = 1, **assumed: float) -> Outcome:
    return simulate(model, arrivals, assumptions=replace(DEFAULTS[model.kind], **assumed), seed=seed)


def users(count: int, *, at: float = 600, duration: float = HOUR, apart: float = 1) -> list[Arrival]:
    return [
        Arrival(time=at + apart * number, user=f"u{number}", duration=duration) for number in range(count)
    ]


@pytest.mark.parametrize("stack", STACK_NAMES)
@pytest.mark.parametrize("scenario", ["class-of-100", "exam", "quiet-lab"])
def test_every_user_is_served_or_refused_and_nothing_runs_for_free(
    model: Models, stack: str, scenario: str
) -> None:
    made, chosen = model(stack), SCENARIOS[scenario]
    arrivals = chosen.arrivals(3)
    outcome = simulate(made, arrivals, assumptions=DEFAULTS[made.kind], seed=3, seconds=chosen.seconds)
    came_back = outcome.lost + outcome.interrupted
    assert len(arrivals) <= len(outcome.waits) + outcome.refused <= len(arrivals) + came_back
    assert made.group.min_size * chosen.seconds <= outcome.instance_seconds
    assert outcome.instance_seconds <= made.group.max_size * 2 * chosen.seconds
    assert outcome.session_seconds <= sum(arrival.duration for arrival in arrivals) + 1
    assert 0 < outcome.utilization <= 1
    assert all(
        moment.sessions <= moment.in_service * made.places + made.places for moment in outcome.timeline
    )
    assert all(wait >= DEFAULTS[made.kind].spawn - 1e-6 for wait in outcome.waits)


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_same_seed_gives_the_same_outcome(model: Models, stack: str) -> None:
    arrivals = SCENARIOS["exam"].arrivals(5)
    assert run(model(stack), arrivals, seed=5) == run(model(stack), arrivals, seed=5)


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_a_class_of_100_takes_well_under_ten_seconds(model: Models, stack: str) -> None:
    made, began = model(stack), time.process_time()
    simulate(
        made, SCENARIOS["class-of-100"].arrivals(1), assumptions=DEFAULTS[made.kind], seed=1, seconds=4 * HOUR
    )
    assert time.process_time() - began < 5


def test_scaling_in_does_not_move_users_who_think(model: Models) -> None:
    """Workers grow with the class and shrink after it, and only empty ones are taken away."""
    made = model("chef-hub")
    arrivals = SCENARIOS["class-of-100"].arrivals(2)
    outcome = simulate(made, arrivals, assumptions=DEFAULTS["hub"], seed=2, seconds=8 * HOUR)
    sizes = [moment.in_service for moment in outcome.timeline]
    assert max(sizes) > sizes[-1] == made.group.min_size
    assert outcome.interrupted == 0


def test_a_lab_with_room_starts_users_at_once(model: Models) -> None:
    outcome = run(model("aws-lab", min_size=2), users(6))
    assert outcome.waits == (8.0,) * 6
    assert (outcome.refused, outcome.lost, outcome.most_instances) == (0, 0, 2)


def test_the_labs_group_grows_by_its_alarm_and_shrinks_again(model: Models) -> None:
    outcome = run(model("aws-lab", spare_places=0), users(8, apart=20))
    desired = [moment.desired for moment in outcome.timeline]
    assert max(desired) == 2  # eight on one instance reach the threshold of eight: one more
    assert desired[-1] == 1
    first = next(moment.time for moment in outcome.timeline if moment.desired == 2)
    # The eighth comes at 740 s. Two of three minutes above, a minute between runs of the agent, and its way to CloudWatch.
    assert 740 + 60 <= first <= 740 + 240
    assert outcome.lost == 0


def test_the_labs_group_grows_by_two_when_an_instance_is_full(model: Models) -> None:
    outcome = run(model("aws-lab", spare_places=0), users(9, apart=20))
    assert max(moment.desired for moment in outcome.timeline) == 3


def test_an_instance_with_a_session_is_never_taken_away(model: Models) -> None:
    arrivals = [*users(9, apart=5, duration=600), Arrival(time=640, user="stays", duration=4 * HOUR)]
    outcome = run(model("aws-lab"), arrivals)
    assert outcome.lost == 0
    assert max(moment.desired for moment in outcome.timeline) >= 2
    assert len(outcome.waits) == 10


def test_a_full_lab_lets_users_wait_and_give_up(model: Models) -> None:
    outcome = run(model("aws-lab", max_size=1), users(12), patience=300)
    assert len(outcome.waits) == 9
    assert outcome.refused == 3


def test_the_hub_asks_for_a_worker_for_users_who_wait(model: Models) -> None:
    alone = replace(model("chef-hub"), policies=(), alarms=())  # without the policy, which scales on CPU
    outcome = run(alone, users(10))
    assert outcome.refused == 0
    boot = 30 + 180 + 120  # launch, boot, pull
    assert sorted(outcome.waits)[:7] == [8.0] * 7
    assert max(outcome.waits) == pytest.approx(boot + 8, abs=3)
    assert outcome.most_instances == 2


def test_the_hub_refuses_beyond_its_limits(model: Models) -> None:
    assert run(model("chef-hub", hub_max_users=5), users(9)).refusals == {"hub_max_users": 4}
    memory = {"hub_max_cluster_memory_gib": 8}
    assert run(model("chef-hub", **memory), users(9)).refusals == {"hub_max_cluster_memory_gib": 5}
    assert run(model("chef-hub", worker_max_size=1), users(9)).refusals == {"worker_max_size": 2}


def test_spot_interruptions_lose_sessions_and_users_come_back(model: Models) -> None:
    spot = replace(model("chef-hub"), spot=True)
    calm = run(spot, users(5, duration=8 * HOUR), interruptions_per_hour=0.0)
    rough = run(spot, users(5, duration=8 * HOUR), interruptions_per_hour=1.0)
    assert calm.lost == 0
    assert rough.lost > 0
    assert len(rough.waits) > 5


def test_a_slower_metric_makes_users_wait_longer(model: Models) -> None:
    arrivals = users(20, apart=30)
    lab = model("aws-lab", spare_places=0)
    quick = run(lab, arrivals, metric_delay=0.0, patience=HOUR)
    slow = run(lab, arrivals, metric_delay=300.0, patience=HOUR)
    assert slow.wait(95) > quick.wait(95)  # type: ignore[operator]


def test_thresholds_that_flap_are_seen_to_flap(model: Models) -> None:
    # Eight users who stay where they are: 8 on one instance are too many, 4 on average of two too, 2.7 of three too few
    steady = [Arrival(time=0, user=f"u{number}", duration=5 * HOUR) for number in range(8)]

    def turns(**variables: int) -> int:
        outcome = run(model("aws-lab", spare_places=0, **variables), steady)
        sizes = [moment.desired for moment in outcome.timeline if moment.time < 5 * HOUR]
        return sum(one != other for one, other in pairwise(sizes))

    assert turns(scale_up_threshold=4, scale_down_threshold=3) > 6
    assert turns(scale_up_threshold=9, scale_down_threshold=3) == 0


def test_without_a_warm_up_booting_workers_look_busy_and_bring_more(model: Models) -> None:
    settings = {"hub_spare_places": 0, "worker_cpu_target_percent": 40}
    hub, arrivals = model("chef-hub", **settings), users(7, duration=2 * HOUR)
    hasty = replace(hub, group=replace(hub.group, default_warmup=None))
    assert run(hub, arrivals).most_instances < run(hasty, arrivals).most_instances


def test_assumptions_are_checked() -> None:
    assert SimulationAssumptions().changed({"boot": 10.0}).boot == 10


def test_full_instances_send_users_on(model: Models) -> None:
    made = model("aws-lab", min_size=3, max_size=3)
    old, new = (run(replace(made, packs=packs), users(27, apart=1)) for packs in (False, True))
    assert max(new.waits) == max(old.waits) == 8.0
    late = [*users(9, at=0, duration=HOUR / 6), *users(18, at=HOUR)]
    late += [Arrival(time=HOUR + 60 + number, user=f"late{number}", duration=60) for number in range(9)]
    assert max(run(made, late).waits) == 8.0


def test_instances_beyond_the_desired_ones_take_no_users_while_others_do() -> None:
    places = Places(2)
    for serial in (3, 5, 8):
        places.add(
            serial, SimulatedMachine(id=f"i-{serial}", serial=serial, places=2, usable=0, paid_since=0)
        )
    assert [places.surplus_from(wanted) for wanted in (0, 1, 2, 3)] == [5, 5, 8, float("inf")]


def test_an_agent_asks_for_instances_soon_after_a_start(model: Models) -> None:
    made = model("aws-lab", min_size=1, max_size=4, spare_places=3)
    arrivals = users(7, apart=0)  # of 9 places: 2 are left, fewer than 3
    quick = run(made, arrivals)
    slow = run(replace(made, packs=False), arrivals)
    at = {
        name: next(m.time for m in one.timeline if m.desired > 1)
        for name, one in (("quick", quick), ("slow", slow))
    }
    assert at["quick"] == 660.0  # the minute after the start at 600
    assert at["slow"] > at["quick"]


def test_users_take_half_as_much_of_twice_the_vcpus(model: Models) -> None:
    small, large = (
        model("chef-hub", worker_instance_type=name, worker_max_size=4)
        for name in ("m6i.xlarge", "m6i.2xlarge")
    )
    assert (small.vcpus, large.vcpus) == (4, 8)
    arrivals = users(6)
    highest = [max(moment.average or 0 for moment in run(made, arrivals).timeline) for made in (small, large)]
    assert highest[0] - highest[1] >= 6 * 10 / 2 - 1
