"""What breaks, and what users see of it: docs/topics/hub.md promises what is tested here. No file is ever lost."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from hubctl.local_swarm.cluster import Cluster
from hubctl.local_swarm.commands import run as run_command
from hubctl.local_swarm.ready import wait_for_hub
from hubctl.local_swarm.settings import HOSTNAME
from tests.e2e.swarm.conftest import Browser, container_of, node_of, shared, worker_named
from tests.support.hub_client import HubClient, sentence_of

Run = Callable[[Any], Any]


async def reopens(user: HubClient, seconds: float) -> float:
    """Try to open the lab until it opens; return the seconds that took."""
    began = time.monotonic()
    while True:
        try:
            await asyncio.wait_for(user.open_lab(), 10)
            return time.monotonic() - began
        except (AssertionError, OSError, TimeoutError):
            assert time.monotonic() - began < seconds, f"{user.user}'s lab did not come back"
            await asyncio.sleep(1)


def another_hub(cluster: Cluster, before: str) -> None:
    """Wait until the leader's engine is back and runs another container of the hub."""
    deadline = time.monotonic() + 90
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
            assert (await ada.model())["server"] == "/user/ada/"
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
            await asyncio.sleep(15)  # until the leader notices
            await reopens(ada, 90)
            assert node_of(cluster, "ada") != first
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
            await reopens(ada, 60)
            assert container_of(cluster, "ada")[1] == before
            assert await ada.read_file("kept.txt") == "before"
            await ada.stop_server()

    run(scenario())


def test_shared_files_that_hang_are_told_and_nothing_is_lost(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            run_command("fsfreeze", "--freeze", str(shared(cluster)))
            try:
                status, page = await grace.ask_for_server()
                events = await grace.progress(60) if status == 200 else [{"message": sentence_of(page)}]
                assert "shared file system cannot be reached" in events[-1]["message"], events
                status, _ = await grace.call("GET", "/hub/home")  # the hub itself goes on
                assert status == 200
            finally:
                run_command("fsfreeze", "--unfreeze", str(shared(cluster)))
            assert await ada.read_file("kept.txt") == "before"
            await grace.start_server()
            await asyncio.gather(ada.stop_server(), grace.stop_server())

    run(scenario())
