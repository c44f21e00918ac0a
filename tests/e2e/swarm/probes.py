"""Looks behind the hub's pages: where servers run, which processes they are, what the hub's helpers may do."""

import asyncio
import json
import os
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.trial.hosts.host import Host
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.ready import ready_workers
from hubctl.trial.swarm.settings import HOSTNAME
from tests.support.hub_client import HubClient
from tests.support.waiting import PATIENCE, pause_after

SINGLE_USER = b"jupyterhub-singleuser"
# Seconds; who is not refused at once waits for a place for minutes.
PROMPT = 120.0


def place_of(cluster: Cluster, user: str) -> str:
    """Return the host name on which Swarm runs the user's server, empty while there is no such host, or more than one."""
    listing = cluster.leader.run(
        "docker", "service", "ps", f"notebook-{user}", "--filter", "desired-state=running",
        "--format", "{{.Node}} {{.CurrentState}}", check=False,
    )  # fmt: skip
    running = [line.split()[0] for line in listing.splitlines() if " Running" in line]
    return running[0] if len(running) == 1 else ""


def node_of(cluster: Cluster, user: str) -> str:
    """Return the host name on which the user's server runs."""
    place = place_of(cluster, user)
    assert place, f"{user}'s server runs nowhere, or twice"
    return place


async def moved(cluster: Cluster, user: str, away_from: str) -> None:
    """Wait until Swarm runs the user's server on another host."""
    await until(lambda: place_of(cluster, user) not in ("", away_from), f"{user}'s server moves")


async def reopens(user: HubClient) -> None:
    """Try to open the lab until it opens."""
    began = time.monotonic()
    while True:
        try:
            await asyncio.wait_for(user.open_lab(), 60)
            return
        except (AssertionError, OSError, TimeoutError):
            assert time.monotonic() - began < PATIENCE, f"{user.user}'s lab did not come back"
            await asyncio.sleep(1)


def worker_named(cluster: Cluster, name: str) -> Host:
    """Return the worker host of that name."""
    return next(host for host in cluster.workers if host.name == name)


def node_id(cluster: Cluster, name: str) -> str:
    """Return the Swarm's id of the host."""
    return cluster.leader.run("docker", "node", "ls", "--filter", f"name={name}", "--quiet").strip()


@contextmanager
def others_paused(cluster: Cluster, name: str) -> Iterator[None]:
    """Let new users go to the worker of that name only, as long as the block lasts."""
    others = [node_id(cluster, other) for other in ready_workers(cluster.leader) if other != name]
    try:
        for other in others:
            cluster.leader.run("docker", "node", "update", "--availability", "pause", other)
        yield
    finally:
        for other in others:
            cluster.leader.run("docker", "node", "update", "--availability", "active", other)


def labels_of(cluster: Cluster, name: str) -> dict[str, str]:
    """Return the labels of the host's node in the Swarm."""
    asked = ["docker", "node", "inspect", node_id(cluster, name), "--format", "{{json .Spec.Labels}}"]
    labels: dict[str, str] = json.loads(cluster.leader.run(*asked))
    return labels


def container_of(cluster: Cluster, user: str) -> tuple[Host, str]:
    """Return host and container id of the user's server."""
    host = worker_named(cluster, node_of(cluster, user))
    found = host.run("docker", "ps", "--quiet", "--filter", f"label=chef-hub.user={user}").split()
    assert len(found) == 1, found
    return host, found[0]


def servers_of(cluster: Cluster, user: str) -> list[int]:
    """Return the process ids, on any host, of the user's servers that work on files; one that waits for the lock does not."""
    found = []
    # Other clusters may run on the same machine: this one's shared files are on a device that only it has.
    device = shared(cluster).stat().st_dev
    mounted = f" {os.major(device)}:{os.minor(device)} ".encode()
    mark = f"JUPYTERHUB_PUBLIC_URL=https://{HOSTNAME}/user/{user}/".encode()
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if len(words) < 2 or not words[1].endswith(SINGLE_USER):  # behind the interpreter
                continue
            variables = (folder / "environ").read_bytes().split(b"\0")
            mounts = (folder / "mountinfo").read_bytes()
        except (OSError, ValueError):
            continue
        if mark in variables and mounted in mounts:
            found.append(int(folder.name))
    # A program that a server starts is a copy of the server, words and all, until the moment in which it becomes that program.
    return [process for process in found if _parent(process) not in (None, *found)]


def _parent(process: int) -> int | None:
    """Return the process id of the parent, None where the process is gone by now."""
    try:
        words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return int(words[1])


async def most_servers(cluster: Cluster, user: str, seen: list[int]) -> None:
    """Write down again and again, until cancelled, how many servers of the user work on files."""
    while True:
        seen.append(len(servers_of(cluster, user)))
        await asyncio.sleep(0.2)


def shared(cluster: Cluster) -> Path:
    """Return the folder that stands in for EFS, as this machine sees it."""
    return cluster.settings.shared


def as_service(cluster: Cluster, service: str, command: list[str], **variables: str) -> str:
    """Run a command in the hub's container with the variables, and so the rights, of one of the hub's services.

    Return what it said; commands that never end by themselves are to be cut off, so how they end is no matter.
    """
    script = f"""
import os
from pathlib import Path
for folder in Path("/proc").iterdir():
    try:
        pairs = [pair.partition(b"=") for pair in (folder / "environ").read_bytes().split(b"\\0")]
    except OSError:
        continue
    variables = {{os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs if name}}
    if variables.get("JUPYTERHUB_SERVICE_NAME") == {service!r}:
        command = {command!r}
        os.execvpe(command[0], command, variables | {variables!r})
raise SystemExit("there is no service {service}")
"""
    return cluster.leader.run(
        "docker", "exec", "jupyterhub", "bash", "-c", f"python3 -c {shlex.quote(script)} 2>&1", check=False
    )


Until = Callable[[], bool]


async def until(there: Until, what: str) -> None:
    """Wait until ``there()`` holds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        began = time.monotonic()
        if await asyncio.to_thread(there):
            return
        now = time.monotonic()
        assert now < deadline, f"not within {PATIENCE:.0f} s: {what}"
        await asyncio.sleep(pause_after(now - began))


async def refused_soon(user: HubClient, words: str) -> None:
    """Start again and again until that is refused with these words: the hub looks every few seconds."""
    began = time.monotonic()
    while not (said := await user.try_start()):
        assert time.monotonic() - began < PATIENCE, f"{user.user} is never refused"
        await user.stop_server()
    assert words in said, said


async def starts_soon(user: HubClient) -> None:
    """Start again and again until that is no longer refused: the hub looks every few seconds."""
    began = time.monotonic()
    while said := await user.try_start():
        assert time.monotonic() - began < PATIENCE, said
        await asyncio.sleep(1)
    await user.open_lab()


async def refused(user: HubClient, words: str) -> None:
    """Assert that a start is refused with these words on the page, and not only after a wait for a place."""
    began = time.monotonic()
    said = await user.try_start()
    assert words in said, said or "it started"
    assert time.monotonic() - began < PROMPT
