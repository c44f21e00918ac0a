"""The user sessions of this instance: the servers that its hub knows, which of them are active, and running containers.

The hub is asked by its REST API: https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html (GET /users,
paginated). The token's scopes: ``list:users``, ``read:servers`` and ``read:users:activity``; ``read:metrics`` for metrics;
``delete:users`` and ``shutdown`` on instances of a group with a warm pool.

Containers are counted without asking Docker, which the agent may not. Each running container has a port at the bridge of
the containers' network; hub and proxy run on the instance itself. https://docs.kernel.org/networking/bridge.html
"""

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HUB_SECONDS = 10.0
PAGE = 100
MOST_PAGES = 100
DISK_LIMIT = "lab_hub_disk_limit_percent"
PAGINATED = "application/jupyterhub-pagination+json"
# The bridge of the cookbook's image.json
BRIDGE_FOLDER = Path("/sys/class/net/br-lab/brif")
NOT_FOUND = 404
# An instance that goes into the pool has no servers any more, and a proxy without its hub only says so.
_SHUTDOWN = json.dumps({"servers": False, "proxy": False}).encode()
_NOT_AS_EXPECTED = (urllib.error.URLError, OSError, ValueError, KeyError, TypeError, AttributeError)


class HubError(Exception):
    """The hub does not answer, or not as expected."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A user's server that runs, or is being started or stopped."""

    user: str
    name: str
    last_activity: datetime | None


class Hub:
    """The hub's API at ``url`` (``http://127.0.0.1:8000/hub/api``), with a service's token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def servers(self) -> list[Server]:
        """Return all servers that are not stopped; raise HubError when the hub cannot say."""
        try:
            return [server for user in self._users() for server in _servers(user)]
        except _NOT_AS_EXPECTED as error:
            raise self._error(error) from error

    def disk_limit(self) -> float | None:
        """Return how much of the limit on users' files is used, in percent; None where there is none, or it is not known.

        Raises HubError when the hub cannot say.
        """
        try:
            shown = self._read(self._url + "/metrics", "text/plain").decode()
            (value,) = [
                float(line.split()[1]) for line in shown.splitlines() if line.startswith(DISK_LIMIT + " ")
            ]
        except (urllib.error.URLError, OSError, ValueError, IndexError) as error:
            raise HubError(f"{self._url}: no {DISK_LIMIT}: {error or type(error).__name__}") from error
        return value if math.isfinite(value) else None

    def users_seen(self) -> list[str]:
        """Return who has ever worked here; raise HubError when the hub cannot say."""
        try:
            return [str(user["name"]) for user in self._users(state=None) if user.get("last_activity")]
        except _NOT_AS_EXPECTED as error:
            raise self._error(error) from error

    def forget(self, user: str) -> None:
        """Delete a user from the hub's database, files excepted; raise HubError when the hub refuses."""
        try:
            self._read(f"{self._url}/users/{urllib.parse.quote(user, safe='')}", PAGINATED, method="DELETE")
        except urllib.error.HTTPError as error:
            if error.code != NOT_FOUND:
                raise self._error(error) from error
        except _NOT_AS_EXPECTED as error:
            raise self._error(error) from error

    def restart(self) -> None:
        """End the hub, which its unit starts again; the proxy stays. Raise HubError when the hub refuses."""
        try:
            self._read(f"{self._url}/shutdown", PAGINATED, method="POST", body=_SHUTDOWN)
        except _NOT_AS_EXPECTED as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> HubError:
        return HubError(f"{self._url}: {error or type(error).__name__}")

    def _users(self, state: str | None = "active") -> Iterator[dict[str, Any]]:
        offset: int | None = 0
        chosen = {} if state is None else {"state": state}
        for _ in range(MOST_PAGES):
            query = urllib.parse.urlencode({**chosen, "offset": offset, "limit": PAGE})
            page = self._get(f"/users?{query}")
            yield from page["items"]
            following = page["_pagination"]["next"]
            if following is None:
                return
            offset = int(following["offset"])
        raise ValueError(f"more than {MOST_PAGES} pages of users")

    def _get(self, path: str) -> Any:
        return json.loads(self._read(self._url + path, PAGINATED))

    def _read(self, url: str, accepted: str, *, method: str = "GET", body: bytes | None = None) -> bytes:
        headers = {"Authorization": f"token {self._token}", "Accept": accepted}
        request = urllib.request.Request(url, headers=headers, method=method, data=body)  # noqa: S310 - the hub's own address
        with self._opener.open(request, timeout=HUB_SECONDS) as answer:
            content: bytes = answer.read()
            return content


def _servers(user: dict[str, Any]) -> Iterator[Server]:
    for name, server in user["servers"].items():
        if server.get("stopped"):
            continue
        activity = server.get("last_activity")
        yield Server(
            user=user["name"],
            name=name,
            last_activity=datetime.fromisoformat(activity) if activity else None,
        )


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """``running`` are protected and waited for; ``active`` are what the group scales on."""

    running: int
    active: int


def count(servers: Sequence[Server], activity_minutes: float, now: datetime) -> Sessions:
    """Count the servers of users; with 0 minutes every running one is active.

    A server whose activity is not known, or lies in the future because the clock was set back, is active.
    """
    if not activity_minutes:
        return Sessions(running=len(servers), active=len(servers))
    since = now - timedelta(minutes=activity_minutes)
    active = [
        server for server in servers if server.last_activity is None or _utc(server.last_activity) > since
    ]
    return Sessions(running=len(servers), active=len(active))


def _utc(moment: datetime) -> datetime:
    """Take a moment without a zone as UTC, as the hub means it."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def running_containers(folder: Path = BRIDGE_FOLDER) -> int | None:
    """Return how many run, 0 when the network was never made, None when the kernel does not say."""
    try:
        return sum(1 for _ in folder.iterdir())
    except FileNotFoundError:
        return 0
    except OSError:
        return None
