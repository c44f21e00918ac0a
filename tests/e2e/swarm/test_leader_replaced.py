"""The leader is destroyed with its disk, and another one takes over: kernels, tokens, groups and logins go on."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.local_swarm.cluster import Cluster
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import container_of, reopens, until
from tests.support.hub_client import HubClient

Run = Callable[[Any], Any]


def saved(cluster: Cluster) -> float:
    """Return when the leader has saved itself last, or seen that nothing had changed."""
    return float(
        cluster.leader.run("stat", "--format", "%.Y", "/var/lib/chef-hub/backup/saved", check=False) or 0
    )


async def api_token(user: HubClient) -> str:
    """Return a new token of the user's for the hub's API."""
    status, body = await user.call("POST", f"/hub/api/users/{user.user}/tokens", json={"note": "script"})
    assert status == 201, body
    return str(json.loads(body)["token"])


@pytest.mark.parametrize("orderly", [True, False], ids=["stopped", "died without a word"])
def test_users_go_on_with_another_leader(
    cluster: Cluster,
    browser: Browser,
    run: Run,
    orderly: bool,
    record_property: Callable[[str, object], None],
) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada, browser("admin") as admin:
            await ada.login()
            await admin.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            kernel = await ada.start_kernel()
            assert await ada.run_in(kernel, "answer = 6 * 7") == ""
            token = await api_token(ada)
            status, body = await admin.call("POST", "/hub/api/groups/chemists", json={})
            assert status in (201, 409), body
            before = container_of(cluster, "ada")
            now = time.time()
            await until(lambda: saved(cluster) > now + 1, "the leader has saved itself")

            began = time.monotonic()
            await asyncio.to_thread(cluster.replace_leader, orderly=orderly)
            for user in (ada, admin):
                user.lead_to(cluster.leader.address)
            # Whoever was logged in still is, and finds the kernel as it was.
            await reopens(ada)
            record_property("seconds without the lab", round(time.monotonic() - began))
            print(f"{time.monotonic() - began:.0f} s without the lab")
            assert container_of(cluster, "ada") == before
            assert await ada.run_in(kernel, "print(answer)") == "42\n"
            assert await ada.read_file("kept.txt") == "before"
            status, _ = await ada.call("GET", "/hub/api/user", headers={"Authorization": f"token {token}"})
            assert status == 200
            status, groups = await admin.call("GET", "/hub/api/groups")
            assert (status, "chemists" in groups) == (200, True)
            await ada.stop_server()
            await ada.start_server()
            assert await ada.read_file("kept.txt") == "before"
            await ada.stop_server()

    run(scenario())
