"""Starts go to the fullest worker, none is bound to it afterwards, and one that AWS takes back takes no more users."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import moved, node_id, node_of, reopens
from tests.support.waiting import wait_until

Run = Callable[[Any], Any]


def constraints_of(cluster: Cluster, user: str) -> list[str]:
    asked = ["docker", "service", "inspect", f"notebook-{user}", "--format"]
    found: list[str] = json.loads(
        cluster.leader.run(*asked, "{{json .Spec.TaskTemplate.Placement.Constraints}}")
    )
    return found


def tasks_of(cluster: Cluster, user: str) -> list[str]:
    """Return the ids of all tasks that the user's server ever had."""
    return cluster.leader.run("docker", "service", "ps", "--quiet", f"notebook-{user}").split()


def test_a_crowd_fills_one_worker_and_its_servers_may_move(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    users = ("ada", "grace", "mary")

    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace, browser("mary") as mary:
            crowd = (ada, grace, mary)
            for user in crowd:
                await user.login()
            await asyncio.gather(*(user.start_server() for user in crowd))
            (worker,) = {node_of(cluster, name) for name in users}
            for name in users:
                assert not [one for one in constraints_of(cluster, name) if one.startswith("node.id")]
                assert len(tasks_of(cluster, name)) == 1, "taking the constraint away has restarted it"
            await ada.write_file("kept.txt", "before")
            identity = node_id(cluster, worker)
            cluster.leader.run("docker", "node", "update", "--availability", "drain", identity)
            try:
                await moved(cluster, "ada", worker)
                await reopens(ada)
                assert await ada.read_file("kept.txt") == "before"
            finally:
                cluster.leader.run("docker", "node", "update", "--availability", "active", identity)
            for user in crowd:
                await user.stop_server()

    run(scenario())


def test_a_worker_that_aws_takes_back_takes_no_new_users(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            await ada.login()
            await ada.start_server()
            worker = node_of(cluster, "ada")
            identity = node_id(cluster, worker)
            at = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
            cluster.leader.run("docker", "node", "update", "--label-add", f"hub.leaving-at={at}", identity)
            try:
                await grace.login()
                await grace.start_server()
                assert node_of(cluster, "grace") != worker
                assert node_of(cluster, "ada") == worker
            finally:
                cluster.leader.run("docker", "node", "update", "--label-rm", "hub.leaving-at", identity)
            await ada.stop_server()
            await grace.stop_server()

    run(scenario())


def test_the_hub_keeps_places_free_while_a_class_of_the_timetable_meets(cluster: Cluster) -> None:
    secrets = cluster.leader.run("cat", "/etc/jupyterhub/secrets.env").splitlines()
    token = dict(line.split("=", 1) for line in secrets)["CHEF_HUB_METRICS_TOKEN"]
    page = ["curl", "-s", "-k", "--resolve", f"{HOSTNAME}:443:{cluster.leader.address}"]
    page += ["-H", f"Authorization: token {token}", f"https://{HOSTNAME}/hub/metrics"]
    shown = "chef_hub_spare_places {:.1f}"
    wait_until(lambda: shown.format(0) in cluster.leader.run(*page), "no places are kept free")
    ssm = cluster.aws.client("ssm")
    name = f"{cluster.inputs.attributes['parameter_prefix']}/hub/spare-windows"
    row = [f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%dT%H:%MZ}", 600, 1, 1]
    ssm.put_parameter(Name=name, Type="String", Value=json.dumps([row]))
    try:
        wait_until(lambda: shown.format(1) in cluster.leader.run(*page), "one place is kept free")
        assert "chef_hub_free_places NaN" not in cluster.leader.run(*page)
    finally:
        ssm.delete_parameter(Name=name)
    wait_until(lambda: shown.format(0) in cluster.leader.run(*page), "no places are kept free any more")
