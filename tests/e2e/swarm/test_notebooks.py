"""What users get: servers on workers, their own files wherever these run, a kernel through the proxy."""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hubctl.trial.hosts.control_group import TRIALS
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.nodes import worker_units
from tests.e2e.swarm.conftest import Browser
from tests.e2e.swarm.probes import (
    container_of,
    node_id,
    node_of,
    servers_of,
    shared,
    until,
    worker_named,
)
from tests.support.waiting import PATIENCE, wait_until

Run = Callable[[Any], Any]


def test_two_users_work_on_workers_and_keep_their_files(cluster: Cluster, browser: Browser, run: Run) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await asyncio.gather(ada.start_server(), grace.start_server())
            assert all(node_of(cluster, user).startswith("worker-") for user in ("ada", "grace"))
            await ada.write_file("diary.txt", "of ada")
            await grace.write_file("diary.txt", "of grace")
            first = node_of(cluster, "ada")
            await ada.stop_server()
            node = node_id(cluster, first)
            cluster.leader.run("docker", "node", "update", "--availability", "pause", node)
            try:
                await ada.start_server()
            finally:
                cluster.leader.run("docker", "node", "update", "--availability", "active", node)
            assert node_of(cluster, "ada") != first
            assert await ada.read_file("diary.txt") == "of ada"
            assert await grace.read_file("diary.txt") == "of grace"
            await asyncio.gather(ada.stop_server(), grace.stop_server())

    run(scenario())


def test_a_kernel_runs_code_through_the_websocket_and_is_locked_in(browser: Browser, run: Run) -> None:
    probe = """
import os, socket
from pathlib import Path
def reaches(address, port, family=socket.AF_INET):
    try:
        socket.create_connection((address, port), timeout=2).close()
        return True
    except OSError:
        return False
print("sum", 6 * 7)
print("user", os.getuid())
print("docker socket", any(Path(path).exists() for path in ("/run/docker.sock", "/var/run/docker.sock")))
print("docker port", reaches("198.51.100.11", 2375) or reaches("198.51.100.11", 2376))
print("metadata", reaches("169.254.169.254", 80))
print("database", any(Path(path).exists() for path in ("/var/lib/jupyterhub", "/etc/jupyterhub", "/mnt/chef-hub")))
print("others", Path("/home/jovyan/../grace").exists())
print("hub", reaches("jupyterhub", 8081))
capabilities = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff")]
print("capabilities", capabilities[0].split()[1].strip("0") == "")
"""

    async def scenario() -> dict[str, str]:
        async with browser("ada") as ada, browser("grace") as grace:
            for user in (ada, grace):
                await user.login()
            await asyncio.gather(ada.start_server(), grace.start_server())
            said = await ada.run_code(probe)
            # Through the proxy with one's own cookies, neither.
            status, _ = await ada.call("GET", "/user/grace/api/contents/")
            assert status in (403, 404), status
            await asyncio.gather(ada.stop_server(), grace.stop_server())
            return dict(line.rsplit(" ", 1) for line in said.splitlines())

    said = run(scenario())
    assert said == {
        "sum": "42",
        "user": "1000",
        "docker socket": "False",
        "docker port": "False",
        "metadata": "False",
        "database": "False",
        "others": "False",
        "hub": "True",  # so the network was there, and the rest is closed
        "capabilities": "True",
    }


OUTSIDE = "203.0.113.7"  # behind the leader, in no network that a worker knows


def test_a_notebook_reaches_the_internet_and_the_hub_but_no_node(
    cluster: Cluster, browser: Browser, run: Run
) -> None:
    """With the fence of its worker. A connection from before the fence stays; without the fence all of it is open."""
    other = next(iter(cluster.workers)).address
    probe = f"""
import socket
def reaches(address, port, seconds=1):
    try:
        socket.create_connection((address, port), timeout=seconds).close()
        return True
    except OSError:
        return False
def unknown(name):
    try:
        socket.getaddrinfo(name, 443)
    except socket.gaierror as error:
        return error.errno == socket.EAI_NONAME
for name, address, port in [
    ("swarm", "{cluster.leader.address}", 2377), ("gossip of the leader", "{cluster.leader.address}", 7946),
    ("gossip of a worker", "{other}", 7946), ("leader", "{cluster.leader.address}", 80),
]:
    print(name, reaches(address, port))
print("internet", reaches("{OUTSIDE}", 443, {PATIENCE}))
print("hub", reaches("jupyterhub", 8081, {PATIENCE}))
print("names", unknown("nobody.example"))
"""
    flow = f"""
import socket, time
from pathlib import Path
kept = socket.create_connection(("{cluster.leader.address}", 80), timeout={PATIENCE})
Path("connected").touch()
while not Path("fenced").exists():
    time.sleep(0.05)
kept.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
print(kept.recv(12).decode())
"""

    async def scenario() -> tuple[str, dict[str, str]]:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            worker = worker_named(cluster, node_of(cluster, "ada"))
            (fence,) = [
                unit.command
                for unit in worker_units(worker, cluster.inputs)
                if unit.name.endswith("container-fence")
            ]
            worker.run("ip", "route", "replace", f"{OUTSIDE}/32", "via", cluster.leader.address)
            worker.run(fence[0], "remove")
            try:
                before = asyncio.create_task(ada.run_code(flow, 2 * PATIENCE))
                home = shared(cluster) / "users/ada"
                await until((home / "connected").exists, "the notebook is connected")
            finally:
                worker.run(*fence)
            (home / "fenced").touch()
            kept = await before
            said = await ada.run_code(probe, 3 * PATIENCE)
            await ada.stop_server()
            return kept.strip(), dict(line.rsplit(" ", 1) for line in said.splitlines())

    cluster.leader.run("ip", "address", "replace", f"{OUTSIDE}/32", "dev", "lo")
    kept, said = run(scenario())
    assert kept == "HTTP/1.1 301"
    assert said == {
        "swarm": "False",
        "gossip of the leader": "False",
        "gossip of a worker": "False",
        "leader": "False",
        "internet": "True",
        "hub": "True",
        "names": "True",
    }


def test_each_worker_keeps_the_servers_network(cluster: Cluster) -> None:
    for worker in cluster.workers:
        listing = ["docker", "ps", "--quiet", "--filter", "label=chef-hub.kind=network"]
        wait_until(partial(worker.run, *listing), f"a container that keeps the network on {worker.name}")
        assert "chef-hub" in worker.run("docker", "network", "ls", "--format", "{{.Name}}").split()


def test_hosts_reach_the_metadata_service_which_containers_do_not(cluster: Cluster) -> None:
    """Else the test above would pass for want of a service."""
    token = "curl -s -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token"
    for host in cluster.hosts:
        assert len(host.run("bash", "-c", token)) > 20


def test_directories_are_closed_and_limits_are_set(cluster: Cluster, browser: Browser, run: Run) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada:
            await ada.login()
            await ada.start_server()
            host, container = container_of(cluster, "ada")
            inspected = host.run(
                "docker", "inspect", container, "--format",
                "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.CapDrop}}",
            )  # fmt: skip
            assert inspected.split() == [str(512 * 1024**2), "1000000000", "4096", "[ALL]"]
            (server,) = servers_of(cluster, "ada")
            groups = Path(f"/proc/{server}/cgroup").read_text(encoding="utf-8")
            assert f":/{TRIALS}/{host.control_group.name}/" in groups  # its host's share of the processors
            await ada.stop_server()

    run(scenario())
    assert (shared(cluster) / "users/ada").stat().st_mode & 0o777 == 0o700


def test_https_is_enforced(cluster: Cluster) -> None:
    resolve = ["--resolve", f"notebooks.hub.test:80:{cluster.leader.address}"]
    resolve += ["--resolve", f"notebooks.hub.test:443:{cluster.leader.address}"]
    plain = cluster.leader.run("curl", "-s", "-i", "-m", "5", *resolve, "http://notebooks.hub.test/hub/login")
    assert re.search(r"^HTTP/1.1 301", plain)
    assert "Location: https://notebooks.hub.test/hub/login" in plain
    secure = cluster.leader.run(
        "curl", "-s", "-i", "-k", "-m", "5", *resolve, "https://notebooks.hub.test/hub/login"
    )
    assert "strict-transport-security: max-age=31536000" in secure.lower()
    old = cluster.leader.run(
        "curl",
        "-s",
        "-k",
        "-m",
        "5",
        "--tls-max",
        "1.1",
        *resolve,
        "https://notebooks.hub.test/",
        check=False,
    )
    assert old == ""
