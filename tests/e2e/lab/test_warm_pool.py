"""The Lab with a warm pool: an instance waits switched off, serves soon after it is needed, goes back, and serves again.

The last tests of this folder: the group keeps its pool. The second one goes on where the first has ended.
"""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from hubctl.trial.hosts.host import Host
from hubctl.trial.lab.lab import Lab
from tests.e2e.lab.conftest import SETTINGS, Stage, instance_of, one_is_left
from tests.support.waiting import PATIENCE

DATABASE = "upper/var/lib/jupyterhub-lab/jupyterhub.sqlite"  # on a host's disk, of its hub


class Story:
    """Who is there, from one test to the next."""

    resident: Any  # keeps the other instance in service
    ada: Any


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


def users_of(host: Host) -> set[str]:
    """Return the users that the hub of a host knows, also while the host is switched off."""
    file = host.disk / DATABASE
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return {name for (name,) in database.execute("select name from users")}


def protected(lab: Lab, instance: str) -> bool:
    return lab.fleet.group.members[instance].protected


def at_work_on(lab: Lab, stage: Stage, user: str, instance: str) -> Any:
    """Return a browser of the user, whose server runs on that instance."""
    for _ in range(4):  # each new browser is sent to the next instance
        client = stage.at_work(user)
        if instance_of(lab, user) == instance:
            return client
        stage.do(client.stop_server())
    raise AssertionError(f"{user} was never sent to {instance}")


@pytest.fixture(scope="module")
def warm(lab: Lab) -> str:
    """Give the group a pool, and return the instance that waits there; one instance is in service.

    The pool's size is the difference to two instances, so that the one that leaves service goes back.
    """
    one_is_left(lab)
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
    Story.resident = stage.at_work("resident")
    lab.wait_until("its protection", lambda: protected(lab, other), PATIENCE)
    began = time.monotonic()
    wish(lab, 2)
    lab.wait_until("its health", lambda: warm in lab.healthy(), 2 * PATIENCE)
    print(f"out of the warm pool after {time.monotonic() - began:.0f} s")
    assert lab.fleet.hosts[warm] is host, "the same machine, with its disk"
    Story.ada = at_work_on(lab, stage, "ada", warm)
    stage.do(Story.ada.write_file("kept.txt", "of a warm instance"))


def test_it_goes_back_to_the_pool_forgets_its_users_and_serves_again(
    lab: Lab, stage: Stage, warm: str
) -> None:
    host = lab.fleet.hosts[warm]
    (other,) = set(lab.healthy()) - {warm}
    assert "ada" in users_of(host)
    # Had the group to shrink while all of its instances have users, it would fill the pool with a new one.
    lab.wait_until("protection", lambda: protected(lab, warm), PATIENCE)
    stage.do(Story.ada.stop_server())
    lab.wait_until("the end of protection", lambda: not protected(lab, warm), PATIENCE)
    wish(lab, 1)
    lab.wait_until("the return to the pool", lambda: in_pool(lab) == [warm], 4 * PATIENCE)
    assert users_of(host) == set()
    assert lab.healthy() == [other]
    assert lab.fleet.group.desired == 1
    wish(lab, 2)
    lab.wait_until("its health", lambda: warm in lab.healthy(), 2 * PATIENCE)
    assert lab.fleet.hosts[warm] is host
    again = at_work_on(lab, stage, "ada", warm)
    assert stage.do(again.read_file("kept.txt")) == "of a warm instance"
    assert host.run("docker", "ps", "--all", "--format", "{{.Names}}").split() == ["notebook-ada"]
    for user in (again, Story.resident):
        stage.do(user.stop_server())
