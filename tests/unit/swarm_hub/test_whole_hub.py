"""JupyterHub itself, with the hub's own configuration, through what happens on the second day."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aiohttp
import pytest
from traitlets.config import Config

from hub_common.configuration import KEEPER_SCOPES
from hub_common.keeper import Hub
from hub_common.names import service_name
from tests.support.real_hub import Browser, browser, running_hub, world
from tests.support.swarm_in_memory import MemorySwarm
from tests.support.waiting import PATIENCE

# The name of that option is JupyterHub's affair.
pytestmark = pytest.mark.filterwarnings("ignore:DummyAuthenticator.password:DeprecationWarning")
ODD_NAMES = [
    "ada@example.org",
    "a.b.c",
    "plus+tag@example.org",
    "two words",
    "ünï-cödé",
    "名前",
    "UPPER",
    "quote'\"s",
    "100%",
    "{braces}",
    "-dash",
    "a;b&c=d?e#f",
    "~tilde~",
    "x" * 200,
]
Configure = Callable[..., Config]


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver
    )  # put back afterwards


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, PATIENCE))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_restarted_proxy_gets_its_routes_again(configured: Configure, swarm: MemorySwarm) -> None:
    async def scenario() -> None:
        async with (
            world() as there,
            browser() as opened,
            running_hub(configured(there, allow_all=True)) as hub,
        ):
            ada = opened(hub)
            await ada.login("ada")
            await ada.call("GET", "/hub/spawn/ada")
            assert set(there.routes) == {"/", "/hub.test/user/ada"}
            routes = json.loads(json.dumps(there.routes))
            there.restart_proxy()
            await until(lambda: len(there.routes) == 2)
            assert there.routes == routes
            # Half of them, as when it was restarted while the hub gave them.
            del there.routes["/hub.test/user/ada"]
            await until(lambda: len(there.routes) == 2)
            assert swarm.services.keys() == {"notebook-ada"}

    run(scenario())


async def token_of(user: Any, name: str) -> str:
    status, text = await user.call("POST", f"/hub/api/users/{quote(name)}/tokens", json={})
    assert status == 201, text
    return str(json.loads(text)["token"])


async def by_token(hub: Any, token: str, method: str, path: str) -> int:
    """Return the status of a call by a program, which has no cookies."""
    headers = {"Authorization": f"token {token}"}
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.request(method, f"{hub.hub.url}api{path}", headers=headers) as answer,
    ):
        return answer.status


async def start(user: Any, name: str) -> None:
    status, text = await user.call("GET", f"/hub/spawn/{quote(name)}")
    assert status == 302, text


def test_who_is_taken_out_of_the_settings_is_out(
    configured: Configure, swarm: MemorySwarm, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with (
            world() as there,
            browser() as first,
            browser() as second,
            browser() as third,
        ):
            names = {"allowed_users": ["ada", "mary"], "admin_users": ["root"]}
            async with running_hub(configured(there, **names)) as hub:
                ada, mary, root = first(hub), second(hub), third(hub)
                for person, name in ((ada, "ada"), (mary, "mary"), (root, "root")):
                    assert await person.login(name) == 302
                    await start(person, name)
                token, admins = await token_of(ada, "ada"), await token_of(root, "root")
                assert await by_token(hub, token, "GET", "/user") == 200
                assert await by_token(hub, admins, "GET", "/users") == 200
            (tmp_path / "shared/users/ada/work.txt").write_text("mine")

            async with running_hub(configured(there, allowed_users=["mary", "root"])) as hub:
                ada, mary, root = first(hub), second(hub), third(hub)
                assert (await ada.call("GET", "/hub/home"))[0] == 302  # to the login page
                assert (await ada.call("GET", "/hub/spawn/ada"))[0] in (302, 403)
                assert await by_token(hub, token, "GET", "/user") == 403
                assert await by_token(hub, token, "POST", "/users/ada/server") == 403
                await until(lambda: "notebook-ada" not in swarm.services)
                await until(lambda: "ada" not in hub.authenticator.locked_out)
                assert "/hub.test/user/ada" not in there.routes
                assert await ada.login("ada") == 403
                # Who was an administrator is somebody like everybody else, with a server that runs on.
                assert (await root.call("GET", "/hub/home"))[0] == 200
                assert (await root.call("GET", "/hub/admin"))[0] == 403
                assert await by_token(hub, admins, "GET", "/users") == 403
                assert (await mary.call("GET", "/hub/home"))[0] == 200
                assert swarm.services.keys() == {"notebook-mary", "notebook-root"}
            assert (tmp_path / "shared/users/ada/work.txt").read_text() == "mine"

            # Let in again, with the same files.
            async with running_hub(configured(there, allowed_users=["ada", "mary"])) as hub:
                ada = first(hub)
                assert (await ada.call("GET", "/hub/home"))[0] == 302
                assert await by_token(hub, token, "GET", "/user") == 403
                assert await ada.login("ada") == 302
                await start(ada, "ada")

    run(scenario())


def test_nobody_is_removed_while_docker_is_away_but_nobody_gets_in_either(
    configured: Configure, swarm: MemorySwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hub_common.access

    monkeypatch.setattr(hub_common.access, "RETRY_SECONDS", 0.05)

    async def scenario() -> None:
        async with world() as there, browser() as opened:
            async with running_hub(configured(there, allowed_users=["ada"])) as hub:
                ada = opened(hub)
                await ada.login("ada")
                await start(ada, "ada")
                token = await token_of(ada, "ada")
            swarm.away = True
            async with running_hub(configured(there, allowed_users=["mary"])) as hub:
                assert (await opened(hub).call("GET", "/hub/home"))[0] == 302
                assert await by_token(hub, token, "GET", "/user") == 403
                swarm.away = False
                await until(lambda: not hub.authenticator.locked_out)
                assert swarm.services == {}

    run(scenario())


def test_the_admin_panel_lets_in_nobody_whom_the_settings_do_not(
    configured: Configure, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> None:
        async with world() as there, browser() as opened:
            config = configured(there, admin_users=["root"], allowed_users=["mary"])
            async with running_hub(config) as hub:
                root = opened(hub)
                await root.login("root")
                status, _ = await root.call("POST", "/hub/api/users/somebody", json={})
                assert status == 400
                assert (
                    "do not let somebody in. Add the name to hub_login_allowed_users"
                    in capfd.readouterr().err
                )
                status, _ = await root.call("GET", "/hub/api/users/somebody")
                assert status == 404

    run(scenario())


@pytest.mark.parametrize("trouble", ["docker", "files"])
def test_a_hub_restarted_in_a_time_of_trouble_stops_no_server(
    configured: Configure, swarm: MemorySwarm, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hub_common.spawning

    monkeypatch.setattr(hub_common.spawning, "ANSWER_AFTER_RESTART_SECONDS", 0.2)

    async def scenario() -> None:
        async with world() as there, browser() as opened:
            config = configured(there, allow_all=True)
            async with running_hub(config) as hub:
                ada = opened(hub)
                await ada.login("ada")
                await start(ada, "ada")
            swarm.away = trouble == "docker"
            there.servers_answer = trouble == "docker"
            async with running_hub(config) as hub:
                (ada,) = hub.users.values()
                await until(lambda: not ada.spawner.pending)
                assert ada.spawner.ready
                assert swarm.services.keys() == {"notebook-ada"}
                assert "/hub.test/user/ada" in there.routes
                swarm.away, there.servers_answer = False, True
                # In order again, it is looked at as ever.
                assert await ada.spawner.poll() is None
                swarm.services.clear()
                assert await ada.spawner.poll() == 0

    run(scenario())


def test_a_server_that_ended_while_the_hub_was_away_is_given_up(
    configured: Configure, swarm: MemorySwarm
) -> None:
    async def scenario() -> None:
        async with world() as there, browser() as opened:
            config = configured(there, allow_all=True)
            async with running_hub(config) as hub:
                await opened(hub).login("ada")
                await start(opened(hub), "ada")
            swarm.services.clear()
            async with running_hub(config) as hub:
                (ada,) = hub.users.values()
                assert not ada.spawner.active
                assert "/hub.test/user/ada" not in there.routes

    run(scenario())


@pytest.mark.parametrize("domains", ["one host", "own domains"])
def test_odd_names_start_work_and_stop(
    configured: Configure,
    swarm: MemorySwarm,
    document: dict[str, Any],
    domains: str,
) -> None:
    """Names as identity providers have them: pages, routes, keeper, activity, the service's name and the directory."""
    document["wildcard_certificate"] = domains == "own domains"

    async def scenario() -> None:
        async with world() as there, running_hub(configured(there, allow_all=True)) as hub:
            from jupyterhub import orm, roles

            service = orm.Service(name="keeper")
            hub.db.add(service)
            roles.create_role(hub.db, {"name": "keeper", "scopes": KEEPER_SCOPES})
            roles.grant_role(hub.db, service, "keeper")
            hub.db.commit()
            keeper = Hub(
                f"{hub.hub.url}api", f"http://127.0.0.1:{there.server_port}", service.new_api_token()
            )
            names = [hub.authenticator.normalize_username(name) for name in ODD_NAMES]
            for name in names:
                async with browser() as opened:
                    user = opened(hub)
                    assert await user.login(name) == 302, name
                    await start(user, name)
                    assert service_name(name) in swarm.services, name
            hosts = {name: hub.users[name].domain for name in names}
            assert len(set(hosts.values())) == (len(names) if domains == "own domains" else 1)
            # The proxy's routes lead to the servers, and stay what they are when they are looked at again.
            routes = json.dumps(there.routes, sort_keys=True)
            assert len(there.routes) == len(names) + 1
            await hub.proxy.check_routes(hub.users, {})
            assert json.dumps(there.routes, sort_keys=True) == routes
            servers = await asyncio.to_thread(keeper.servers)
            assert {server.user for server in servers} == set(names)
            for server in servers:
                place = urlsplit(server.url)
                assert place.netloc == hosts[server.user]
                assert f"/{unquote(place.netloc + place.path)}".rstrip("/") in there.routes
                there.kernels[place.path.rstrip("/")] = "busy"
                before = hub.users[server.user].spawner.orm_spawner.last_activity
                assert await asyncio.to_thread(keeper.works, server), server
                await asyncio.to_thread(keeper.note_activity, server.user)
                assert hub.users[server.user].spawner.orm_spawner.last_activity > before, server
            for name in names:
                await hub.proxy.delete_user(hub.users[name])
                await hub.users[name].stop()
            assert swarm.services == {}
            assert set(there.routes) == {"/"}
            keeper._session.close()

    run(scenario())


async def decided(client: Browser, method: str, path: str) -> tuple[int, str]:
    """Ask for a server, and wait for the outcome where JupyterHub goes on with the page of a pending start."""
    status, text = await client.call(method, path, **({"json": {}} if method == "POST" else {}))
    while status in {200, 202, 302}:
        await asyncio.sleep(0.1)
        status, text = await client.call("GET", "/hub/spawn-pending/mary")
    return status, text


def test_a_refused_start_is_no_error_of_the_hub(configured: Configure, document: dict[str, Any]) -> None:
    document["hub"]["max_users"] = 1

    async def scenario() -> None:
        async with (
            world() as there,
            browser() as first,
            browser() as second,
            running_hub(configured(there, allow_all=True)) as hub,
        ):
            await first(hub).login("ada")
            await start(first(hub), "ada")
            mary = second(hub)
            await mary.login("mary")
            for method, path in (
                ("GET", "/hub/spawn/mary"),
                ("GET", "/hub/spawn-pending/mary"),
                ("POST", "/hub/api/users/mary/server"),
                ("GET", "/hub/spawn-pending/mary"),
            ):
                status, text = await decided(mary, method, path)
                assert (status, "limit max_users" in text) == (429, True), f"{method} {path}: {status}"

    run(scenario())


def test_maintenance_stops_starts_and_nothing_else(configured: Configure, swarm: MemorySwarm) -> None:
    switch: list[str | None] = [None]
    swarm.maintenance._read = lambda: switch[0]

    async def scenario() -> None:
        async with (
            world() as there,
            browser() as first,
            browser() as second,
            browser() as third,
            running_hub(configured(there, allow_all=True, admin_users=["root"])) as hub,
        ):
            ada, mary, root = first(hub), second(hub), third(hub)
            for person, name in ((ada, "ada"), (mary, "mary"), (root, "root")):
                await person.login(name)
            await start(ada, "ada")
            assert 'id="maintenance"' not in (await ada.call("GET", "/hub/home"))[1]
            switch[0] = json.dumps({"sentence": "New <disks> until one.", "until": None})
            swarm.maintenance.round()
            for method, path in (("GET", "/hub/spawn/mary"), ("POST", "/hub/api/users/mary/server")):
                body = {"json": {}} if method == "POST" else {}
                status, text = await mary.call(method, path, **body)
                assert status == 429, path
                assert "New <disks> until one." in text or "New &lt;disks&gt; until one." in text
            page = (await ada.call("GET", "/hub/home"))[1]
            assert 'id="maintenance"' in page
            assert "New &lt;disks&gt; until one." in page
            await start(root, "root")
            assert swarm.services.keys() == {"notebook-ada", "notebook-root"}
            switch[0] = None
            swarm.maintenance.round()
            await start(mary, "mary")

    run(scenario())
