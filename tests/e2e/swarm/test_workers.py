"""Workers that leave, and workers that Swarm only believes to have left: never do two servers work on one user's files."""

import asyncio
from collections.abc import Callable
from typing import Any

from hubctl.trial.hosts.machine import run_command
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import (
    most_servers,
    moved,
    node_id,
    node_of,
    reopens,
    servers_of,
    until,
    worker_named,
)  # fmt: skip

Run = Callable[[Any], Any]


def test_a_drained_worker_hands_its_server_over(cluster: Cluster, browser: Browser, run: Run) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            first = node_of(cluster, "ada")
            identity = node_id(cluster, first)
            cluster.leader.run("docker", "node", "update", "--availability", "drain", identity)
            try:
                await moved(cluster, "ada", first)
                await reopens(ada)
                assert await ada.read_file("kept.txt") == "before"
                assert (await ada.model())["server"] == f"https://{HOSTNAME}/user/ada/"
            finally:
                cluster.leader.run("docker", "node", "update", "--availability", "active", identity)
            await ada.stop_server()

    run(scenario())


def test_a_worker_without_its_engine_runs_no_server_on(cluster: Cluster, browser: Browser, run: Run) -> None:
    seen: list[int] = []

    async def scenario() -> None:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            watching = asyncio.create_task(most_servers(cluster, "ada", seen))
            worker = worker_named(cluster, node_of(cluster, "ada"))
            before = servers_of(cluster, "ada")
            assert len(before) == 1
            worker.run("bash", "-c", "kill -KILL $(cat /run/docker.pid)")
            # At once, not when the engine is back.
            await until(
                lambda: before[0] not in servers_of(cluster, "ada"), "the container ends with its engine"
            )
            await reopens(ada)
            assert await ada.read_file("kept.txt") == "before"
            watching.cancel()
            await ada.stop_server()

    run(scenario())
    assert max(seen) == 1


def test_a_worker_that_is_cut_off_keeps_the_files_until_it_is_back(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    seen: list[int] = []

    async def scenario() -> None:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            first = node_of(cluster, "ada")
            interface = f"{cluster.settings.network.device}{worker_named(cluster, first).number}"
            before = servers_of(cluster, "ada")
            assert len(before) == 1
            watching = asyncio.create_task(most_servers(cluster, "ada", seen))
            run_command("ip", "link", "set", interface, "down")
            try:
                await moved(cluster, "ada", first)
                await asyncio.sleep(5)
                assert (
                    servers_of(cluster, "ada") == before
                )  # the new one waits, although Swarm says that it runs
            finally:
                run_command("ip", "link", "set", interface, "up")
            await until(lambda: before[0] not in servers_of(cluster, "ada"), "the old server to end")
            await reopens(ada)
            assert await ada.read_file("kept.txt") == "before"
            watching.cancel()
            await ada.stop_server()

    run(scenario())
    assert max(seen) == 1
