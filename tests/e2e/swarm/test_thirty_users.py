"""Thirty users at once: each is served or plainly refused, none hangs, and the hub answers meanwhile."""

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.swarm.conftest import Browser, Limits
from tests.support.hub_client import HubClient

USERS = 30
PLACES = 12  # each server takes some five seconds of a processor to start
# What /hub/health may take meanwhile, usually and at the worst moment, of what users wait for their servers: both grow with
# the load of the machine. A hub that does one thing at a time answers when a server is up.
USUALLY, AT_WORST = 1 / 10, 1 / 2


async def outcome(user: HubClient) -> tuple[str, float]:
    """Return ``served`` or ``refused``, and the seconds until that was clear."""
    began = time.monotonic()
    await user.login()
    if refusal := await user.try_start():
        assert f"All {PLACES} places" in refusal
        return "refused", time.monotonic() - began
    await user.open_lab()
    return "served", time.monotonic() - began


@pytest.mark.own_limits
def test_thirty_users_at_once(limits: Limits, browser: Browser, run: Callable[[Any], Any]) -> None:
    limits(max_users=PLACES)
    delays: list[float] = []

    async def watch() -> None:
        async with browser("watcher") as watcher:
            while True:
                began = time.monotonic()
                status, _ = await watcher.call("GET", "/hub/health")
                assert status == 200
                delays.append(time.monotonic() - began)
                await asyncio.sleep(1)

    async def scenario() -> list[tuple[str, float]]:
        users = [browser(f"student-{number}") for number in range(USERS)]
        watching = asyncio.create_task(watch())
        try:
            for user in users:
                await user.__aenter__()
            results = await asyncio.gather(*(outcome(user) for user in users))
            assert not watching.done()
            await asyncio.gather(
                *(
                    user.stop_server()
                    for user, (what, _) in zip(users, results, strict=True)
                    if what == "served"
                )
            )
            return results
        finally:
            watching.cancel()
            for user in users:
                await user.__aexit__()

    results = run(scenario())
    served = sorted(seconds for what, seconds in results if what == "served")
    print(
        f"{len(served)} served, median {statistics.median(served):.1f} s, last {served[-1]:.1f} s; "
        f"{len(results) - len(served)} refused; the hub answered within {max(delays):.2f} s, "
        f"usually {statistics.median(delays):.2f} s"
    )
    assert len(served) == PLACES
    assert statistics.median(delays) < statistics.median(served) * USUALLY
    assert max(delays) < served[-1] * AT_WORST
