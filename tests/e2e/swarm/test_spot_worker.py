"""A spot worker that AWS takes back: its users are warned, and others start elsewhere."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubctl.trial.hosts.host import Host
from hubctl.trial.hosts.pool import INTERRUPTION_TAG
from hubctl.trial.swarm.account import instances_of
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.ready import ready_workers
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import labels_of, node_of, others_paused, until
from tests.support.waiting import SCENARIO_PATIENCE, wait_until

Run = Callable[[Any], Any]
WARNING = "AWS takes back the machine of your server"


@pytest.fixture
def spot_worker(cluster: Cluster) -> Iterator[tuple[str, Host]]:
    """Id and host of a worker of spot, by which the group has grown; the group is as before afterwards."""
    name = cluster.inputs.attributes["autoscaling_group"]
    autoscaling = cluster.aws.client("autoscaling")
    (before,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    size, template = before["DesiredCapacity"], before["LaunchTemplate"]
    specification = {key: template[key] for key in ("LaunchTemplateId", "Version")}
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name,
        MaxSize=size + 1,
        MixedInstancesPolicy={
            "LaunchTemplate": {"LaunchTemplateSpecification": specification},
            "InstancesDistribution": {
                "OnDemandBaseCapacity": size,
                "OnDemandPercentageAboveBaseCapacity": 0,
            },
        },
    )
    try:
        autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=size + 1)
        known = {one["InstanceId"] for one in before["Instances"]}

        def new() -> list[str]:
            return [one for one in instances_of(autoscaling, name) if one not in known]

        wait_until(lambda: {*new()} & {*cluster.fleet.hosts}, "a worker of spot", patience=SCENARIO_PATIENCE)
        (instance,) = new()
        host = cluster.fleet.hosts[instance]
        wait_until(
            lambda: host.name in ready_workers(cluster.leader), "it takes users", patience=SCENARIO_PATIENCE
        )
        yield instance, host
    finally:
        autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=name, MaxSize=before["MaxSize"], LaunchTemplate=specification
        )
        for one in [*cluster.fleet.hosts]:
            if one not in known:
                autoscaling.terminate_instance_in_auto_scaling_group(
                    InstanceId=one, ShouldDecrementDesiredCapacity=True
                )
        wait_until(lambda: len(cluster.fleet.hosts) == size, "the end of spot", patience=SCENARIO_PATIENCE)


def test_a_notice_of_aws_warns_the_users_and_keeps_others_away(
    cluster: Cluster, browser: Browser, run: Run, spot_worker: tuple[str, Host]
) -> None:
    instance, host = spot_worker

    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            await ada.login()
            with others_paused(cluster, host.name):
                await ada.start_server()
            assert node_of(cluster, "ada") == host.name
            assert WARNING not in (await ada.call("GET", "/hub/home"))[1]
            await grace.login()
            notice = {"Key": INTERRUPTION_TAG, "Value": "terminate"}
            cluster.aws.client("ec2").create_tags(Resources=[instance], Tags=[notice])
            await until(lambda: "hub.leaving-at" in labels_of(cluster, host.name), "the leader knows when")
            while WARNING not in (await ada.call("GET", "/hub/home"))[1]:
                assert node_of(cluster, "ada") == host.name, "its user was not warned before the end"
            await grace.start_server()
            assert node_of(cluster, "grace") != host.name
            assert WARNING not in (await grace.call("GET", "/hub/home"))[1]
            await ada.stop_server()
            await grace.stop_server()

    run(scenario())
