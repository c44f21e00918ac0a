"""The hub's helpers and books, with the rights that they have: idle servers, orphans, quotas, metrics."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME
from tests.e2e.swarm.conftest import Browser, Limits
from tests.e2e.swarm.probes import as_service, refused, shared, until
from tests.support.waiting import PATIENCE, SCENARIO_PATIENCE, wait_until

Run = Callable[[Any], Any]
MIB = 1024**2
IDLE = 8
# The keeper's own program with other deadlines, for some rounds.
KEEPER = """
import hub_common.keeper as keeper
from swarm_hub.cluster import connect
from swarm_hub.keeper import SwarmServers
from swarm_hub.settings import LIVE_NAMES
keeper.ORPHAN_SECONDS, keeper.ROUND_SECONDS = 1.0, 0.5
keeper.main(LIVE_NAMES, SwarmServers(connect()))
"""


async def logged(cluster: Cluster, words: str, service: str, command: list[str], **variables: str) -> None:
    """Run what goes on until it is ended, for some seconds, and longer on a busy machine; assert that it says so."""
    for seconds in (6, 30, 120):
        limited = ["timeout", str(seconds), *command]
        said = await asyncio.to_thread(as_service, cluster, service, limited, **variables)
        if words in said:
            return
    raise AssertionError(said)


def test_idle_servers_and_orphans_go_and_working_kernels_stay(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    def orphans() -> list[str]:
        return cluster.leader.run(
            "docker", "service", "ls", "--quiet", "--filter", "name=notebook-nobody"
        ).split()

    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await asyncio.gather(ada.start_server(), grace.start_server())
            # As long as all that follows may take: she must not be idle before it is over.
            work = f"import time; time.sleep({SCENARIO_PATIENCE})"
            working = asyncio.create_task(ada.run_code(work, SCENARIO_PATIENCE))
            cluster.leader.run(
                "docker", "service", "create", "--detach", "--quiet", "--name", "notebook-nobody",
                "--label", "chef-hub.kind=notebook", "--constraint", "node.role==worker", "--restart-condition", "none",
                cluster.inputs.attributes["hub"]["notebook_image"], "sleep", "600",
            )  # fmt: skip
            await asyncio.sleep(IDLE)
            keeper = ["python3", "-c", KEEPER]
            await logged(cluster, "removing notebook-nobody", "keeper", keeper, CHEF_HUB_IDLE_SECONDS="3")
            assert not orphans()
            culler = ["python3", "-m", "jupyterhub_idle_culler", f"--timeout={IDLE}"]
            await logged(cluster, "Culling server grace", "idle-culler", culler)
            deadline = asyncio.get_running_loop().time() + PATIENCE
            while (await grace.model())["server"]:
                assert asyncio.get_running_loop().time() < deadline
                await asyncio.sleep(0.5)
            assert (await ada.model())["server"] == f"https://{HOSTNAME}/user/ada/"
            working.cancel()
            await ada.stop_server()

    run(scenario())


@pytest.mark.own_limits
def test_a_user_over_the_quota_is_told_then_refused_then_let_in_again(
    cluster: Cluster, browser: Browser, run: Run, limits: Limits
) -> None:
    limits(user_disk_gib=20 / 1024)
    large = shared(cluster) / "users/quota/large"

    async def counted(size: int) -> None:
        """Wait until the hub's books show that the directory takes about so many bytes."""
        book = "/var/lib/jupyterhub/directory-sizes.json"
        script = f"import json; print(json.load(open('{book}')).get('quota', 0))"
        await until(
            lambda: abs(int(cluster.leader.run("python3", "-c", script)) - size) < MIB,
            "directory counted",
        )

    async def scenario() -> None:
        async with browser("quota") as user:
            await user.login()
            await user.start_server()
            large.write_bytes(b"x" * 22 * MIB)
            await user.stop_server()
            await counted(22 * MIB)
            status, _ = await user.ask_for_server()
            assert status == 200
            events = await user.progress()
            assert any("please delete what you do not need" in event["message"] for event in events), events
            large.write_bytes(b"x" * 40 * MIB)
            await user.stop_server()
            await counted(40 * MIB)
            await refused(user, "limit user_disk_gib")
            large.unlink()
            # Nothing but trying brings them in: the files are counted anew for it, if not for each try.
            deadline = asyncio.get_running_loop().time() + PATIENCE
            while said := await user.try_start():
                assert "counted anew when you try again" in said
                assert asyncio.get_running_loop().time() < deadline
                await asyncio.sleep(0.5)
            await user.stop_server()

    try:
        run(scenario())
    finally:
        large.unlink(missing_ok=True)


def test_metrics_are_for_the_scraper_alone(cluster: Cluster) -> None:
    secrets = cluster.leader.run("cat", "/etc/jupyterhub/secrets.env").splitlines()
    token = dict(line.split("=", 1) for line in secrets)["CHEF_HUB_METRICS_TOKEN"]
    page = ["curl", "-s", "-k", "-m", "20", "--resolve", f"{HOSTNAME}:443:{cluster.leader.address}"]
    page += ["-w", "%{http_code}", f"https://{HOSTNAME}/hub/metrics"]
    assert cluster.leader.run(*page).endswith("403")
    scraped = [*page, "-H", f"Authorization: token {token}"]
    assert cluster.leader.run(*scraped).endswith("200")
    disk = "chef_hub_shared_disk_answers 1.0"
    wait_until(lambda: disk in cluster.leader.run(*scraped), "the shared disk answers")
    limit = re.compile(r"^chef_hub_disk_limit_percent \d", re.MULTILINE)
    wait_until(lambda: limit.search(cluster.leader.run(*scraped)), "how much of the disk limit is used")
