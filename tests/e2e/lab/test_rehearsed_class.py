"""A class of 12 comes to a Lab with 5 places on an instance: unannounced it waits for growth, announced nobody waits.

How long the unannounced users wait for a place, the simulator says, with the same roster and settings, and with the times that
this machine takes to boot a host and to turn a user away.
"""

from collections.abc import Iterator
from statistics import fmean

import pytest

from hubctl.rehearse.play import Rehearsal
from hubctl.rehearse.programme import Programme
from hubctl.rehearse.stages import LabStage
from hubctl.scaling.metrics import percentile
from hubctl.simulate.model import StackModel
from hubctl.simulate.stack_reading import read_stack
from hubctl.trial.lab.lab import Lab
from tests.e2e.classes import (
    PERIOD,
    USERS,
    Pupil,
    agrees,
    foreseen,
    growth,
    patient_pupils,
    played,
    programme,
)
from tests.e2e.lab.conftest import SETTINGS, one_is_left, terminate
from tests.support.waiting import PATIENCE

PLACES, INSTANCES = 5, 3
VALUES = {"user_memory_gib": 2.8, "scale_up_threshold": 3, "scale_down_threshold": 1}
EVERY = 10.0  # seconds of AWS between two users, as all times here


class Seen:
    """What the unannounced class tells of this machine: how long hosts need."""

    boot = 450.0


@pytest.fixture(scope="module", autouse=True)
def _five_places(lab: Lab) -> Iterator[None]:
    """Give the Lab instances of five places; the next apply, of the tests after these, takes that back."""
    one_is_left(lab)
    lab.change(**VALUES)
    (before,) = lab.fleet.group.members
    terminate(lab, before)
    lab.wait_until("the end of the instance before", lambda: before not in lab.fleet.hosts, 2 * PATIENCE)
    one_is_left(lab)
    with patient_pupils():
        yield
    one_is_left(lab)


def in_the_lab(lab: Lab, made: Programme) -> Rehearsal:
    one_is_left(lab)
    return played(LabStage(lab, Pupil), made, speed=SETTINGS.speed, tell=lab.tell)


def model(lab: Lab) -> StackModel:
    found = read_stack(lab.deployed.folder / "cdk.tf.json", "aws-lab", VALUES)
    assert (found.places, found.group.max_size) == (PLACES, INSTANCES)
    return found


def test_an_unannounced_class_waits_as_long_as_the_simulator_says(lab: Lab) -> None:
    made = programme(announced=False, every=EVERY, places=PLACES)
    seen = in_the_lab(lab, made)
    waited = [visit for visit in seen.visits if visit.tries > 1]
    assert len(waited) == USERS - PLACES
    retry = fmean(visit.place / (visit.tries - 1) for visit in waited)
    (grew, one_more), (_, all_of_them) = (growth(seen, 1, count) for count in (2, INSTANCES))
    Seen.boot = all_of_them - grew
    # Where in their minute the agents and the alarm are, chance has decided.
    outcomes = [
        foreseen(model(lab), made, boot=ready - grew, retry=retry, phase=phase)
        for ready in {one_more, all_of_them}
        for phase in range(0, PERIOD, 5)
    ]
    for outcome in outcomes:
        assert len([wait for wait in outcome.waits if wait > 0]) == len(waited)
    real = [visit.place for visit in seen.visits]
    agrees("mean wait", fmean(real), [fmean(outcome.waits) for outcome in outcomes], PERIOD)
    agrees("p50", percentile(real, 50), [percentile(one.waits, 50) for one in outcomes], PERIOD)
    # Whom the balancer sends to the full instance once more comes later by a try.
    p95 = [percentile(outcome.waits, 95) for outcome in outcomes]
    agrees("p95", percentile(real, 95), p95, PERIOD + 2 * retry)


def test_an_announced_class_finds_its_places(lab: Lab) -> None:
    # As an operator does, with a lead time in which instances come up
    lead = min(240, round(max(600.0, 2 * Seen.boot) / 60))
    made = programme(announced=True, every=EVERY, places=PLACES, spare=3, lead_minutes=lead, end="09:04")
    assert [step.instances for step in made.steps] == [INSTANCES, 1]
    seen = in_the_lab(lab, made)
    ready = [moment for moment in seen.moments if moment.at >= made.begins]
    assert ready[0].group.usable == INSTANCES
    assert {visit.place for visit in seen.visits} == {0.0}
    assert {visit.tries for visit in seen.visits} == {1}
    assert set(foreseen(model(lab), made, boot=Seen.boot).waits) == {0.0}
    lab.wait_until("the end of the scheduled capacity", lambda: lab.fleet.group.smallest == 1, PATIENCE)
