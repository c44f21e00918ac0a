"""The spawner against an engine in memory, and a real server on loopback where it waits for an answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from aiohttp import web
from docker.errors import APIError, ImageNotFound

from hub_common.admission import Disk
from hub_common.services import StartedOnce
from hub_common.spawning import Refused
from lab_hub.admission import AdmissionQueue
from lab_hub.services import LabServices
from lab_hub.settings import check_settings
from lab_hub.spawner import LabDockerSpawner
from tests.support.books import Books

GIB = 1024**3


def not_found() -> requests.Response:
    response = requests.Response()
    response.status_code = 404
    return response


class Engine:
    """Docker's containers; ``state`` is that of the next one."""

    def __init__(self) -> None:
        self.created: dict[str, Any] = {}
        self.state = {"Running": True, "OOMKilled": False, "ExitCode": 0, "Error": "", "FinishedAt": ""}
        self.image = True
        self.removed = 0

    async def __call__(self, method: str, *arguments: Any, **named: Any) -> Any:
        return getattr(self, method)(*arguments, **named)

    def inspect_image(self, name: str) -> dict[str, str]:
        if not self.image:
            raise ImageNotFound("no such image", response=not_found())
        return {"Id": name}

    def inspect_container(self, name: str) -> dict[str, Any]:
        if not self.created:
            raise APIError("gone", response=not_found())
        networks = {"jupyterhub-lab": {"IPAddress": "127.0.0.1"}}
        return {"Id": name, "State": self.state, "NetworkSettings": {"Networks": networks}}

    def create_container(self, **arguments: Any) -> dict[str, str]:
        self.created = arguments
        return {"Id": "0123456789"}

    def start(self, _: str) -> None:
        return None

    def stop(self, _: str, **__: Any) -> None:
        return None

    def remove_container(self, _: str, **__: Any) -> None:
        self.removed += 1
        self.created = {}


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def services(document: dict[str, Any], tmp_path: Path) -> LabServices:
    document["homes"]["mount_point"] = f"{tmp_path}/homes"
    (tmp_path / "homes").mkdir()

    async def none_running() -> set[str]:
        return set()

    queue = AdmissionQueue(
        user_memory=GIB,
        memory=4 * GIB,
        draining_flag=tmp_path / "draining",
        see_servers=none_running,
        see_disk=lambda: Disk(answers=True),
        on_refusal=lambda _: None,
    )
    books: Any = Books()
    unused: Any = None
    return LabServices(
        settings=check_settings(document),
        containers=unused,
        admission=queue,
        accounting=books,
        disk=unused,
        maintenance=unused,
    )


@pytest.fixture
def build(engine: Engine, services: LabServices) -> Callable[..., Any]:
    def make(user: str = "ada", port: int = 1, **traits: Any) -> Any:
        class Spawner(LabDockerSpawner):
            client = SimpleNamespace(create_host_config=lambda **named: named)
            docker = engine.__call__
            server = SimpleNamespace(base_url="/user/ada/")

            def get_env(self) -> dict[str, str]:
                return {"JUPYTERHUB_API_TOKEN": "token"}

            async def get_command(self) -> list[str]:
                return ["jupyterhub-singleuser"]

        return Spawner(
            user=SimpleNamespace(name=user, id=1, escaped_name=user, url="/", admin=False),
            image="jupyterhub-lab/notebook:latest",
            pull_policy="never",
            network_name="jupyterhub-lab",
            use_internal_ip=True,
            remove=True,
            port=port,
            mem_limit=GIB,
            cpu_limit=1.5,
            shared_services=StartedOnce(lambda: services),
            **traits,
        )

    return make


async def with_server(work: Callable[[int], Awaitable[Any]]) -> Any:
    """Run ``work`` with the port of a server that answers as a notebook server does."""

    async def version(_: web.Request) -> web.Response:
        return web.json_response({"version": "2"})

    application = web.Application()
    application.router.add_get("/user/ada/api", version)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        return await work(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def test_a_server_is_closed_in_and_has_nothing_but_its_users_directory(
    build: Callable[..., Any], engine: Engine, services: LabServices
) -> None:
    assert asyncio.run(with_server(lambda port: build(port=port).start()))[0] == "127.0.0.1"
    made = engine.created
    host = made["host_config"]
    home = Path(services.settings.homes.mount_point) / "ada"
    assert host["binds"] == {str(home): {"bind": "/home/jovyan", "mode": "rw"}}
    assert home.stat().st_mode & 0o777 == 0o700
    assert (host["mem_limit"], host["memswap_limit"], host["cpu_quota"]) == (GIB, 1.5 * GIB, 150_000)
    assert host["cap_drop"] == ["ALL"]
    assert host["security_opt"] == ["no-new-privileges"]
    assert host["network_mode"] == "jupyterhub-lab"
    assert host["pids_limit"] > 0
    assert "port_bindings" not in host
    assert made["user"] == "1000:100"
    assert made["name"] == "notebook-ada"


@pytest.mark.parametrize("user", ["../root", "{volumes}", "Ada Lovelace", "a" * 200, "ä"])
def test_odd_names_stay_within_the_homes(
    build: Callable[..., Any], engine: Engine, services: LabServices, user: str
) -> None:
    engine.state = {**engine.state, "Running": False}
    with pytest.raises(Refused):  # its container has ended: the wait ends too
        asyncio.run(build(user).start())
    homes = Path(services.settings.homes.mount_point)
    (directory,) = homes.iterdir()
    assert engine.created["host_config"]["binds"] == {str(directory): {"bind": "/home/jovyan", "mode": "rw"}}
    assert engine.created["labels"]["jupyterhub-lab.user"] == user


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"OOMKilled": True}, "used more memory"),
        ({"ExitCode": 1}, "ended with exit code 1"),
    ],
)
def test_a_server_that_ends_is_not_waited_for(
    build: Callable[..., Any], engine: Engine, state: dict[str, Any], why: str
) -> None:
    engine.state = {**engine.state, "Running": False, **state}
    with pytest.raises(Refused, match=why):
        asyncio.run(build().start())


def test_a_server_lives_on_while_the_engine_is_away(build: Callable[..., Any], engine: Engine) -> None:
    def away(_: str) -> dict[str, Any]:
        raise requests.ConnectionError("no socket")

    engine.inspect_container = away  # type: ignore[method-assign]
    assert asyncio.run(build().poll()) is None


def test_a_missing_image_is_told_as_such(build: Callable[..., Any], engine: Engine) -> None:
    engine.image = False
    with pytest.raises(Refused, match="image of the servers is missing"):
        asyncio.run(build().start())
    assert not engine.created


def test_a_directory_that_cannot_be_made_is_told_as_such(
    build: Callable[..., Any], services: LabServices
) -> None:
    (Path(services.settings.homes.mount_point) / "ada").write_text("in the way")
    with pytest.raises(Refused, match="directory cannot be reached"):
        asyncio.run(build().start())


def test_users_over_the_quota_are_told(build: Callable[..., Any], services: LabServices) -> None:
    books: Any = services.accounting
    books.sizes["ada"] = services.settings.user_disk + 1

    async def steps() -> str:
        async def start(port: int) -> str:
            spawner = build(port=port)
            await spawner.start()
            event = await anext(spawner.progress())
            return str(event["message"])

        return str(await with_server(start))

    assert "please delete" in asyncio.run(steps())


def test_users_far_over_the_quota_are_refused_and_counted_again(
    build: Callable[..., Any], services: LabServices
) -> None:
    books: Any = services.accounting
    books.sizes["ada"] = 2 * services.settings.user_disk
    with pytest.raises(Refused, match="user_disk"):
        asyncio.run(build().start())
    assert books.asked == ["ada"]


def test_who_has_made_room_starts_at_once(
    build: Callable[..., Any], engine: Engine, services: LabServices
) -> None:
    books: Any = services.accounting
    books.sizes["ada"] = 2 * services.settings.user_disk
    books.newer["ada"] = 0

    async def start(port: int) -> None:
        await build(port=port).start()

    asyncio.run(with_server(start))
    assert engine.created
    assert books.asked == ["ada"]


def test_a_stopped_server_is_removed_and_its_files_are_counted(
    build: Callable[..., Any], engine: Engine, services: LabServices
) -> None:
    async def both(port: int) -> None:
        spawner = build(port=port)
        await spawner.start()
        await spawner.stop()

    asyncio.run(with_server(both))
    assert engine.removed == 1
    books: Any = services.accounting
    assert books.asked == ["ada"]


@pytest.mark.parametrize("status", [500, 503])
def test_an_engine_in_trouble_says_nothing_of_a_server(
    build: Callable[..., Any], engine: Engine, status: int
) -> None:
    """The base class takes 500 for a container that is gone."""

    def trouble(_: str) -> dict[str, Any]:
        response = requests.Response()
        response.status_code = status
        raise APIError("trouble", response=response)

    engine.inspect_container = trouble  # type: ignore[method-assign]
    assert asyncio.run(build().poll()) is None


def test_a_container_that_is_gone_has_ended(build: Callable[..., Any]) -> None:
    assert asyncio.run(build().poll()) == 0


def test_without_further_traits_a_container_is_what_it_was_before_they_were_used(
    build: Callable[..., Any], engine: Engine, services: LabServices
) -> None:
    """Character for character: a hub of a new release makes the containers that the one before made."""
    _, port = asyncio.run(with_server(lambda port: build(port=port).start()))
    home = f"{services.settings.homes.mount_point}/ada"
    assert json.dumps(engine.created) == json.dumps(
        {
            "image": "jupyterhub-lab/notebook:latest",
            "environment": {"JUPYTERHUB_API_TOKEN": "token"},
            "volumes": ["/home/jovyan"],
            "name": "notebook-ada",
            "command": ["jupyterhub-singleuser"],
            "ports": {f"{port}/tcp": None},
            "user": "1000:100",
            "hostname": "notebook",
            "labels": {"jupyterhub-lab.kind": "notebook", "jupyterhub-lab.user": "ada"},
            "healthcheck": {"test": ["NONE"]},
            "host_config": {
                "auto_remove": False,
                "binds": {home: {"bind": "/home/jovyan", "mode": "rw"}},
                "links": {},
                "mounts": [],
                "mem_limit": GIB,
                "cpu_period": 100_000,
                "cpu_quota": 150_000,
                "cap_drop": ["ALL"],
                "security_opt": ["no-new-privileges"],
                "init": True,
                "pids_limit": 4096,
                "memswap_limit": GIB + GIB // 2,
                "network_mode": "jupyterhub-lab",
            },
        }
    )


def test_the_operators_traits_come_beside_what_the_hub_makes(
    build: Callable[..., Any], engine: Engine, services: LabServices
) -> None:
    async def asked(_spawner: Any) -> dict[str, Any]:
        return {"labels": {"team": "{username}"}, "hostname": "lab"}

    traits = {
        "volumes": {"/srv/groups/{username}": "/home/jovyan/groups"},
        "read_only_volumes": {"/srv/courses": "/courses"},
        "mounts": [{"type": "bind", "source": "/srv/tools", "target": "/opt/tools", "read_only": True}],
        "extra_create_kwargs": asked,
        "extra_host_config": {"shm_size": "1g"},
    }
    spawner = build(**traits)
    engine.state = {**engine.state, "Running": False}
    for _ in range(2):  # what one start has used, the next finds as it was
        with pytest.raises(Refused):
            asyncio.run(spawner.start())
        made = engine.created
        assert made["host_config"]["binds"] == {
            "/srv/groups/ada": {"bind": "/home/jovyan/groups", "mode": "rw"},
            "/srv/courses": {"bind": "/courses", "mode": "ro"},
            f"{services.settings.homes.mount_point}/ada": {"bind": "/home/jovyan", "mode": "rw"},
        }
        assert made["host_config"]["mounts"][0]["Target"] == "/opt/tools"
        assert made["host_config"]["shm_size"] == "1g"
        assert made["host_config"]["cap_drop"] == ["ALL"]
        assert made["labels"] == {
            "team": "ada",
            "jupyterhub-lab.kind": "notebook",
            "jupyterhub-lab.user": "ada",
        }
        assert (made["hostname"], made["user"]) == ("lab", "1000:100")


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("mem_limit", 8 * GIB),
        ("cpu_limit", None),
        ("network_name", "host"),
        ("extra_host_config", {"privileged": True}),
        ("extra_create_kwargs", lambda _: {"user": "root"}),
        ("volumes", {"/etc": "/host"}),
    ],
)
def test_what_a_hook_may_not_set_ends_the_start(
    build: Callable[..., Any], engine: Engine, caplog: pytest.LogCaptureFixture, trait: str, value: Any
) -> None:
    spawner = build()
    setattr(spawner, trait, value)
    with pytest.raises(Refused, match="the log of the hub says what and why"):
        asyncio.run(spawner.start())
    assert f"{trait} = " in caplog.text
    assert engine.created == {}
