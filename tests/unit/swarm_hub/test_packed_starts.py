"""Which worker a start is given: the fullest, with what others were promised there; and who is told of changes."""

from collections.abc import Callable, Coroutine
from typing import Any

from hub_common.admission import Disk, UserDisk
from swarm_hub.admission import WORKER_RESERVE, Rules, Worker
from swarm_hub.admission_queue import AdmissionQueue, Request
from swarm_hub.cluster import Cluster
from swarm_hub.images import Choice, image_label
from tests.support.virtual_time import run_virtually

GIB = 1024**3
RULES = Rules(max_users=20, cluster_memory=1000 * GIB, disk_percent=85, user_memory=2 * GIB)
IMAGE = "notebook:1"


def worker(name: str, *, taken: int = 0, ready: bool = True) -> Worker:
    return Worker(
        name=name,
        id=name,
        memory=8 * GIB + WORKER_RESERVE,
        promised=2 * GIB * taken,
        servers=taken,
        ready=ready,
        images=frozenset({image_label(IMAGE)}),
    )


def queue(cluster: Callable[[], Cluster]) -> AdmissionQueue:
    async def see() -> Cluster:
        return cluster()

    return AdmissionQueue(
        rules=RULES,
        see_cluster=see,
        see_disk=lambda: Disk(answers=True),
        growth=None,
        growth_seconds=5,
        look_seconds=0.01,
        on_decision=lambda _decision, _situation: None,
        images=[IMAGE],
    )


def seen(*workers: Worker, **pins: str) -> Cluster:
    """A cluster; ``pins`` are services without a place yet, which wait for a worker."""
    return Cluster(
        workers=workers,
        promised=dict.fromkeys(pins, 2 * GIB),
        placed=frozenset(),
        dead_nodes=frozenset(),
        images=dict.fromkeys(pins, IMAGE),
        pins=pins,
    )


def given(cluster: Cluster, **request: Any) -> Choice:
    async def scenario() -> Choice:
        at = queue(lambda: cluster)
        asked = Request(service="ada", user_disk=UserDisk(), **request)
        async with at.admitted(asked, lambda _: None) as choice:
            assert choice is not None
            return choice

    return run(scenario)


def run(scenario: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return run_virtually(scenario())


def test_the_fullest_worker_with_room_is_given() -> None:
    assert given(seen(worker("a", taken=1), worker("b", taken=3), worker("c", taken=4))).node == "b"


def test_what_others_were_promised_there_counts() -> None:
    assert given(seen(worker("a", taken=1), worker("b", taken=3), grace="b")).node == "a"
    assert given(seen(worker("a"), worker("b"), grace="b")).node == "b"


def test_a_worker_that_takes_no_users_is_not_given() -> None:
    assert given(seen(worker("a", taken=1), worker("b", taken=3, ready=False))).node == "a"


def test_swarm_chooses_the_worker_of_what_only_it_can_place() -> None:
    assert given(seen(worker("a", taken=1)), packed=False) == Choice(image=IMAGE)


def test_starts_at_the_same_time_are_not_given_the_same_place() -> None:
    async def scenario() -> list[str]:
        at = queue(lambda: seen(worker("a", taken=2), worker("b")))
        nodes = []

        async def start(left: int) -> None:
            request = Request(service=f"n{left}", user_disk=UserDisk())
            async with at.admitted(request, lambda _: None) as choice:
                assert choice is not None
                nodes.append(choice.node)
                if left:
                    await start(left - 1)

        await start(3)
        return nodes

    assert run(scenario) == ["a", "a", "b", "b"]


def test_who_looks_after_places_is_told_of_each_start() -> None:
    told: list[set[str]] = []

    async def scenario() -> None:
        at = queue(lambda: seen(worker("a")))
        at.changed = lambda: told.append(at.expected())
        async with at.admitted(Request(service="ada", user_disk=UserDisk()), lambda _: None):
            assert at.expected() == {"ada"}

    run(scenario)
    assert told == [set()]
