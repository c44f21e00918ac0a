"""A class of 12 comes to the Lab, first unannounced and then announced; the simulator foresees when the group grows.

The users are those of ``hubctl rehearse``. The Lab of these tests has room for all of them on one instance, so nobody is
refused; that they are 12 on one instance is what its alarm sees.
"""

import asyncio

from hubctl.rehearse.play import Player, Rehearsal
from hubctl.rehearse.programme import CapacityStep, Guest, Programme
from hubctl.rehearse.stages import LabStage
from hubctl.simulate.arrivals import Arrival
from hubctl.simulate.model import DEFAULTS, Outcome
from hubctl.simulate.run import simulate
from hubctl.simulate.stack_reading import read_stack
from hubctl.trial.lab.lab import Lab
from tests.e2e.lab.conftest import SETTINGS
from tests.support.waiting import PATIENCE

USERS = 12
COMES, STAYS = 120.0, 480.0  # seconds of AWS: from when on, and how long
EVERY = 10.0  # between two of them
LEAD = 900.0  # as a timetable has it where it says nothing
MINUTE = 60.0
PERIOD = 60.0  # over which the alarm evaluates once


def guests(first: float) -> tuple[Guest, ...]:
    return tuple(
        Guest(user=f"pupil-{number:02}", at=first + number * EVERY, duration=STAYS) for number in range(USERS)
    )


def programme(*, announced: bool) -> Programme:
    begins = COMES + (LEAD if announced else 0.0)
    steps = (
        CapacityStep(at=begins - LEAD, instances=3, name="up"),
        CapacityStep(at=begins + STAYS, instances=1, name="down"),
    )
    return Programme(
        name="pupils",
        begins=begins,
        ends=begins + STAYS,
        guests=guests(begins),
        steps=steps if announced else (),
        expected=USERS if announced else 0,
    )


def rested(lab: Lab) -> None:
    """Wait until one instance is left, with which each of the tests begins."""
    lab.wait_until(
        "one instance",
        lambda: len(lab.fleet.group.members) == 1 == len(lab.healthy()) and lab.fleet.group.desired == 1,
        4 * PATIENCE,
    )


def played(lab: Lab, made: Programme) -> Rehearsal:
    rested(lab)
    return asyncio.run(Player(LabStage(lab), made, speed=SETTINGS.speed, tell=lab.tell).play())


def grown(times: list[tuple[float, int]]) -> float:
    """Return when the group was first asked for more than one instance, in seconds of AWS; fail when it never was."""
    found = [at for at, desired in times if desired > 1]
    assert found, "the group has not grown"
    return found[0]


def foreseen(lab: Lab, made: Programme, seed: int) -> Outcome:
    model = read_stack(lab.deployed.folder / "cdk.tf.json", "aws-lab", {})
    arrivals = [Arrival(time=one.at, user=one.user, duration=one.duration) for one in made.guests]
    return simulate(model, arrivals, assumptions=DEFAULTS["lab"], seed=seed, seconds=made.ends)


def all_worked(seen: Rehearsal) -> None:
    assert [visit.broke for visit in seen.visits if visit.broke] == []
    assert [visit.refused for visit in seen.visits if visit.refused] == []
    assert len(seen.waits) == USERS


def test_an_unannounced_class_makes_the_group_grow_when_the_simulator_says(lab: Lab) -> None:
    made = programme(announced=False)
    seen = played(lab, made)
    all_worked(seen)
    real = grown([(moment.at, moment.group.desired) for moment in seen.moments])
    # The agent's minute and the alarm's begin where chance has them: the simulator says between when and when. Its course has
    # a line a minute, which shows what happened before it.
    outcomes = [foreseen(lab, made, seed) for seed in range(8)]
    predicted = [grown([(minute.time, minute.desired) for minute in one.timeline]) for one in outcomes]
    earliest, latest = min(predicted) - MINUTE - PERIOD, max(predicted) + PERIOD
    assert earliest <= real <= latest, (
        f"it grew at {real:.0f} s, and was to grow from {earliest:g} to {latest:g} s"
    )
    assert all(outcome.refused == 0 for outcome in outcomes)


def test_an_announced_class_finds_the_instances_there(lab: Lab) -> None:
    made = programme(announced=True)
    seen = played(lab, made)
    all_worked(seen)
    ready = [moment for moment in seen.moments if moment.at >= made.begins]
    assert ready[0].group.usable == 3
    assert max(visit.place for visit in seen.visits) == 0
    served = {visit.user for visit in seen.visits}
    assert served == {guest.user for guest in made.guests}
