from collections.abc import Callable
from typing import Any

from swarm_hub.cluster import read_cluster

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


def test_services_without_reservations_promise_nothing() -> None:
    bare = {"ID": "id", "Spec": {"Name": "bare", "TaskTemplate": {}}}
    assert read_cluster([], iter([bare]), []).promised == {"bare": 0}
