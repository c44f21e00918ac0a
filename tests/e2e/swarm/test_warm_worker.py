"""A worker of the warm pool: it boots and pulls once, is switched off, and takes users soon after it is needed."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubctl.trial.hosts.host import Host
from hubctl.trial.swarm.account import WorkerGroup, WorkerInstance, add_pool, instances_of
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.ready import ready_workers
from stacks.chef_hub.profiles import WORKERS_LAUNCHING_HOOK
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import node_id, node_of, others_paused
from tests.support.waiting import SCENARIO_PATIENCE, wait_until

Run = Callable[[Any], Any]
LEFTOVER = "left-by-a-user"


class Pool:
    """The workers' group with room for one more, which waits in the pool: what scaling in frees goes back there."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.name: str = cluster.inputs.attributes["autoscaling_group"]
        self.autoscaling = cluster.aws.client("autoscaling")
        self.before = self._described()
        self.base: int = self.before["DesiredCapacity"]

    def _described(self) -> dict[str, Any]:
        answer = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        found: dict[str, Any] = answer["AutoScalingGroups"][0]
        return found

    def make(self) -> None:
        names = {"name": self.name, "hook": self.cluster.inputs.attributes["lifecycle_hook"]}
        group = WorkerGroup(**names, workers=0, maximum=0, pool=1, launching_hook=WORKERS_LAUNCHING_HOOK)
        add_pool(self.autoscaling, group)
        self.autoscaling.put_warm_pool(
            AutoScalingGroupName=self.name,
            MinSize=0,
            MaxGroupPreparedCapacity=self.base + 1,
            PoolState="Stopped",
            InstanceReusePolicy={"ReuseOnScaleIn": True},
        )
        self.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=self.name, MaxSize=self.base + 1, TerminationPolicies=["NewestInstance"]
        )

    def delete(self) -> None:
        """Have the group as it was."""
        self.autoscaling.delete_warm_pool(AutoScalingGroupName=self.name, ForceDelete=True)
        known = {one["InstanceId"] for one in self.before["Instances"]}
        for name, state in self.states().items():
            if name not in known and not state.startswith("Warmed:"):
                self.autoscaling.terminate_instance_in_auto_scaling_group(
                    InstanceId=name, ShouldDecrementDesiredCapacity=True
                )
        wait_until(
            lambda: len(self.cluster.fleet.hosts) == self.base, "the pool to end", patience=SCENARIO_PATIENCE
        )
        self.autoscaling.delete_lifecycle_hook(
            AutoScalingGroupName=self.name, LifecycleHookName=WORKERS_LAUNCHING_HOOK
        )
        self.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=self.name,
            MaxSize=self.before["MaxSize"],
            TerminationPolicies=self.before["TerminationPolicies"],
        )

    def states(self) -> dict[str, str]:
        found: dict[str, WorkerInstance] = instances_of(self.autoscaling, self.name)
        return {one.id: one.state for one in found.values()}

    def protected(self, instance: str) -> bool:
        """Tell whether scaling in passes that instance over."""
        return any(
            one["ProtectedFromScaleIn"]
            for one in self._described()["Instances"]
            if one["InstanceId"] == instance
        )

    def wish(self, more: int) -> None:
        self.autoscaling.set_desired_capacity(
            AutoScalingGroupName=self.name, DesiredCapacity=self.base + more
        )

    def waiting(self) -> str:
        """Return the instance that waits in the pool, once its machine is switched off."""

        def there() -> bool:
            return "Warmed:Stopped" in self.states().values()

        wait_until(there, "a worker in the pool", patience=SCENARIO_PATIENCE)
        (warm,) = [name for name, state in self.states().items() if state == "Warmed:Stopped"]
        host = self.cluster.fleet.hosts[warm]
        wait_until(lambda: not host.running(), "its machine to be off", patience=SCENARIO_PATIENCE)
        return warm

    def takes_users(self, host: Host) -> bool:
        return host.name in ready_workers(self.cluster.leader)


@pytest.fixture
def pool(cluster: Cluster) -> Iterator[Pool]:
    found, attributes = Pool(cluster), cluster.inputs.attributes
    attributes["launching_hook"] = WORKERS_LAUNCHING_HOOK
    try:
        found.make()
        yield found
    finally:
        found.delete()
        del attributes["launching_hook"]


def test_it_serves_soon_after_it_is_needed_and_goes_back_without_its_users_leftovers(
    cluster: Cluster, browser: Browser, run: Run, pool: Pool
) -> None:
    before = ready_workers(cluster.leader)
    warm = pool.waiting()
    host = cluster.fleet.hosts[warm]
    assert ready_workers(cluster.leader) == before
    assert not node_id(cluster, host.name), "in the pool it is in no Swarm"

    async def scenario() -> None:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            assert node_of(cluster, "ada") == host.name
            await ada.write_file("kept.txt", "of a warm worker")
            await ada.stop_server()

    first = serves_after(pool, host)
    assert pool.states()[warm] in ("Pending:Wait", "InService")
    identity = node_id(cluster, host.name)
    with others_paused(cluster, host.name):
        run(scenario())
    host.run("docker", "volume", "create", LEFTOVER)
    wait_until(lambda: pool.states()[warm] == "InService", "it is in service", patience=SCENARIO_PATIENCE)
    # A group that cannot shrink, as all are protected, fills its pool with a new one.
    wait_until(lambda: not pool.protected(warm), "the hub lets it go", patience=SCENARIO_PATIENCE)
    keep_the_others(pool, warm)  # just before: the hub lifts the protection of workers without servers
    pool.wish(0)
    assert pool.waiting() == warm, "scaling in gives it back"
    # The leader notices after some seconds that its engine is gone, and forgets the node.
    wait_until(lambda: not node_id(cluster, host.name), "it is in no Swarm", patience=SCENARIO_PATIENCE)
    second = serves_after(pool, host)
    print(f"out of the warm pool after {first:.0f} s, and after {second:.0f} s the second time")
    assert LEFTOVER not in host.run("docker", "volume", "ls", "--quiet").split()
    assert not host.run("docker", "ps", "--all", "--quiet", "--filter", "label=chef-hub.kind=notebook")
    assert node_id(cluster, host.name) not in ("", identity), "it has joined under a new identity"


def serves_after(pool: Pool, host: Host) -> float:
    """Let the group grow by one; return the seconds until that worker takes users."""
    began = time.monotonic()
    pool.wish(1)
    wait_until(lambda: pool.takes_users(host), f"{host.name} takes users", patience=SCENARIO_PATIENCE)
    return time.monotonic() - began


def keep_the_others(pool: Pool, warm: str) -> None:
    """Let the next scale-in take that worker, in whichever zone it is."""
    others = [name for name, state in pool.states().items() if name != warm and state == "InService"]
    pool.autoscaling.set_instance_protection(
        AutoScalingGroupName=pool.name, InstanceIds=others, ProtectedFromScaleIn=True
    )
