"""The queue with a cluster, a disk and a group in memory: order, promises, growth, refusals."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hub_common.admission import Disk, UserDisk
from hub_common.spawning import Refused
from swarm_hub.admission import WORKER_RESERVE, GroupSize, Rules, Worker
from swarm_hub.admission_queue import AdmissionQueue, Request
from swarm_hub.cluster import Cluster
from swarm_hub.images import image_label
from swarm_hub.worker_group import GrowthError
from tests.support.virtual_time import run_virtually

GIB = 1024**3
RULES = Rules(max_users=20, cluster_memory=1000 * GIB, disk_percent=85, user_memory=2 * GIB)


@dataclass
class World:
    """A Swarm whose services appear a moment after they were created."""

    workers: int = 1
    services: dict[str, int] = field(default_factory=dict)
    desired: int = 1
    maximum: int = 3
    fails: bool = False
    calls: list[int] = field(default_factory=list)
    looks: int = 0
    delay: float = 0

    async def cluster(self) -> Cluster:
        names = list(self.services)
        services = dict(self.services)
        await asyncio.sleep(self.delay)  # what was asked may have changed when the answer comes
        workers = tuple(
            Worker(
                name=f"worker-{number}",
                memory=4 * GIB + WORKER_RESERVE,
                promised=2 * GIB * len(names[number * 2 : number * 2 + 2]),
                ready=True,
            )
            for number in range(self.workers)
        )
        return Cluster(workers=workers, promised=services, placed=frozenset(names), dead_nodes=frozenset())

    def group(self) -> GroupSize:
        self.looks += 1
        if self.fails:
            raise GrowthError("no permission")
        return GroupSize(name="asg", desired=self.desired, maximum=self.maximum)

    def raise_to(self, capacity: int) -> None:
        self.calls.append(capacity)
        self.desired = max(self.desired, capacity)


def queue(world: World, *, growth: bool = True, seconds: float = 5, **rules: int) -> AdmissionQueue:
    return AdmissionQueue(
        rules=replace(RULES, **rules),  # type: ignore[arg-type]
        see_cluster=world.cluster,
        see_disk=lambda: Disk(answers=True),
        growth=world if growth else None,
        growth_seconds=seconds,
        look_seconds=0.01,
        on_decision=lambda _decision, _situation: None,
    )


def request(name: str) -> Request:
    return Request(service=name, user_disk=UserDisk())


async def start(at: AdmissionQueue, world: World, name: str, told: list[str]) -> None:
    async with at.admitted(request(name), told.append):
        await asyncio.sleep(0.02)  # the service is created while the promise holds
        world.services[name] = 2 * GIB


def run(scenario: Callable[[], Any]) -> Any:
    return run_virtually(scenario())


def test_who_come_together_are_not_promised_the_same_place() -> None:
    world = World()

    async def scenario() -> list[Any]:
        at = queue(world, growth=False)
        return await asyncio.gather(
            *(start(at, world, f"n{number}", []) for number in range(5)), return_exceptions=True
        )

    outcomes = run(scenario)
    assert [outcome is None for outcome in outcomes] == [True, True, False, False, False]
    assert all(isinstance(outcome, Refused) and outcome.reason == "workers" for outcome in outcomes[2:])
    assert len(world.services) == 2


def test_thirty_at_once_never_exceed_the_users_limit() -> None:
    world = World(workers=20)

    async def scenario() -> list[Any]:
        at = queue(world, growth=False, max_users=12)
        return await asyncio.gather(
            *(start(at, world, f"n{number}", []) for number in range(30)), return_exceptions=True
        )

    outcomes = run(scenario)
    assert sum(outcome is None for outcome in outcomes) == 12
    assert {outcome.reason for outcome in outcomes if outcome} == {"users"}


def test_a_server_created_while_docker_answers_is_counted() -> None:
    world = World(workers=20, delay=0.03)  # longer than a service takes to be created

    async def scenario() -> list[Any]:
        at = queue(world, growth=False, max_users=6)
        return await asyncio.gather(
            *(start(at, world, f"n{number}", []) for number in range(12)), return_exceptions=True
        )

    assert sum(outcome is None for outcome in run(scenario)) == 6


def test_a_promise_ends_with_the_start_it_was_made_for() -> None:
    world = World()

    async def scenario() -> None:
        at = queue(world, growth=False)
        for _ in range(5):
            with pytest.raises(RuntimeError):
                async with at.admitted(request("same"), lambda _: None):
                    raise RuntimeError("the service could not be created")
        async with at.admitted(request("same"), lambda _: None):
            pass

    run(scenario)


def test_a_restart_does_not_count_the_users_own_old_server() -> None:
    world = World(services={"n0": 2 * GIB, "n1": 2 * GIB}, workers=2)

    async def scenario() -> None:
        async with queue(world, growth=False, max_users=2).admitted(request("n1"), lambda _: None):
            pass

    run(scenario)


def test_growth_is_asked_for_once_told_and_used_in_order() -> None:
    world = World(services={"n0": 2 * GIB, "n1": 2 * GIB})
    told: dict[str, list[str]] = {name: [] for name in ("first", "second", "third")}
    order: list[str] = []

    async def follow(at: AdmissionQueue, name: str, delay: float) -> None:
        await asyncio.sleep(delay)
        await start(at, world, name, told[name])
        order.append(name)

    async def scenario() -> None:
        at = queue(world)
        waiting = [asyncio.create_task(follow(at, name, 0.03 * place)) for place, name in enumerate(told)]
        await asyncio.sleep(0.3)
        assert not order
        world.workers = 2
        await asyncio.wait_for(asyncio.gather(*waiting[:2]), 2)
        assert not waiting[2].done(), waiting[2].exception().message
        world.workers = 3
        await asyncio.wait_for(waiting[2], 2)

    run(scenario)
    assert set(order[:2]) == {"first", "second"}
    assert order[2:] == ["third"]
    assert world.calls == [2, 3]  # two fit on the worker that comes, the third needs one more
    assert "number 1 in line" in told["first"][0]
    assert "number 3 in line" in told["third"][0]
    assert world.looks <= 4  # AWS is not asked at each look


def test_waiting_ends_with_a_sentence_when_no_worker_comes() -> None:
    world = World(services={"n0": 2 * GIB, "n1": 2 * GIB})

    async def scenario() -> None:
        at = queue(world, seconds=0.05)
        with pytest.raises(Refused, match="growth_timeout") as caught:
            await start(at, world, "late", [])
        assert caught.value.status_code == 429
        assert "growth_timeout_seconds" in caught.value.message
        world.services.clear()
        await start(at, world, "next", [])  # who gave up no longer stands in line

    run(scenario)


def test_growth_at_its_maximum_is_refused_at_once() -> None:
    world = World(services={"n0": 2 * GIB, "n1": 2 * GIB}, maximum=1)

    async def scenario() -> None:
        with pytest.raises(Refused, match="workers"):
            await start(queue(world), world, "late", [])

    run(scenario)
    assert not world.calls


def test_growth_that_fails_is_refused_and_says_nothing_of_aws() -> None:
    world = World(services={"n0": 2 * GIB, "n1": 2 * GIB}, fails=True)

    async def scenario() -> str:
        with pytest.raises(Refused, match="growth_failed") as caught:
            await start(queue(world), world, "late", [])
        return str(caught.value.message)

    assert "permission" not in run(scenario)


def test_a_free_cluster_never_asks_aws() -> None:
    world = World(fails=True)
    run(lambda: start(queue(world), world, "n0", []))
    assert world.looks == 0


def test_a_start_is_given_the_newest_image_that_has_a_place_for_it() -> None:
    old, new = "notebook:1", "notebook:2"

    @dataclass
    class Rolling(World):
        """Two workers of two places each, of which the second holds the new image too."""

        async def cluster(self) -> Cluster:
            seen = await super().cluster()
            held = (frozenset({image_label(old)}), frozenset({image_label(old), image_label(new)}))
            workers = tuple(
                replace(worker, images=labels, promised=2 * GIB * self.on[number])
                for number, (worker, labels) in enumerate(zip(seen.workers, held, strict=True))
            )
            return replace(seen, workers=workers)

        on: list[int] = field(default_factory=lambda: [0, 0])

    async def scenario() -> list[str]:
        world = Rolling(workers=2)
        at = AdmissionQueue(
            rules=RULES,
            see_cluster=world.cluster,
            see_disk=lambda: Disk(answers=True),
            growth=None,
            growth_seconds=5,
            on_decision=lambda _decision, _situation: None,
            images=[new, old],
        )
        given = []
        for number in range(4):
            async with at.admitted(request(f"n{number}"), lambda _: None) as choice:
                assert choice is not None
                given.append(choice.image)
                world.services[f"n{number}"] = 2 * GIB
                world.on[1 if choice.image == new else 0] += 1
        return given

    assert run(scenario) == [new, new, old, old]


def test_a_paused_worker_is_not_waited_for() -> None:
    """Else a user would wait for a worker that was never asked for."""

    class Paused(World):
        async def cluster(self) -> Cluster:
            seen = await super().cluster()
            return replace(
                seen, workers=tuple(replace(worker, ready=False, paused=True) for worker in seen.workers)
            )

    world = Paused(workers=1, desired=1)

    async def scenario() -> None:
        with pytest.raises(Refused):
            await start(queue(world, seconds=0.05), world, "ada", [])

    run(scenario)
    assert world.calls == [2]
