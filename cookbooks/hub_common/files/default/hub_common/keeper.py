"""The keeper: a service of the hub that keeps its picture of the servers right.

* A kernel that computes without output is activity too: the culler must not stop it. After a day it counts as
  forgotten.
* A notebook server that runs and that the hub knows nothing of (its database was lost, or a start was cut off)
  holds memory that no user has: it is removed after a deadline.

Each hub runs its own module ``keeper``, which gives this one the servers: Swarm services, or containers.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import requests

from hub_common.names import LiveNames, service_name

log = logging.getLogger("hub_common.keeper")

ROUND_SECONDS = 60.0
ORPHAN_SECONDS = 600.0
BUSY_SECONDS = 24 * 3600.0
CALL_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class Server:
    """A user's server that the hub knows of; ``url`` as the hub writes it, ``idle`` in seconds."""

    user: str
    url: str
    ready: bool
    idle: float


class Hub:
    """The calls to JupyterHub's API, and through its proxy to the users' servers."""

    def __init__(
        self, api_url: str, proxy_url: str, token: str, session: requests.Session | None = None
    ) -> None:
        self._api = api_url.rstrip("/")
        self._proxy = proxy_url.rstrip("/")
        self._session = session or requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"token {token}"

    def servers(self) -> list[Server]:
        """Return all servers that are ready or on their way, page by page."""
        found: list[Server] = []
        url: str | None = f"{self._api}/users?state=active&limit=100"
        while url:
            answer = self._session.get(
                url, headers={"Accept": "application/jupyterhub-pagination+json"}, timeout=CALL_SECONDS
            )
            answer.raise_for_status()
            page = answer.json()
            found += [server for user in page["items"] for server in _servers(user, datetime.now(UTC))]
            following = page["_pagination"]["next"]
            url = following["url"] if following else None
        return found

    def works(self, server: Server) -> bool:
        """Return whether a kernel of the server is busy.

        Asked with exactly the URL that the hub writes: the server itself accepts no other spelling. Where each user has a
        host name, the proxy routes by it.
        """
        place = urlsplit(server.url)
        answer = self._session.get(
            f"{self._proxy}{place.path.rstrip('/')}/api/kernels",
            headers={"Host": place.netloc} if place.netloc else {},
            timeout=CALL_SECONDS,
        )
        answer.raise_for_status()
        return any(kernel.get("execution_state") == "busy" for kernel in answer.json())

    def note_activity(self, user: str) -> None:
        """Tell the hub that the user's server was active just now."""
        now = datetime.now(UTC).isoformat()
        answer = self._session.post(
            f"{self._api}/users/{quote(user, safe='')}/activity",
            json={"servers": {"": {"last_activity": now}}},
            timeout=CALL_SECONDS,
        )
        answer.raise_for_status()


def _servers(user: Mapping[str, Any], now: datetime) -> Iterable[Server]:
    for server in (user.get("servers") or {}).values():
        last = server.get("last_activity") or server.get("started")
        idle = (now - datetime.fromisoformat(last)).total_seconds() if last else 0.0
        yield Server(user=user["name"], url=server["url"], ready=bool(server.get("ready")), idle=idle)


class Servers(Protocol):
    """The notebook servers that run, by the names that :func:`hub_common.names.service_name` gives them."""

    def names(self) -> set[str]:
        """Return the names of all of them."""

    def remove(self, name: str) -> None:
        """End one of them."""


@dataclass(kw_only=True)
class Keeper:
    """What the rounds remember: since when kernels are busy, and servers without a user are seen."""

    hub: Hub
    running: Servers
    idle_seconds: float
    busy_since: dict[str, float] = field(default_factory=dict)
    orphan_since: dict[str, float] = field(default_factory=dict)

    def round(self, now: float) -> None:
        """Look once at everything; ``now`` is monotonic, in seconds."""
        servers = self.hub.servers()
        self._keep_busy_ones([server for server in servers if server.ready], now)
        self._remove_orphans({service_name(server.user) for server in servers}, now)

    def _keep_busy_ones(self, servers: Iterable[Server], now: float) -> None:
        servers = list(servers)
        quiet = [server for server in servers if self.idle_seconds and server.idle > self.idle_seconds / 3]
        for user in self.busy_since.keys() - {server.user for server in servers}:
            del self.busy_since[user]
        for server in quiet:
            user = server.user
            try:
                if not self.hub.works(server):
                    self.busy_since.pop(user, None)
                elif now - self.busy_since.setdefault(user, now) < BUSY_SECONDS:
                    self.hub.note_activity(user)
                else:
                    log.warning(
                        "a kernel of %s was busy for a day: it does not count as active any longer", user
                    )
            except requests.RequestException as error:
                log.warning("cannot see whether a kernel of %s works: %s", user, error)

    def _remove_orphans(self, known: set[str], now: float) -> None:
        unknown = self.running.names() - known
        self.orphan_since = {name: self.orphan_since.get(name, now) for name in unknown}
        for name, since in self.orphan_since.items():
            if now - since >= ORPHAN_SECONDS:
                log.warning("removing %s, which the hub does not know", name)
                with contextlib.suppress(Exception):  # gone already, or tried again in the next round
                    self.running.remove(name)


def main(names: LiveNames, running: Servers, chores: Sequence[Callable[[], None]] = ()) -> None:
    """Do a round a minute, for as long as the hub lives; the ``chores`` before each, the first time at once.

    ``names`` says what the variables begin with that :mod:`hub_common.configuration` gives.
    """
    logging.basicConfig(level=logging.INFO, format="[%(levelname)1.1s %(name)s] %(message)s")
    environment = os.environ
    hub = Hub(
        environment["JUPYTERHUB_API_URL"],
        names.value(environment, "PROXY_URL"),
        environment["JUPYTERHUB_API_TOKEN"],
    )
    keeper = Keeper(hub=hub, running=running, idle_seconds=float(names.value(environment, "IDLE_SECONDS")))
    while True:
        for chore in chores:
            _attempt(chore)
        time.sleep(ROUND_SECONDS)
        _attempt(lambda: keeper.round(time.monotonic()))


def _attempt(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:  # the hub restarts, Docker restarts: the next round looks again
        log.warning("round not finished: %s", error)
