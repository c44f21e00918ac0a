"""JupyterHub itself with the configuration of a Swarm hub: odd names, refused starts, maintenance, the operator's files."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
import pytest
import requests

from hub_common.configuration import KEEPER_SCOPES
from hub_common.keeper import Hub
from hub_common.names import service_name
from hub_common.operator_files import read_operator_files
from swarm_hub.settings import check_settings
from swarm_hub.spawner import HubSwarmSpawner
from swarm_hub.spawner_traits import closed_folders, trait_rules
from tests.support.hub_steps import Configure, by_token, run, start
from tests.support.real_hub import Browser, browser, running_hub, world
from tests.support.swarm_in_memory import MemorySwarm

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


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver
    )  # put back afterwards


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
            session = requests.Session()
            keeper = Hub(
                f"{hub.hub.url}api",
                f"http://127.0.0.1:{there.server_port}",
                service.new_api_token(),
                session,
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
            session.close()

    run(scenario())


async def decided(client: Browser, method: str, path: str) -> tuple[int, str]:
    """Ask for a server, and wait for the outcome where JupyterHub goes on with the page of a pending start."""
    status, text = await client.call(method, path, **({"json": {}} if method == "POST" else {}))
    while status in {200, 202, 302}:
        await asyncio.sleep(0.1)
        status, text = await client.call("GET", "/hub/spawn-pending/mary")
    return status, text


def test_a_refused_start_is_not_an_error_of_the_hub(configured: Configure, document: dict[str, Any]) -> None:
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
            page = (await ada.call("GET", "/hub/home"))[1]
            assert not [one for one in ("maintenance", "notice") if f'id="{one}"' in page]
            swarm.notices["ada"] = "Your machine leaves."
            assert "Your machine leaves." in (await ada.call("GET", "/hub/home"))[1]
            assert "Your machine leaves." not in (await mary.call("GET", "/hub/home"))[1]
            swarm.maintenance_parameter = json.dumps({"sentence": "New <disks> until one.", "until": None})
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
            swarm.maintenance_parameter = None
            swarm.maintenance.round()
            await start(mary, "mary")

    run(scenario())


OPERATORS = """
def hook(spawner):
    spawner.environment["COURSE"] = "algebra of " + spawner.user.name
    if spawner.user.name == "mary":
        spawner.mem_limit = "64G"

c.Spawner.pre_spawn_hook = hook
c.HubSwarmSpawner.read_only_volumes = {"/mnt/courses/{username}": "/courses"}
c.JupyterHub.services.append({"name": "mine", "api_token": "a-token-of-the-operator"})
c.JupyterHub.load_roles.append({"name": "mine", "scopes": ["list:users"], "services": ["mine"]})
"""


def test_the_operators_files_count_in_a_whole_hub(
    configured: Configure, swarm: MemorySwarm, document: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "jupyterhub_config.d"
    folder.mkdir()
    (folder / "mine.py").write_text(OPERATORS)

    async def scenario() -> None:
        async with world() as there, browser() as first, browser() as second:
            config = configured(there, allow_all=True)
            rules = trait_rules(closed_folders(check_settings(document)))
            read_operator_files(config, folder, HubSwarmSpawner, rules)
            async with running_hub(config) as hub:
                ada, mary = first(hub), second(hub)
                await ada.login("ada")
                await start(ada, "ada")
                container = swarm.services["notebook-ada"]["task_template"]["ContainerSpec"]
                assert "COURSE=algebra of ada" in container["Env"]
                assert container["Mounts"][-1]["Source"] == "/mnt/courses/ada"
                assert container["Mounts"][-1]["ReadOnly"] is True
                assert await by_token(hub, "a-token-of-the-operator", "GET", "/users") == 200
                # What a hook may not set ends the start, in words.
                await mary.login("mary")
                status, text = await mary.call("GET", "/hub/spawn/mary")
                assert status == 429
                assert "asks for something that the hub refuses" in text
                assert swarm.services.keys() == {"notebook-ada"}

    run(scenario())
