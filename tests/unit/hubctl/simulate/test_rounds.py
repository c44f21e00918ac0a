"""The agents' runs, reckoned late: they publish and protect as at their own moments."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.scaling.metrics import MetricId
from hubctl.simulate.events import Schedule
from hubctl.simulate.fleet import SimulatedFleet, scaling_metric
from hubctl.simulate.machines import SimulatedMachine
from hubctl.simulate.model import DEFAULTS
from hubctl.simulate.rounds import AgentRounds

FREE = MetricId(namespace="N", name="free")


@pytest.fixture
def fleet(model: Callable[..., Any]) -> SimulatedFleet:
    made = SimulatedFleet(
        model=model("aws-lab", min_size=2),
        assumptions=DEFAULTS["lab"],
        schedule=Schedule(),
        dice=random.Random(1),  # noqa: S311 - nothing secret
    )
    made.start()
    return made


@pytest.fixture
def rounds(fleet: SimulatedFleet, model: Callable[..., Any]) -> AgentRounds:
    return AgentRounds(fleet, 60.0, scaling_metric(model("aws-lab")), FREE)


def changed(machine: SimulatedMachine, *counts: tuple[float, int]) -> None:
    assert machine.changes is not None
    machine.changes.extend(counts)


def seen(fleet: SimulatedFleet, metric: MetricId, minutes: int) -> list[float | None]:
    return [
        fleet.metrics.series(metric).statistic(minute * 60, minute * 60 + 60, "Sum")
        for minute in range(minutes)
    ]


def test_each_run_tells_of_its_own_moment(
    fleet: SimulatedFleet, rounds: AgentRounds, model: Callable[..., Any]
) -> None:
    machine = next(iter(fleet.machines.values()))
    metric = scaling_metric(model("aws-lab"))
    assert metric is not None
    rounds.begin(machine, 10)
    changed(machine, (30, 1), (69, 2), (70, 3), (71, 4), (200, 0))
    rounds.collect(130 + 16)
    assert seen(fleet, metric, 4) == [0, 3, 4, None]
    assert seen(fleet, FREE, 3) == [2 * 9, 2 * 6, 2 * 5]  # nine places each, two in service
    rounds.collect(205)
    assert seen(fleet, metric, 4)[3] is None  # the run of 190 s is seen after 205 s
    rounds.collect(205.1)
    assert seen(fleet, metric, 4)[3] == 4
    assert list(machine.changes or ()) == [(200, 0)]


def test_a_machine_that_leaves_has_told_until_then(fleet: SimulatedFleet, rounds: AgentRounds) -> None:
    machine = next(iter(fleet.machines.values()))
    rounds.begin(machine, 0)
    changed(machine, (20, 5))
    rounds.collect(30)
    assert rounds.end(machine, 62) == 120
    assert machine.changes is None
    rounds.collect(74)
    assert seen(fleet, FREE, 2) == [2 * 9, None]
    rounds.collect(300)
    assert seen(fleet, FREE, 3) == [2 * 9, 2 * 4, None]
    assert rounds.end(machine, 400) == 120


def test_the_last_run_decides_on_protection(fleet: SimulatedFleet, rounds: AgentRounds) -> None:
    one, two = fleet.machines.values()
    for machine in (one, two):
        rounds.begin(machine, 0)
    changed(one, (50, 1), (125, 0))
    changed(two, (70, 1))
    rounds.protect(65)
    protected = [fleet.group.instances[machine.id].protected for machine in (one, two)]
    assert protected == [True, False]
    rounds.protect(130)  # the runs of 120 s: the first one's session ended after it
    assert all(fleet.group.instances[machine.id].protected for machine in (one, two))
    rounds.protect(190)
    assert [fleet.group.instances[machine.id].protected for machine in (one, two)] == [False, True]
