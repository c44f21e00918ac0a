"""What breaks, and what users see of it: docs/topics/hub.md promises what is tested here. No file is ever lost."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.ready import wait_for_hub
from hubctl.trial.swarm.settings import HOSTNAME
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import container_of, moved, node_of, reopens, worker_named
from tests.support.waiting import PATIENCE

Run = Callable[[Any], Any]


def another_hub(cluster: Cluster, before: str) -> None:
    """Wait until the leader's engine is back and runs another container of the hub."""
    deadline = time.monotonic() + PATIENCE
    command = ["docker", "ps", "--quiet", "--filter", "name=^jupyterhub$", "--filter", "status=running"]
    while cluster.leader.run(*command, check=False) in ("", before):
        assert time.monotonic() < deadline, "the leader's engine did not come back"
        time.sleep(0.5)


def test_a_restarted_hub_finds_its_servers(cluster: Cluster, browser: Browser, run: Run) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            before = container_of(cluster, "ada")[1]
            restart = asyncio.create_task(asyncio.to_thread(cluster.restart_hub))
            while not restart.done():  # the server does not notice
                assert await ada.read_file("kept.txt") == "before"
                await asyncio.sleep(0.5)
            await restart
            assert (await ada.model())["server"] == f"https://{HOSTNAME}/user/ada/"
            assert container_of(cluster, "ada")[1] == before
            await ada.stop_server()

    run(scenario())


def test_a_killed_worker_costs_the_kernel_but_no_file(cluster: Cluster, browser: Browser, run: Run) -> None:
    async def scenario() -> str:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            first = node_of(cluster, "ada")
            worker_named(cluster, first).kill()
            await moved(cluster, "ada", first)
            await reopens(ada)
            assert await ada.read_file("kept.txt") == "before"
            await ada.stop_server()
            return first

    worker = worker_named(cluster, run(scenario()))
    worker.launch()
    worker.wait_until_ready()


def test_a_restarted_engine_on_the_leader_brings_the_hub_back(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            before = container_of(cluster, "ada")[1]
            hub = cluster.leader.run("docker", "ps", "--quiet", "--filter", "name=^jupyterhub$")
            cluster.leader.run("bash", "-c", "kill -KILL $(cat /run/docker.pid)")
            await asyncio.to_thread(another_hub, cluster, hub)
            await asyncio.to_thread(wait_for_hub, cluster.leader, HOSTNAME)
            await reopens(ada)
            assert container_of(cluster, "ada")[1] == before
            assert await ada.read_file("kept.txt") == "before"
            await ada.stop_server()

    run(scenario())
