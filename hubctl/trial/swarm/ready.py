"""Waits for what only shows from outside: workers that take users, a hub that answers through nginx."""

import json
import time
from collections.abc import Callable, Sequence

from hubctl.core.command_line import typed
from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.host import Host

READY_SECONDS = 600.0


def wait_for_workers(leader: Host, count: int) -> None:
    """Wait until ``count`` workers take users."""
    _wait(f"{count} workers that take users", lambda: len(ready_workers(leader)) >= count, leader)


def ready_workers(leader: Host) -> list[str]:
    """Return the host names of the workers that take users."""
    ids = leader.run("docker", "node", "ls", "--filter", "role=worker", "--quiet").split()
    if not ids:
        return []
    nodes = json.loads(leader.run("docker", "node", "inspect", *ids))
    return sorted(
        node["Description"]["Hostname"]
        for node in nodes
        if node["Status"]["State"] == "ready"
        and node["Spec"]["Availability"] == "active"
        and (node["Spec"].get("Labels") or {}).get("chef-hub.ready") == "true"
    )


def wait_for_hub(leader: Host, hostname: str) -> None:
    """Wait until the login page comes through nginx."""
    resolve = ["--resolve", f"{hostname}:443:{leader.address}"]
    page = [
        "curl",
        "--silent",
        "--insecure",
        "--max-time",
        "5",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
    ]

    def answers() -> bool:
        return leader.run(*page, *resolve, f"https://{hostname}/hub/login", check=False).strip() == "200"

    _wait(f"https://{hostname}/hub/login", answers, leader)


def wait_for_followers(workers: Sequence[Host], address: str) -> None:
    """Wait until what each worker sends to its old leader is led to ``address``."""
    for worker in workers:
        rules = ["iptables", "-w", "10", "-t", "nat", "-S", "CHEF-HUB-LEADER"]

        def follows(worker: Host = worker, rules: list[str] = rules) -> bool:
            return f"--to-destination {address}:2377" in worker.run(*rules, check=False)

        _wait(f"{worker.name} to follow the leader to {address}", follows, worker)


def _wait(what: str, there: Callable[[], bool], leader: Host) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not there():
        if time.monotonic() > deadline:
            raise HubctlError(
                f"gave up waiting for {what} after {READY_SECONDS:.0f} s\n{leader.log_tail()}",
                remedy=f"`{typed('local-swarm down', root=True)}`, then try again; the hosts' logs say more.",
            )
        time.sleep(1.0)
