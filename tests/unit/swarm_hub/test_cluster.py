import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from docker.types import ContainerSpec, Resources, TaskTemplate

from swarm_hub.cluster import DockerCalls, read_cluster, unpinned

Make = Callable[..., dict[str, Any]]
GIB = 1024**3


def node(
    name: str, *, role: str = "worker", state: str = "ready", availability: str = "active", **labels: str
) -> Any:
    return {
        "ID": name,
        "Spec": {
            "Role": role,
            "Availability": availability,
            "Labels": {k.replace("_", "."): v for k, v in labels.items()},
        },
        "Status": {"State": state},
        "Description": {
            "Hostname": f"host-{name}",
            "Resources": {"MemoryBytes": 8 * GIB, "NanoCPUs": 2_000_000_000},
        },
    }


def service(name: str, memory: int) -> Any:
    return {
        "ID": f"id-{name}",
        "Spec": {
            "Name": name,
            "TaskTemplate": {
                "ContainerSpec": {"Image": "notebook:1"},
                "Resources": {"Reservations": {"MemoryBytes": memory}},
            },
        },
    }


READY = {"chef-hub_ready": "true"}
IMAGE = {"chef-hub_image-0123456789ab": "true"}


def test_workers_are_ready_when_labels_and_availability_say_so() -> None:
    nodes = [
        node("leader", role="manager", **READY),
        node("good", **READY),
        node("pulling"),
        node("stale", **{"chef-hub_ready": "false"}),
        node("draining", availability="drain", **READY),
        node("paused", availability="pause", **IMAGE),
        node("with an image", **IMAGE),
        node("dead", state="down", **READY),
    ]
    cluster = read_cluster(nodes, [], [])
    assert {worker.name: worker.ready for worker in cluster.workers} == {
        "host-good": True,
        "host-pulling": False,
        "host-stale": False,
        "host-draining": False,
        "host-paused": False,
        "host-with an image": True,
    }
    assert [worker.name for worker in cluster.workers if worker.paused] == ["host-paused"]
    assert [len(worker.images) for worker in cluster.workers] == [0, 0, 0, 0, 1, 1]
    assert cluster.dead_nodes == {"dead"}


def test_memory_is_counted_where_tasks_hold_it(task: Make) -> None:
    tasks = [
        task("running", node="a", service="id-one", memory=2 * GIB, at=1),
        task("starting", node="a", service="id-other", memory=1 * GIB, at=2),
        task("pending", node="", service="id-two", memory=2 * GIB, at=3),
        task("failed", node="a", service="id-one", memory=2 * GIB, at=4),
    ]
    cluster = read_cluster([node("a", **READY)], [service("one", 2 * GIB), service("two", 2 * GIB)], tasks)
    assert cluster.workers[0].promised == 3 * GIB
    assert cluster.promised == {"one": 2 * GIB, "two": 2 * GIB}
    assert cluster.placed == {"one"}
    assert cluster.images == {"one": "notebook:1", "two": "notebook:1"}


def test_a_worker_that_is_to_leave_takes_no_users_until_it_has_gone(task: Make) -> None:
    at = {"hub_leaving-at": "2026-12-01T09:30:00Z"}
    nodes = [
        node("leaving", **IMAGE, **at),
        node("paused", availability="pause", **IMAGE, **at),
        node("b", **IMAGE),
    ]
    tasks = [task("running", node="leaving", service="id-one", memory=2 * GIB)]
    cluster = read_cluster(nodes, [service("one", 2 * GIB), service("two", 2 * GIB)], tasks)
    assert [(worker.ready, worker.paused) for worker in cluster.workers] == [
        (False, False),
        (False, False),
        (True, False),
    ]
    assert cluster.leaving_at("one") == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    assert cluster.leaving_at("two") is None
    assert [worker.servers for worker in cluster.workers] == [1, 0, 0]


@pytest.mark.parametrize(
    ("label", "expected"),
    [("1796117400", datetime(2026, 12, 1, 9, 30, tzinfo=UTC)), ("soon", datetime(1970, 1, 1, tzinfo=UTC))],
)
def test_whatever_the_mark_says_the_worker_is_to_leave(label: str, expected: datetime) -> None:
    (worker,) = read_cluster([node("a", **IMAGE, **{"hub_leaving-at": label})], [], []).workers
    assert (worker.ready, worker.leaving_at) == (False, expected)


def bound(name: str) -> Any:
    found = service(name, 2 * GIB)
    found["Version"] = {"Index": 7}
    found["Spec"] |= {"Labels": {"a": "b"}, "EndpointSpec": {"Mode": "dnsrr"}}
    found["Spec"]["TaskTemplate"]["Placement"] = {"Constraints": ["node.role==worker", "node.id==one"]}
    return found


def test_services_are_bound_to_a_worker_until_they_are_let_go() -> None:
    assert read_cluster([], [bound("one"), service("two", 1)], []).pins == {"one": "one"}
    changed = unpinned(bound("one"))
    assert changed["task_template"]["Placement"]["Constraints"] == ["node.role==worker"]
    kept = {"Image": "notebook:1"}
    assert (changed["task_template"]["ContainerSpec"], changed["endpoint_spec"]) == (kept, {"Mode": "dnsrr"})
    assert changed["labels"] == {"a": "b"}


def test_a_service_is_let_go_once() -> None:
    class Engine:
        def __init__(self) -> None:
            self.there: Any = bound("one")
            self.updates: list[Any] = []

        def inspect_service(self, _name: str) -> Any:
            return self.there

        def update_service(self, service: str, version: int, **arguments: Any) -> None:
            self.updates.append((service, version))
            self.there["Spec"]["TaskTemplate"] = arguments["task_template"]

    engine = Engine()

    async def twice() -> list[bool]:
        with calls_to(engine) as calls:
            return [await calls.place_anywhere("one") for _ in range(2)]

    assert asyncio.run(twice()) == [True, False]
    assert engine.updates == [("one", 7)]


def test_services_without_reservations_promise_nothing() -> None:
    bare = {"ID": "id", "Spec": {"Name": "bare", "TaskTemplate": {}}}
    assert read_cluster([], iter([bare]), []).promised == {"bare": 0}


class Client:
    """Docker's client over lists; ``asked`` counts the questions for tasks."""

    def __init__(self) -> None:
        self.listed: list[Any] = []
        self.running: list[Any] = []
        self.asked = 0

    def nodes(self) -> list[Any]:
        return [node("one", chef_hub_ready="true")]

    def services(self, **_: Any) -> list[Any]:
        return list(self.listed)

    def tasks(self, _: Any = None, **__: Any) -> list[Any]:
        self.asked += 1
        return list(self.running)

    def create_service(self, **arguments: Any) -> dict[str, str]:
        return {"ID": f"id-{arguments['name']}"}

    def remove_service(self, _: str) -> None:
        """Remove it."""


@contextlib.contextmanager
def calls_to(client: Any) -> Iterator[DockerCalls]:
    calls = DockerCalls(client)
    try:
        yield calls
    finally:
        calls._threads.shutdown()


def test_a_service_counts_from_the_moment_it_is_created_until_it_is_removed() -> None:
    async def scenario(calls: DockerCalls) -> None:
        assert (await calls.cluster()).promised == {}
        template = TaskTemplate(
            container_spec=ContainerSpec(image="notebook"), resources=Resources(mem_reservation=2 * GIB)
        )
        await calls.create_service(name="ada", task_template=template, labels={})
        seen = await calls.cluster()
        assert (seen.promised, seen.placed, seen.images) == ({"ada": 2 * GIB}, set(), {"ada": "notebook"})
        await calls.remove_service("ada")
        assert (await calls.cluster()).promised == {}

    with calls_to(Client()) as calls:
        asyncio.run(scenario(calls))


def test_servers_that_run_are_seen_by_one_question_for_all(task: Make) -> None:
    client = Client()

    async def scenario(calls: DockerCalls) -> None:
        names = [f"user-{number}" for number in range(30)]
        client.listed = [service(name, GIB) for name in names]
        client.running = [task("running", node="one", service=f"id-{name}", memory=GIB) for name in names]
        assert all(await asyncio.gather(*(calls.is_placed(name) for name in names)))
        assert not await calls.is_placed("nobody")
        assert client.asked == 1
        await calls.remove_service("user-3")
        assert not await calls.is_placed("user-3")

    with calls_to(client) as calls:
        asyncio.run(scenario(calls))


def test_a_server_that_is_not_bound_any_more_is_seen_on_its_worker(task: Make) -> None:
    class Moving(Client):
        """A server gets its place, and is let go from its worker, while its service is listed."""

        def services(self, **filters: Any) -> Any:
            time.sleep(0.05)
            self.running = [task("running", node="one", service="id-ada", memory=GIB)]
            return super().services(**filters)

    client = Moving()
    client.listed = [service("ada", GIB)]
    with calls_to(client) as calls:
        seen = asyncio.run(calls.cluster())
    assert (seen.pins, seen.placed) == ({}, {"ada"})


def test_a_place_is_free_once_the_container_of_a_removed_server_is_gone(task: Make) -> None:
    class Ending(Client):
        """Lists the tasks that are wanted in one of the states, as the engine does."""

        def tasks(self, _: Any = None, *, filters: Any = None, **__: Any) -> list[Any]:
            return [one for one in self.running if one["DesiredState"] in filters["desired-state"]]

    client = Ending()
    client.listed = [service("ada", 3 * GIB)]
    client.running = [task("running", node="one", service="id-ada", memory=3 * GIB)]

    async def taken(calls: DockerCalls, *, anew: bool = True) -> int:
        if anew:
            calls._looks._last = None
        (worker,) = (await calls.cluster()).workers
        return worker.promised

    async def scenario(calls: DockerCalls) -> None:
        assert await taken(calls) == 3 * GIB
        client.listed = []
        await calls.remove_service("ada")
        assert await taken(calls, anew=False) == 3 * GIB
        client.running[0]["DesiredState"] = "remove"
        assert await taken(calls) == 3 * GIB
        client.running[0]["Status"]["State"] = "shutdown"
        assert await taken(calls) == 0

    with calls_to(client) as calls:
        asyncio.run(scenario(calls))
