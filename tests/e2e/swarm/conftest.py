"""Browsers of the trial cluster's users, and the hub's usual limits for each test."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from hubctl.trial.swarm.cluster import Cluster
from tests.e2e.browsers import browser_of, end_servers
from tests.e2e.clusters import USUAL, cluster_fixtures
from tests.support.hub_client import HubClient
from tests.support.waiting import SCENARIO_PATIENCE

MEMORY_GIB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3


Browser = Callable[[str], HubClient]

cluster, usual_hub = cluster_fixtures(USUAL)


@pytest.fixture
def browser(cluster: Cluster) -> Browser:
    """Return ``browser(user)``: that user's browser, to be used with ``async with``."""
    return partial(browser_of, cluster)


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Return a function that runs a coroutine to its end, within half an hour."""

    async def closed_behind(scenario: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await asyncio.wait_for(scenario, SCENARIO_PATIENCE)
        finally:
            # A request that was given up leaves a connection that still waits for the other end's TLS goodbye.
            for transport in list(getattr(asyncio.get_running_loop(), "_transports", {}).values()):
                transport.abort()
            await asyncio.sleep(0.1)

    def to_the_end(scenario: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(closed_behind(scenario))

    return to_the_end


Limits = Callable[..., None]


@pytest.fixture
def limits(cluster: Cluster, usual_hub: dict[str, object]) -> Limits:
    """Return ``limits(...)``: gives the hub the usual settings but for these; restarts it only for a change."""

    def apply(**changes: Any) -> None:
        wanted = {**usual_hub, **changes}
        if wanted != cluster.inputs.attributes["hub"]:
            cluster.change_hub(**wanted)

    return apply


@pytest.fixture(autouse=True)
def _usual_limits(request: pytest.FixtureRequest, limits: Limits) -> None:
    """Give the hub its usual settings, unless the test chooses others."""
    if request.node.get_closest_marker("own_limits") is None:
        limits()


@pytest.fixture(autouse=True)
def _no_server_is_left(cluster: Cluster) -> Iterator[None]:
    """End what a test left running, through the hub itself: by restarting it where services had to be removed."""
    yield
    end_servers(cluster)
