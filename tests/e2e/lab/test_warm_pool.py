"""The Lab with a warm pool: an instance waits switched off, and serves soon after it is needed.

The last tests of this folder: the group keeps its pool.
"""

import time
from dataclasses import replace

import pytest

from hubctl.trial.lab.lab import Lab
from tests.e2e.lab.conftest import SETTINGS, Stage, instance_of, terminate
from tests.support.waiting import PATIENCE


def in_pool(lab: Lab) -> list[str]:
    """Return the instances that wait in the pool and whose machines are switched off."""
    return [
        name
        for name, member in lab.fleet.group.members.items()
        if member.state == "Warmed:Stopped"
        and name in lab.fleet.hosts
        and not lab.fleet.hosts[name].running()
    ]


def wish(lab: Lab, count: int) -> None:
    """Have the group be of that size, whatever the alarm wants that finds too few sessions."""
    lab.aws.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=lab.deployed.group,
        MinSize=count,
        DesiredCapacity=count,
        TerminationPolicies=["NewestInstance"],
    )


@pytest.fixture(scope="module")
def warm(lab: Lab) -> str:
    """Give the group a pool, and return the instance that waits there; one instance is in service.

    The pool's size is the difference to two instances, so that the one that leaves service goes back.
    """
    lab.wait_until("a healthy instance", lambda: bool(lab.healthy()), 4 * PATIENCE)
    for instance in lab.healthy()[1:]:
        terminate(lab, instance, replace=False)
    lab.wait_until("one instance", lambda: len(lab.fleet.group.members) == 1, 4 * PATIENCE)
    lab.reshape(replace(SETTINGS, pool=1))
    lab.aws.client("autoscaling").put_warm_pool(
        AutoScalingGroupName=lab.deployed.group,
        MinSize=0,
        MaxGroupPreparedCapacity=2,
        PoolState="Stopped",
        InstanceReusePolicy={"ReuseOnScaleIn": True},
    )
    lab.wait_until("an instance in the pool", lambda: len(in_pool(lab)) == 1, 4 * PATIENCE)
    (waiting,) = in_pool(lab)
    return waiting


def test_an_instance_of_the_pool_serves_soon_after_it_is_needed(lab: Lab, stage: Stage, warm: str) -> None:
    host = lab.fleet.hosts[warm]
    (other,) = lab.healthy()
    assert warm not in lab.target_health(), "the balancer knows nobody of the pool"
    resident = stage.at_work("resident")  # keeps its instance in service
    lab.wait_until("its protection", lambda: lab.fleet.group.members[other].protected, PATIENCE)
    began = time.monotonic()
    wish(lab, 2)
    lab.wait_until("its health", lambda: warm in lab.healthy(), 2 * PATIENCE)
    print(f"out of the warm pool after {time.monotonic() - began:.0f} s")
    assert lab.fleet.hosts[warm] is host, "the same machine, with its disk"
    for _ in range(4):  # each new browser is sent to the next instance
        ada = stage.at_work("ada")
        if instance_of(lab, "ada") == warm:
            break
        stage.do(ada.stop_server())
    assert instance_of(lab, "ada") == warm
    stage.do(ada.write_file("kept.txt", "of a warm instance"))
    stage.do(ada.stop_server())
    stage.do(resident.stop_server())
