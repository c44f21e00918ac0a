"""Warm spawns on the trial cluster: request to usable JupyterLab, for our spawner and the stock one.

The floor is the single-user server alone, from the start of its container to its first answer. All three use the same
image, hosts and limits, one after the other, a spawn at a time, in one run. Needs root, as make e2e does.
"""

import argparse
import asyncio
import statistics
import time

from hubctl.local_swarm import cookbook_files
from hubctl.local_swarm.cluster import Cluster
from hubctl.local_swarm.image import NOTEBOOK_IMAGE
from hubctl.local_swarm.settings import HOSTNAME, NETWORK, TrialSettings
from tests.support.hub_client import HubClient

CONFIG = f"{cookbook_files.CONFIG_FOLDER}/hub/jupyterhub_config.py"
# What somebody would write who uses dockerspawner as it comes, with what it takes to work on a Swarm at all.
STOCK = """
c = get_config()
c.JupyterHub.spawner_class = "dockerspawner.SwarmSpawner"
c.SwarmSpawner.cmd = ["jupyterhub-singleuser"]
c.SwarmSpawner.name_template = "notebook-{username}"
c.SwarmSpawner.volumes = {settings.users_folder + "/{username}": "/home/jovyan"}
c.SwarmSpawner.extra_container_spec = {"user": "1000:100", "workdir": "/home/jovyan"}
c.SwarmSpawner.extra_placement_spec = {"constraints": ["node.role==worker"]}
c.SwarmSpawner.extra_endpoint_spec = {"mode": "dnsrr"}
c.SwarmSpawner.environment = {"HOME": "/home/jovyan"}
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
until nsenter --net=/proc/$(docker inspect "$id" --format '{{.State.Pid}}')/ns/net \\
  curl --silent --output /dev/null --max-time 1 "http://127.0.0.1:8888/user/floor/api"; do
  ((SECONDS < deadline)) || { docker logs "$id" >&2; exit 1; }
  sleep 0.05
done
echo $((($(date +%s%N) - began) / 1000000))
"""


def floor(cluster: Cluster) -> float:
    """Return the seconds from a container's start to the single-user server's first answer."""
    script = FLOOR.replace("NETWORK", NETWORK).replace("IMAGE", NOTEBOOK_IMAGE)
    return int(cluster.workers[0].run("bash", "-c", script, seconds=90).split()[-1]) / 1000


async def spawns(cluster: Cluster, count: int) -> list[float]:
    """Return the seconds from request to JupyterLab's page, for ``count`` starts after a first one."""
    certificate = cluster.leader.run("cat", "/etc/nginx/chef-hub/fullchain.pem")
    taken = []
    user = HubClient(
        hostname=HOSTNAME,
        address=cluster.leader.address,
        certificate=certificate,
        user="bench",
        password=cluster.password,
    )
    async with user:
        await user.login()
        for number in range(count + 1):
            seconds = await user.start_server()
            await user.stop_server()
            await asyncio.sleep(6)  # the stock spawner's containers live on for a while
            if number:
                taken.append(seconds)
    return taken


def use_stock_spawner(cluster: Cluster) -> None:
    """Let the hub use dockerspawner's own spawner."""
    ours = cluster.leader.run("cat", CONFIG)
    cluster.leader.run("tee", CONFIG, stdin=ours + STOCK)
    cluster.restart_hub()


def show(name: str, seconds: list[float]) -> None:
    """Print median, 95th percentile and extremes."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    print(
        f"{name:<22} p50 {statistics.median(ordered):6.2f} s   p95 {p95:6.2f} s   {ordered[0]:.2f} to {ordered[-1]:.2f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10, help="spawns of each kind")
    count = parser.parse_args().count
    with Cluster(TrialSettings(user_memory_gib=0.5)) as cluster:
        began = time.monotonic()
        alone = [floor(cluster) for _ in range(count + 1)][1:]
        ours = asyncio.run(spawns(cluster, count))
        use_stock_spawner(cluster)
        stock = asyncio.run(spawns(cluster, count))
    show("single-user alone", alone)
    show("this spawner", ours)
    show("stock SwarmSpawner", stock)
    added = [statistics.median(kind) - statistics.median(alone) for kind in (ours, stock)]
    print(f"added to the floor: {added[0]:.2f} s by this one, {added[1]:.2f} s by the stock one")
    print(f"{count} spawns of each, {time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
