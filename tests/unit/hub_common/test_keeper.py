"""The keeper against a hub's API on loopback, and services in memory."""

import http.server
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from hub_common import keeper as keeper_module
from hub_common.keeper import BUSY_SECONDS, ORPHAN_SECONDS, Hub, Keeper
from swarm_hub.keeper import SwarmServers
from swarm_hub.settings import LIVE_NAMES
from tests.support.ports import silent_port
from tests.support.serving import serving


class Api(http.server.ThreadingHTTPServer):
    """Two pages of users; kernels of some; remembers activity."""

    daemon_threads = True

    def __init__(self) -> None:
        self.idle = {"ada": 3600, "grace": 3600, "mary": 10}
        self.kernels = {"ada": "busy", "grace": "idle", "mary": "busy"}
        self.active: list[str] = []
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def user(self, name: str) -> dict[str, Any]:
        last = (datetime.now(UTC) - timedelta(seconds=self.idle[name])).isoformat().replace("+00:00", "Z")
        server = {"ready": True, "last_activity": last, "url": f"/user/{name}/"}
        return {"name": name, "servers": {"": server}}


class Answers(http.server.BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "token secret"
        if self.path.startswith("/hub/api/users"):
            second = "offset=1" in self.path
            names = list(self.server.idle)[1:] if second else list(self.server.idle)[:1]
            following = None if second else {"url": f"{self.server.url}/hub/api/users?offset=1"}
            return self._say(
                {"items": [self.server.user(name) for name in names], "_pagination": {"next": following}}
            )
        user = self.path.split("/")[2]
        self.server.asked.append(user)
        return self._say([{"execution_state": self.server.kernels[user]}])

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert list(body["servers"]) == [""]
        self.server.active.append(self.path.split("/")[4])
        self._say({})

    def _say(self, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Services:
    """The engine's services."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def services(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        assert filters == {"label": "chef-hub.kind=notebook"}
        return [{"Spec": {"Name": name}} for name in self.names]

    def remove_service(self, name: str) -> None:
        self.names.remove(name)


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    with serving(server):
        yield server


@pytest.fixture
def keeper(api: Api) -> Iterator[Keeper]:
    with requests.Session() as session:
        hub = Hub(f"{api.url}/hub/api", api.url, "secret", session)
        yield Keeper(hub=hub, running=SwarmServers(Services()), idle_seconds=3600)


def test_a_kernel_that_works_counts_as_activity(keeper: Keeper, api: Api) -> None:
    keeper.round(0)
    assert api.active == ["ada"]
    assert sorted(api.asked) == ["ada", "grace"]  # mary was active just now: her server is left alone


def test_a_kernel_that_works_for_days_is_forgotten(keeper: Keeper, api: Api) -> None:
    keeper.round(0)
    keeper.round(BUSY_SECONDS - 1)
    keeper.round(BUSY_SECONDS + 1)
    assert api.active == ["ada", "ada"]


def test_who_paused_gets_a_new_day(keeper: Keeper, api: Api) -> None:
    keeper.round(0)
    api.kernels["ada"] = "idle"
    keeper.round(60)
    api.kernels["ada"] = "busy"
    keeper.round(BUSY_SECONDS + 1)
    assert api.active == ["ada", "ada"]


def test_without_an_idle_time_no_server_is_asked(keeper: Keeper, api: Api) -> None:
    keeper.idle_seconds = 0
    keeper.round(0)
    assert api.asked == []


def test_services_without_a_user_are_removed_after_a_deadline(keeper: Keeper) -> None:
    services = Services("notebook-ada", "notebook-nobody")
    keeper.running = SwarmServers(services)
    keeper.round(0)
    keeper.round(ORPHAN_SECONDS - 1)
    assert services.names == ["notebook-ada", "notebook-nobody"]
    keeper.round(ORPHAN_SECONDS)
    assert services.names == ["notebook-ada"]


def test_a_hub_that_does_not_answer_removes_nothing() -> None:
    services = Services("notebook-ada")
    with silent_port() as port, requests.Session() as session:
        hub = Hub(f"http://127.0.0.1:{port}/hub/api", f"http://127.0.0.1:{port}", "secret", session)
        keeper = Keeper(hub=hub, running=SwarmServers(services), idle_seconds=60)
        with pytest.raises(requests.RequestException):
            keeper.round(10 * ORPHAN_SECONDS)
    assert services.names == ["notebook-ada"]


def test_chores_come_first_and_one_that_fails_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, api: Api
) -> None:
    for name, value in {
        "JUPYTERHUB_API_URL": f"{api.url}/hub/api",
        "JUPYTERHUB_API_TOKEN": "secret",
        "CHEF_HUB_PROXY_URL": api.url,
        "CHEF_HUB_IDLE_SECONDS": "3600",
    }.items():
        monkeypatch.setenv(name, value)
    steps: list[str] = []

    def broken() -> None:
        steps.append("broken")
        raise OSError("the engine restarts")

    def pause(_: float) -> None:
        steps.append("pause")
        if steps.count("pause") > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(keeper_module, "time", SimpleNamespace(sleep=pause, monotonic=lambda: 0.0))
    with pytest.raises(KeyboardInterrupt):
        keeper_module.main(LIVE_NAMES, SwarmServers(Services()), [broken, lambda: steps.append("hold")])
    assert steps == ["broken", "hold", "pause"] * 2
    assert api.active == ["ada"]


@pytest.mark.parametrize(
    ("url", "path", "host"),
    [
        ("/user/ada@example.org/", "/user/ada@example.org/api/kernels", None),
        ("/user/two%20words/", "/user/two%20words/api/kernels", None),
        ("https://ada.hub.test/user/ada/", "/user/ada/api/kernels", "ada.hub.test"),
    ],
)
def test_a_server_is_asked_as_the_hub_spells_it(url: str, path: str, host: str | None) -> None:
    asked: list[tuple[str, str | None]] = []

    class Session(requests.Session):
        def get(self, url: str, **named: Any) -> Any:  # type: ignore[override]
            asked.append((url, named["headers"].get("Host")))
            return SimpleNamespace(raise_for_status=lambda: None, json=lambda: [{"execution_state": "busy"}])

    with Session() as session:
        hub = Hub("http://hub.test/hub/api", "http://proxy.test/", "secret", session)
        assert hub.works(keeper_module.Server(user="ada", url=url, ready=True, idle=0))
    assert asked == [(f"http://proxy.test{path}", host)]
