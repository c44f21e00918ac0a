"""The leader dies without a word, its disk with it, and another one takes over: kernels, tokens, groups and logins go on.

tests/e2e/second_day replaces one in order.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.trial.swarm.cluster import Cluster
from tests.e2e.leader_books import keep_books, saved
from tests.e2e.swarm.conftest import Browser, Limits
from tests.e2e.swarm.probes import container_of, reopens, until

Run = Callable[[Any], Any]


@pytest.mark.own_limits  # late: in a Swarm that was taken over, a new worker's engine needs a minute more for its networks
def test_users_go_on_with_another_leader(
    cluster: Cluster,
    browser: Browser,
    run: Run,
    limits: Limits,
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
            books = await keep_books(ada, admin)
            before = container_of(cluster, "ada")
            now = time.time()
            await until(lambda: saved(cluster) > now + 1, "the leader has saved itself")

            began = time.monotonic()
            await asyncio.to_thread(cluster.replace_leader, orderly=False)
            for user in (ada, admin):
                user.lead_to(cluster.leader.address)
            # Whoever was logged in still is, and finds the kernel as it was.
            await reopens(ada)
            record_property("seconds without the lab", round(time.monotonic() - began))
            print(f"{time.monotonic() - began:.0f} s without the lab")
            assert container_of(cluster, "ada") == before
            assert await ada.run_in(kernel, "print(answer)") == "42\n"
            assert await ada.read_file("kept.txt") == "before"
            await books.are_kept()
            await ada.stop_server()
            await ada.start_server()
            assert await ada.read_file("kept.txt") == "before"
            await ada.stop_server()

    limits()
    run(scenario())
