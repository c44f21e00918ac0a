"""Warm spawns on the trial cluster: request to usable JupyterLab, for our spawner and the stock one.

The floor is the single-user server alone, from the start of its container to its first answer. All three use the same
image, hosts and limits, a spawn of each in every round, one at a time, in one run. Needs root, as make e2e does.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hub_common.user_files import make_user_directory
from hubctl.trial.hosts import cookbook_files
from hubctl.trial.hosts.host import Host
from hubctl.trial.hosts.image import NOTEBOOK_IMAGE
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME, OVERLAY_NETWORK, LocalSwarmSettings
from tests.support.hub_client import HubClient

CONFIG = f"{cookbook_files.CONFIG_FOLDER}/hub/jupyterhub_config.py"
# What somebody would write who uses dockerspawner as it comes, with what it takes to work on a Swarm at all; for the
# user `stock`, beside our own spawner for all others.
BOTH_SPAWNERS = """
import dockerspawner
from swarm_hub.spawner import HubSwarmSpawner

class StockSpawner(dockerspawner.SwarmSpawner):
    pass

class EitherSpawner(HubSwarmSpawner):
    def __new__(cls, **options):
        return (StockSpawner if options["user"].name == "stock" else HubSwarmSpawner)(**options)

c = get_config()
c.JupyterHub.spawner_class = EitherSpawner
c.StockSpawner.name_template = "notebook-{username}"
c.StockSpawner.volumes = {settings.users_folder + "/{username}": "/home/jovyan"}
c.StockSpawner.extra_container_spec = {"user": "1000:100", "workdir": "/home/jovyan"}
c.StockSpawner.extra_placement_spec = {"constraints": ["node.role==worker"]}
c.StockSpawner.extra_endpoint_spec = {"mode": "dnsrr"}
c.StockSpawner.environment = {"HOME": "/home/jovyan"}
"""
FLOOR = """
set -euo pipefail
began=$(date +%s%N)
id=$(docker run --detach --init --user 1000:100 --network NETWORK --memory 512m --cpus 1 \\
  --env HOME=/tmp --env JUPYTERHUB_API_URL=http://jupyterhub:8081/hub/api --env JUPYTERHUB_API_TOKEN=none \\
  --env JUPYTERHUB_SERVICE_PREFIX=/user/floor/ --env JUPYTERHUB_SERVICE_URL=http://0.0.0.0:8888/user/floor/ \\
  --env JUPYTERHUB_CLIENT_ID=floor --env JUPYTERHUB_USER=floor --env JUPYTERHUB_BASE_URL=/ \\
  --env JUPYTERHUB_ACTIVITY_URL=http://jupyterhub:8081/hub/api/users/floor/activity --env JUPYTERHUB_HOST= \\
  IMAGE jupyterhub-singleuser)
trap 'docker rm --force "$id" >/dev/null' EXIT
deadline=$((SECONDS + 60))
pid=$(docker inspect "$id" --format '{{.State.Pid}}')
until nsenter --net="/proc/$pid/ns/net" \\
  curl --silent --output /dev/null --max-time 1 "http://127.0.0.1:8888/user/floor/api"; do
  ((SECONDS < deadline)) || { docker logs "$id" >&2; exit 1; }
  sleep 0.05
done
echo $((($(date +%s%N) - began) / 1000000))
"""
SECONDS = 60.0


@dataclass(kw_only=True)
class Kind:
    """One of the three that are compared. ``spawn`` returns the seconds that a spawn on this worker took."""

    name: str
    spawn: Callable[[Host], Awaitable[float]]
    taken: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        """The median, in seconds."""
        return statistics.median(self.taken)

    @property
    def p95(self) -> float:
        """The 95th percentile, in seconds: so long or shorter took 95 of 100."""
        ordered = sorted(self.taken)
        return ordered[min(len(ordered) - 1, -(-95 * len(ordered) // 100) - 1)]

    def line(self) -> str:
        """Return figures for a table."""
        extremes = f"{min(self.taken):.2f} to {max(self.taken):.2f}"
        return f"{self.name:<22} p50 {self.p50:5.2f} s   p95 {self.p95:5.2f} s   {extremes}"


async def floor(worker: Host) -> float:
    """Return the seconds from a container's start to the single-user server's first answer."""
    script = FLOOR.replace("NETWORK", OVERLAY_NETWORK).replace("IMAGE", NOTEBOOK_IMAGE)
    said = await asyncio.to_thread(worker.run, "bash", "-c", script, seconds=90)
    return int(said.split()[-1]) / 1000


def through_the_hub(cluster: Cluster, user: HubClient) -> Callable[[Host], Awaitable[float]]:
    """Return what starts and stops the user's server, and waits until its container is gone."""

    async def spawn(_: Host) -> float:
        seconds = await user.start_server()
        await user.stop_server()
        deadline = time.monotonic() + SECONDS
        listing = ["docker", "ps", "--quiet", "--filter", "name=notebook-"]
        while any([await asyncio.to_thread(host.run, *listing) for host in cluster.workers]):
            assert time.monotonic() < deadline, "the container did not end"
            await asyncio.sleep(0.5)
        return seconds

    return spawn


async def measure(cluster: Cluster, rounds: int) -> list[Kind]:
    """Return the three kinds, measured in ``rounds`` rounds after a first one that does not count."""
    certificate = cluster.leader.run("cat", "/etc/nginx/chef-hub/fullchain.pem")

    def client(user: str) -> HubClient:
        return HubClient(
            hostname=HOSTNAME,
            address=cluster.leader.address,
            certificate=certificate,
            user=user,
            password=cluster.password,
        )

    async with client("ours") as ours, client("stock") as stock:
        kinds = [
            Kind(name="single-user alone", spawn=floor),
            Kind(name="this spawner", spawn=through_the_hub(cluster, ours)),
            Kind(name="stock SwarmSpawner", spawn=through_the_hub(cluster, stock)),
        ]
        for user in (ours, stock):
            await user.login()
        for number in range(rounds + 1):
            for kind in kinds:
                await asyncio.sleep(1)  # what the last one left to do is done
                seconds = await kind.spawn(cluster.workers[number % len(cluster.workers)])
                if number:
                    kind.taken.append(seconds)
            if number and sys.stderr.isatty():
                print(f"round {number} of {rounds}", file=sys.stderr)
    return kinds


def report(kinds: list[Kind]) -> None:
    """Print figures, and what both spawners add to the floor."""
    alone, ours, stock = kinds
    for kind in kinds:
        print(kind.line())
    for what in ("p50", "p95"):
        added, stock_adds = (getattr(kind, what) - getattr(alone, what) for kind in (ours, stock))
        share = f": {100 * added / stock_adds:.0f} %" if stock_adds > 0 else ""
        print(
            f"added to the floor ({what}): {added:.2f} s by this spawner, {stock_adds:.2f} s by the stock one{share}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="spawns of each kind")
    rounds = parser.parse_args().rounds
    if os.geteuid() != 0:
        raise SystemExit(
            "warm spawns are measured on hosts in separate namespaces, which needs root: use sudo"
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else the hosts would stay
    with Cluster(LocalSwarmSettings(user_memory_gib=0.5)) as cluster:
        began = time.monotonic()
        ours = cluster.leader.run("cat", CONFIG)
        cluster.leader.run("tee", CONFIG, stdin=ours + BOTH_SPAWNERS)
        cluster.restart_hub()
        make_user_directory(cluster.settings.shared / "users", "stock")  # which its spawner expects to find
        kinds = asyncio.run(measure(cluster, rounds))
        load = os.getloadavg()[2]
    report(kinds)
    print(
        f"{rounds} spawns of each in turn, {time.monotonic() - began:.0f} s in all; load of the machine {load:.1f}"
    )


if __name__ == "__main__":
    main()
