"""Where the hub stops: refused at once with a sentence, or grown."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.ready import ready_workers, wait_for_workers
from tests.e2e.swarm.conftest import MEMORY_GIB, Browser, Limits
from tests.e2e.swarm.probes import node_of, refused

Run = Callable[[Any], Any]


@pytest.mark.own_limits
def test_one_user_too_many_and_memory_beyond_the_cluster(browser: Browser, run: Run, limits: Limits) -> None:
    async def scenario(words: str) -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await ada.start_server()
            await refused(grace, words)
            await ada.stop_server()
            await grace.start_server()  # the place is free again
            await grace.stop_server()

    limits(max_users=1)
    run(scenario("The only place for a user is taken"))
    limits(max_cluster_memory_gib=1, user_memory_gib=0.75)
    run(scenario("promised 0.8 GiB of the cluster"))


@pytest.mark.own_limits
def test_a_full_cluster_grows_by_a_host_with_a_renewed_token(
    cluster: Cluster, browser: Browser, run: Run, limits: Limits
) -> None:
    # Each host shows the machine's memory: with six tenths of it, one server fits on a worker.
    limits(user_memory_gib=round(MEMORY_GIB * 0.6, 1))
    cluster.leader.run_as_unit("/usr/local/lib/chef-hub/rotate-swarm-token")
    wait_for_workers(cluster.leader, 2)
    before = ready_workers(cluster.leader)

    async def scenario() -> list[dict[str, Any]]:
        async with (
            browser("ada") as ada,
            browser("grace") as grace,
            browser("mary") as mary,
            browser("eve") as eve,
        ):
            for user in (ada, grace, mary, eve):
                await user.login()
            await asyncio.gather(ada.start_server(), grace.start_server())
            status, _ = await mary.ask_for_server()
            assert status == 200
            events = await mary.progress()
            assert events[-1].get("ready"), events
            await mary.open_lab()
            assert node_of(cluster, "mary") not in before
            assert len({node_of(cluster, name) for name in ("ada", "grace", "mary")}) == 3
            await refused(eve, "may not grow beyond 3")
            leaving = asyncio.create_task(ada.stop_server())
            # Her place is not free before her container is gone: who asks meanwhile is not promised it.
            while said := await eve.try_start():
                assert "may not grow beyond 3" in said
                await asyncio.sleep(0.2)
            await leaving
            await asyncio.gather(*(user.stop_server() for user in (grace, mary, eve)))
            return events

    events = run(scenario())
    assert any("a new one is on its way" in event["message"] for event in events)
    assert len(ready_workers(cluster.leader)) == 3
