"""The shared file system in trouble: full, hanging, away. Starts are refused in plain words, and nothing is lost."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from typing import Any

from hubctl.trial.hosts.machine import run_command
from hubctl.trial.swarm.cluster import Cluster
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import refused_soon, shared, starts_soon
from tests.support.hub_client import HubClient
from tests.support.waiting import PATIENCE

Run = Callable[[Any], Any]
MIB = 1024**2


def test_a_full_disk_stops_starts_but_not_servers(cluster: Cluster, browser: Browser, run: Run) -> None:
    filler = shared(cluster) / "filler"

    def fill(up_to: int) -> None:
        """Leave so many bytes free, or nearly none."""
        with filler.open("ab") as file, contextlib.suppress(OSError):
            while os.statvfs(filler).f_bavail * os.statvfs(filler).f_frsize > up_to:
                file.write(bytes(256 * 1024))
                file.flush()
                os.fsync(file.fileno())

    async def no_more_fits(user: HubClient) -> None:
        """Fill the disk until a file does not fit any more: the leader's backup, which is there too, may free some room."""
        began = time.monotonic()
        file = {"type": "file", "format": "text", "content": "x" * (MIB // 2)}
        while True:
            fill(0)
            status, said = await user.call("PUT", f"{user.home}/api/contents/too-much.txt", json=file)
            if status == 500:
                return
            assert status in (200, 201), f"{status} {said[:300]}"
            assert time.monotonic() - began < PATIENCE, "the disk is never full"

    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await ada.start_server()
            fill(10 * MIB)
            await refused_soon(grace, "The shared disk is")
            await ada.write_file("still.txt", "working")
            await no_more_fits(ada)
            assert await ada.read_file("still.txt") == "working"
            filler.unlink()
            await ada.write_file("still.txt", "saved again")
            await starts_soon(grace)
            assert await ada.read_file("still.txt") == "saved again"
            await asyncio.gather(ada.stop_server(), grace.stop_server())

    try:
        run(scenario())
    finally:
        filler.unlink(missing_ok=True)


def test_files_that_hang_are_told_and_nothing_is_lost(cluster: Cluster, browser: Browser, run: Run) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            run_command("fsfreeze", "--freeze", str(shared(cluster)))
            try:
                assert "shared file system cannot be reached" in await grace.try_start()
                status, _ = await grace.call("GET", "/hub/home")  # the hub itself goes on
                assert status == 200
            finally:
                run_command("fsfreeze", "--unfreeze", str(shared(cluster)))
            assert await ada.read_file("kept.txt") == "before"
            await grace.start_server()
            await asyncio.gather(ada.stop_server(), grace.stop_server())

    run(scenario())


def test_files_that_are_away_end_the_start_with_dockers_words(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await ada.start_server()
            await ada.write_file("kept.txt", "before")
            for worker in cluster.workers:
                worker.run("umount", "--lazy", worker.mount_point)
            try:
                assert "bind source path does not exist" in await grace.try_start()
                assert await ada.read_file("kept.txt") == "before"
            finally:
                for worker in cluster.workers:
                    worker.run("mount", "--rbind", str(shared(cluster)), worker.mount_point)
            await grace.start_server()
            await asyncio.gather(ada.stop_server(), grace.stop_server())

    run(scenario())
