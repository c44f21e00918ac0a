"""A class of 12 comes to the hub with 4 places on a worker: unannounced it waits for a third worker, announced nobody waits.

How long the unannounced users wait for a place, the simulator says, with the same roster and settings, and with the time that
this machine takes until a new worker takes users. In this cluster time passes as fast as in AWS.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

import pytest

from hubctl.rehearse.programme import Programme
from hubctl.rehearse.stages import WORKER_RESERVE_GIB, ClusterStage
from hubctl.scaling.group import ScaledGroupSettings
from hubctl.scaling.metrics import percentile
from hubctl.simulate.model import StackModel
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.ready import ready_workers
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
from tests.e2e.swarm.conftest import MEMORY_GIB, Limits
from tests.support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.own_limits
PLACES, USUALLY, MOST = 4, 2, 3  # users on a worker, workers at first and at most
USER_GIB = math.floor(100 * (MEMORY_GIB - WORKER_RESERVE_GIB) / PLACES) / 100
EVERY = 2.0  # seconds between two users
MODEL = StackModel(
    name="chef-hub",
    kind="hub",
    group=ScaledGroupSettings(name="workers", zones=("a", "b"), min_size=USUALLY, max_size=MOST),
    policies=(),
    alarms=(),
    instance_type="m6i.xlarge",
    places=PLACES,
    user_gib=USER_GIB,
    spot=False,
    region="us-east-1",
    packs=True,
)


@pytest.fixture
def stage(cluster: Cluster, limits: Limits) -> Iterator[ClusterStage]:
    """The cluster with two workers of four places, and with two again afterwards."""
    limits(user_memory_gib=USER_GIB)
    assert len(cluster.workers) == USUALLY
    before = set(cluster.fleet.hosts)
    stage = ClusterStage(cluster, Pupil)
    with patient_pupils():
        yield stage
    autoscaling = cluster.aws.client("autoscaling")
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=cluster.inputs.attributes["autoscaling_group"], MinSize=0
    )
    for instance in set(cluster.fleet.hosts) - before:
        autoscaling.terminate_instance_in_auto_scaling_group(
            InstanceId=instance, ShouldDecrementDesiredCapacity=True
        )
    wait_until(lambda: set(cluster.fleet.hosts) == before, "two workers", patience=2 * PATIENCE)
    # A host that is gone at once is missed a little later.
    names = sorted(worker.name for worker in cluster.workers)
    wait_until(lambda: ready_workers(cluster.leader) == names, "the Swarm's notice", patience=2 * PATIENCE)


def soon(made: Programme) -> Programme:
    """Return the programme from shortly before its first user on; its scheduled actions are given apart from it."""
    first = made.guests[0].at - 1.0
    return replace(made, guests=tuple(replace(one, at=one.at - first) for one in made.guests), steps=())


def test_an_unannounced_class_waits_as_long_as_the_simulator_says(stage: ClusterStage) -> None:
    made = soon(programme(announced=False, every=EVERY, places=PLACES))
    seen = played(stage, made, speed=1.0)
    grew, ready = growth(seen, USUALLY, MOST)
    outcome = foreseen(MODEL, made, boot=ready - grew)
    real = [visit.place for visit in seen.visits]
    waiting = USERS - USUALLY * PLACES
    assert len([wait for wait in real if wait > 0]) == waiting
    assert len([wait for wait in outcome.waits if wait > 0]) == waiting
    agrees("mean wait", fmean(real), [fmean(outcome.waits)], PERIOD)
    agrees("p50", percentile(real, 50), [percentile(outcome.waits, 50)], PERIOD)
    agrees("p95", percentile(real, 95), [percentile(outcome.waits, 95)], PERIOD)


def test_an_announced_class_finds_its_places(stage: ClusterStage) -> None:
    made = programme(announced=True, every=EVERY, places=PLACES, lead_minutes=1)
    assert [step.instances for step in made.steps] == [MOST, 1]
    stage.schedule(made.steps, elapsed=made.steps[0].at - 2.0)
    # An operator's lead time is as long as workers need to come; here it ends once they are there.
    wait_until(lambda: stage.capacity().smallest == MOST, "the scheduled action", patience=PATIENCE)
    wait_until(lambda: stage.capacity().usable == MOST, "a third worker", patience=4 * PATIENCE)
    seen = played(stage, soon(made), speed=1.0)
    assert {visit.place for visit in seen.visits} == {0.0}
    assert {visit.tries for visit in seen.visits} == {1}
    three = replace(MODEL, group=replace(MODEL.group, min_size=MOST))
    assert set(foreseen(three, soon(made)).waits) == {0.0}
