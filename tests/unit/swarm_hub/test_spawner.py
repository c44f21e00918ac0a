"""The spawner against a Swarm in memory, and a real server on loopback where it waits for an answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from tornado.web import HTTPError

from hub_common import accounting
from hub_common.admission import Disk
from hub_common.services import StartedOnce
from hub_common.spawning import FirstAnswers, Refused
from swarm_hub import spawner as spawner_module
from swarm_hub.admission import Rules
from swarm_hub.admission_queue import AdmissionQueue
from swarm_hub.images import Choice
from swarm_hub.settings import HubSettings, check_settings
from swarm_hub.spawner import HubSwarmSpawner
from swarm_hub.user_domains import UserDomains
from tests.support.books import Books
from tests.support.ports import silent_port
from tests.support.scripted_swarm import ScriptedSwarm
from tests.support.waiting import PATIENCE

Make = Callable[..., dict[str, Any]]
GIB = 1024**3


@pytest.fixture
def settings(document: dict[str, Any], tmp_path: Path) -> HubSettings:
    (tmp_path / "shared/users").mkdir(parents=True)
    document |= {"shared_folder": f"{tmp_path}/shared", "users_folder": f"{tmp_path}/shared/users"}
    document["hub"] |= {"start_timeout_seconds": 30, "user_disk_gib": 1}
    return check_settings(document)


class User(SimpleNamespace):
    """A user of JupyterHub, whose host follows what the hub says of users' domains."""

    def __init__(self, name: str, domains: UserDomains) -> None:
        super().__init__(name=name, id=1, url=f"/user/{name}/", settings={}, admin=False)
        self.domains = domains

    @property
    def host(self) -> str:
        return self.domains.domain(self.name, "hub.test", "user")

    @property
    def proxy_spec(self) -> str:
        return f"{self.host}/user/{self.name}/"

    def public_url(self, _server: str = "") -> str:
        return f"https://{self.host}/user/{self.name}/"


Build = Callable[..., Any]


@pytest.fixture
def build(settings: HubSettings, monkeypatch: pytest.MonkeyPatch) -> Build:
    monkeypatch.setattr(spawner_module, "GONE_SECONDS", 1.0)

    def make(swarm: ScriptedSwarm, *, own_domains: bool = False, **traits: Any) -> Any:
        queue = AdmissionQueue(
            rules=Rules(max_users=5, cluster_memory=100 * GIB, disk_percent=90, user_memory=2 * GIB),
            see_cluster=swarm.cluster,
            see_disk=lambda: Disk(answers=True),
            growth=None,
            growth_seconds=1,
            on_decision=lambda _decision, _situation: None,
        )
        services: Any = SimpleNamespace(
            settings=settings, docker=swarm, admission=queue, accounting=Books(), answers=FirstAnswers()
        )
        domains = UserDomains(own=own_domains)

        class Spawner(HubSwarmSpawner):
            internal_hostname = "127.0.0.1"
            server = SimpleNamespace(base_url="/user/ada/")

            def get_env(self) -> dict[str, str]:
                return {"JUPYTERHUB_API_TOKEN": "token"}

            def get_args(self) -> list[str]:
                return ["--debug"]

        return Spawner(
            user=User("ada", domains),
            cmd=["jupyterhub-singleuser"],
            cpu_limit=settings.hub.user_cpus,
            shared_services=StartedOnce(lambda: services),
            user_domains=domains,
            **traits,
        )

    return make


def shown(spawner: Any) -> list[str]:
    """Return what the page of the start shows by now."""
    messages: list[str] = []

    async def read() -> None:
        async for event in spawner.progress():
            messages.append(event["message"])

    with contextlib.suppress(TimeoutError):
        asyncio.run(asyncio.wait_for(read(), 0.05))
    return messages


async def answering(scenario: Callable[[int], Awaitable[None]], *, after: int = 0) -> None:
    """Run a scenario while a server answers on loopback, the first ``after`` times with 503."""
    seen = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal seen
        seen += 1
        assert request.path == "/user/ada/api"
        return web.json_response({"version": "2"}, status=503 if seen <= after else 200)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        await scenario(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def test_a_start_creates_the_service_and_returns_when_it_answers(
    build: Build, task: Make, settings: HubSettings
) -> None:
    swarm = ScriptedSwarm([[], [task("pending", node="")], [task("preparing")], [task("running")]])
    spawner = build(swarm)

    async def scenario(port: int) -> None:
        spawner.port = port
        assert await spawner.start() == f"http://127.0.0.1:{port}"

    asyncio.run(answering(scenario, after=2))
    assert swarm.history == ["create"]
    created = swarm.services["notebook-ada"]
    assert created["labels"]["chef-hub.user"] == "ada"
    assert (Path(settings.users_folder) / "ada").is_dir()
    assert (Path(settings.shared_folder) / "datasets").is_dir()
    assert shown(spawner) == ["Looking for a worker", "Your server starts"]


NO_PLACE = ("pending", {"error": "no suitable node (insufficient resources)", "node": ""})


# Swarm makes another task a moment after the service has changed: until then the old one is still shown.
@pytest.mark.parametrize("before", [[], [NO_PLACE], [NO_PLACE] * 3])
def test_a_server_is_bound_to_its_worker_only_until_it_has_a_place(
    build: Build, task: Make, before: list[Any]
) -> None:
    swarm = ScriptedSwarm([*([task(state, **fields)] for state, fields in before), [task("running")]])
    spawner = build(swarm)

    @contextlib.asynccontextmanager
    async def admitted(_request: Any, _tell: Any) -> AsyncIterator[Choice]:
        yield Choice(image="notebook:1", node="worker-1")

    spawner.services.admission = SimpleNamespace(admitted=admitted)

    async def scenario(port: int) -> None:
        spawner.port = port
        await spawner.start()

    asyncio.run(answering(scenario))
    assert swarm.history == ["create", "let move"]
    constraints = swarm.services["notebook-ada"]["task_template"]["Placement"]["Constraints"]
    assert "node.id==worker-1" in constraints


@pytest.mark.parametrize(
    ("state", "fields", "limit", "words"),
    [
        (
            "rejected",
            {"error": "invalid mount config: bind source path does not exist"},
            "not_started",
            "bind source",
        ),
        ("rejected", {"error": "No such image: chef-hub/notebook"}, "not_started", "No such image"),
        (
            "pending",
            {"error": "no suitable node (scheduling constraints not satisfied)", "node": ""},
            "unplaceable",
            "constraints",
        ),
        ("failed", {"exit_code": 137}, "not_started", "more memory"),
    ],
)
def test_a_task_that_will_never_run_ends_the_wait_at_once(
    build: Build, task: Make, state: str, fields: dict[str, Any], limit: str, words: str
) -> None:
    spawner = build(ScriptedSwarm([[task("preparing")], [task(state, **fields)]]))

    async def scenario() -> Any:
        with pytest.raises(Refused) as caught:
            await asyncio.wait_for(spawner.start(), PATIENCE)
        return caught.value

    refused = asyncio.run(scenario())
    assert refused.reason == limit
    assert words in refused.message
    # Cleaned up before JupyterHub asks for it, which shows another page.
    assert shown(spawner)[-1] == refused.message
    assert spawner.calls.history == ["create", "remove"]
    asyncio.run(spawner.stop())
    assert spawner.calls.history == ["create", "remove"]


def test_a_server_that_no_worker_takes_either_is_refused(build: Build, task: Make) -> None:
    state, fields = NO_PLACE
    swarm = ScriptedSwarm(
        [[task(state, **fields)], [task(state, wanted="shutdown", **fields), task(state, at=1, **fields)]]
    )
    spawner = build(swarm)

    @contextlib.asynccontextmanager
    async def admitted(_request: Any, _tell: Any) -> AsyncIterator[Choice]:
        yield Choice(image="notebook:1", node="worker-1")

    spawner.services.admission = SimpleNamespace(admitted=admitted)
    with pytest.raises(Refused, match="unplaceable"):
        asyncio.run(asyncio.wait_for(spawner.start(), PATIENCE))
    assert swarm.history == ["create", "let move", "remove"]


def test_a_server_that_dies_before_it_answers_ends_the_wait(build: Build, task: Make) -> None:
    spawner = build(ScriptedSwarm([[task("running")], [task("failed", exit_code=137)]]))
    with silent_port() as spawner.port, pytest.raises(Refused, match="not_started"):
        asyncio.run(asyncio.wait_for(spawner.start(), PATIENCE))


def test_a_leftover_is_removed_before_the_start(build: Build, task: Make) -> None:
    swarm = ScriptedSwarm([[task("running")], [task("running")]])
    swarm.services["notebook-ada"] = {}
    spawner = build(swarm)

    async def scenario(port: int) -> None:
        spawner.port = port
        await spawner.start()

    asyncio.run(answering(scenario))
    assert swarm.history[0] == "remove"
    assert swarm.history[-1] == "create"


def test_a_directory_that_cannot_be_made_is_refused_before_anything_starts(
    build: Build, settings: HubSettings
) -> None:
    swarm = ScriptedSwarm([[]])
    (Path(settings.shared_folder) / "users").rmdir()  # as when nothing is mounted
    with pytest.raises(Refused, match="shared_files") as caught:
        asyncio.run(build(swarm).start())
    assert "directory on the shared file system cannot be reached" in caught.value.refusal.sentence
    assert swarm.history == []


def test_users_over_the_quota_are_told(build: Build, task: Make) -> None:
    spawner = build(ScriptedSwarm([[], [task("running")]]))
    spawner.services.accounting.sizes["ada"] = int(1.2 * GIB)

    async def scenario(port: int) -> None:
        spawner.port = port
        await spawner.start()

    asyncio.run(answering(scenario))
    assert "1.2 GiB of your 1 GiB" in shown(spawner)[0]


def test_users_far_over_the_quota_are_refused_and_counted_again(build: Build) -> None:
    spawner = build(ScriptedSwarm([[]]))
    spawner.services.accounting.sizes["ada"] = int(1.6 * GIB)
    with pytest.raises(Refused, match="user_disk"):
        asyncio.run(spawner.start())
    assert spawner.services.accounting.asked == ["ada"]
    # JupyterHub cleans up after every failed start: here there is nothing to ask Docker for.
    asyncio.run(spawner.stop())
    assert spawner.services.docker.history == []


def test_who_has_made_room_starts_at_once(build: Build, task: Make) -> None:
    spawner = build(ScriptedSwarm([[], [task("running")]]))
    spawner.services.accounting.sizes["ada"] = 2 * GIB
    spawner.services.accounting.newer["ada"] = 0

    async def scenario(port: int) -> None:
        spawner.port = port
        await spawner.start()

    asyncio.run(answering(scenario))
    assert spawner.services.accounting.asked == ["ada"]
    assert not any("Your files take" in message for message in shown(spawner))


def test_a_count_that_takes_long_is_not_waited_for(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounting, "RECOUNT_PATIENCE", 0.01)
    spawner = build(ScriptedSwarm([[]]))
    books = spawner.services.accounting
    books.sizes["ada"] = 2 * GIB
    slow: Future[None] = Future()
    books.recount_now = lambda _: slow
    for _ in range(2):
        with pytest.raises(Refused, match="user_disk"):
            asyncio.run(spawner.start())
    assert not slow.cancelled()  # others wait for the same count


def test_stop_returns_when_the_container_is_gone(build: Build, task: Make) -> None:
    swarm = ScriptedSwarm([[task("running")]])
    swarm.services["notebook-ada"] = {}
    swarm.leaving = [[task("running", wanted="remove")], [task("running", wanted="remove")], []]
    spawner = build(swarm)
    asyncio.run(spawner.stop())
    assert swarm.history == ["remove", "wait", "wait", "wait"]
    assert spawner.services.accounting.asked == ["ada"]


def test_stop_does_not_wait_for_dead_workers(build: Build, task: Make) -> None:
    swarm = ScriptedSwarm([[task("running", node="gone")]])
    swarm.services["notebook-ada"] = {}
    swarm.dead = ["gone"]
    asyncio.run(build(swarm).stop())
    assert swarm.history == ["remove"]


def test_stop_gives_up_on_a_container_that_does_not_end(build: Build, task: Make) -> None:
    swarm = ScriptedSwarm([[task("running")]])
    swarm.services["notebook-ada"] = {}
    swarm.leaving = [[task("running", wanted="remove")]]
    asyncio.run(asyncio.wait_for(build(swarm).stop(), PATIENCE))


def test_poll_survives_that_swarm_moves_a_server(build: Build, task: Make) -> None:
    moving = [task("running", wanted="shutdown", at=1), task("ready", wanted="ready", at=2)]
    between = [task("shutdown", wanted="shutdown", at=1)]
    swarm = ScriptedSwarm([moving, between, between, [task("running", at=3)]])
    swarm.services["notebook-ada"] = {}
    spawner = build(swarm)

    async def scenario() -> None:
        for _ in range(4):
            assert await spawner.poll() is None

    asyncio.run(scenario())
    assert swarm.history == []


def test_poll_tells_why_a_server_ended_and_frees_its_place(
    build: Build, task: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawner_module, "MOVE_SECONDS", 0.05)
    swarm = ScriptedSwarm([[task("failed", wanted="shutdown", exit_code=137)]])
    swarm.services["notebook-ada"] = {}
    spawner = build(swarm)

    async def scenario() -> Any:
        assert await spawner.poll() is None
        await asyncio.sleep(0.1)
        return await spawner.poll()

    assert "more memory" in str(asyncio.run(scenario()))
    assert "remove" in swarm.history
    assert asyncio.run(spawner.poll()) == 0


def test_a_server_that_runs_keeps_its_host_and_the_next_one_gets_what_is_set(
    build: Build,
) -> None:
    spawner = build(ScriptedSwarm([[]]), own_domains=True)
    spawner.load_state({"object_id": "id", "object_name": "notebook-ada"})  # from before there were domains
    assert spawner.proxy_spec == "hub.test/user/ada/"
    assert spawner.public_url == "https://hub.test/user/ada/"
    assert not spawner.cookie_host_prefix_enabled
    assert spawner.get_state()["own_domain"] is False

    spawner.object_id = ""
    spawner.clear_state()
    assert spawner.proxy_spec == "ada.hub.test/user/ada/"
    assert spawner.public_url == "https://ada.hub.test/user/ada/"
    assert spawner.cookie_host_prefix_enabled
    assert spawner.get_state() == {}
    spawner.object_id = "id"
    state = spawner.get_state()
    assert state["own_domain"] is True

    # Switched off, a hub that starts again leaves the server where it is.
    again = build(ScriptedSwarm([[]]))
    again.load_state(state)
    assert again.proxy_spec == "ada.hub.test/user/ada/"
    again.clear_state()
    assert again.proxy_spec == "hub.test/user/ada/"


def test_the_operators_traits_come_beside_what_the_hub_makes(build: Build, task: Make) -> None:
    swarm = ScriptedSwarm([[task("running")]])
    spawner = build(
        swarm,
        volumes={"/mnt/groups/{username}": "/home/jovyan/groups"},
        read_only_volumes={"/mnt/courses": "/courses"},
        extra_create_kwargs=lambda _: {"labels": {"team": "a"}},
        extra_container_spec={"hostname": "lab", "labels": {"team": "b"}},
        extra_placement_spec={"constraints": ["node.labels.gpu==true"]},
        extra_resources_spec={"generic_resources": {"gpu": 1}},
        extra_task_spec={"log_driver": {"Name": "journald"}},
        extra_endpoint_spec={"mode": "dnsrr"},
    )
    spawner.cpu_limit = 2.5  # as a hook might

    async def scenario(port: int) -> None:
        spawner.port = port
        await spawner.start()

    asyncio.run(answering(scenario))
    made = swarm.services["notebook-ada"]
    container = made["task_template"]["ContainerSpec"]
    assert [(mount["Source"], mount["ReadOnly"]) for mount in container["Mounts"]][2:] == [
        ("/mnt/groups/ada", False),
        ("/mnt/courses", True),
    ]
    assert (container["Hostname"], container["Labels"]["team"], made["labels"]["team"]) == ("lab", "b", "a")
    assert made["task_template"]["Placement"]["Constraints"][-1] == "node.labels.gpu==true"
    assert made["task_template"]["Resources"]["Limits"]["NanoCPUs"] == 2_500_000_000
    assert made["task_template"]["LogDriver"] == {"Name": "journald"}


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("mem_limit", 8 * GIB),
        ("cpu_limit", None),
        ("image", "other:1"),
        ("extra_container_spec", {"cap_add": ["ALL"]}),
        ("extra_create_kwargs", lambda _: {"labels": {"chef-hub.user": "bob"}}),
        ("volumes", {"/run/docker.sock": "/docker"}),
        ("volumes", {"/mnt/{raw_username}": "/home/jovyan"}),
    ],
)
def test_what_a_hook_may_not_set_ends_the_start(
    build: Build, task: Make, caplog: pytest.LogCaptureFixture, trait: str, value: Any
) -> None:
    swarm = ScriptedSwarm([[task("running")]])
    spawner = build(swarm)
    setattr(spawner, trait, value)
    with pytest.raises(Refused, match="the log of the hub says what and why"):
        asyncio.run(spawner.start())
    assert f"{trait} = " in caplog.text
    assert swarm.history == []


def test_an_image_that_somebody_asks_for_is_refused_and_not_ignored(build: Build, task: Make) -> None:
    swarm = ScriptedSwarm([[task("running")]])
    with pytest.raises(HTTPError, match="Specifying image to launch is not allowed"):
        asyncio.run(build(swarm, user_options={"image": "other:1"}).start())
    assert swarm.history == []
