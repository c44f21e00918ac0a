"""Starts that come together share looks at a Swarm that lags behind, and are still never promised the same place."""

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_common.admission import Disk, UserDisk
from hub_common.spawning import Refused
from swarm_hub.admission import WORKER_RESERVE, Rules
from swarm_hub.admission_queue import AdmissionQueue, Request
from swarm_hub.cluster import DockerCalls, pin_of
from swarm_hub.images import image_label
from swarm_hub.service_spec import NotebookService, create_arguments
from swarm_hub.shared_look import SharedLook
from tests.support.virtual_time import run_virtually

GIB = 1024**3
IMAGE = "notebook:1"
PLACES = 4  # of a worker


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing secret


class Engine:
    """The leader's engine, as ``docker.APIClient``. Swarm places a task a while after its service was created.

    ``refused`` are servers whose worker was full when Swarm got to them; they would wait, or move.
    """

    def __init__(self, workers: int, chance: random.Random) -> None:
        self.workers = [f"w{number:03}" for number in range(workers)]
        self.chance = chance
        self.listed: dict[str, dict[str, Any]] = {}
        self.on: dict[str, str] = {}  # worker by service
        self.running: set[str] = set()
        self.refused: list[str] = []
        self.most: Counter[str] = Counter()  # servers at once, by worker
        self.looks = self.made = 0

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {
                "ID": worker,
                "Spec": {"Role": "worker", "Availability": "active", "Labels": {image_label(IMAGE): "true"}},
                "Status": {"State": "ready"},
                "Description": {
                    "Hostname": worker,
                    "Resources": {"MemoryBytes": WORKER_RESERVE + PLACES * 2 * GIB},
                },
            }
            for worker in self.workers
        ]

    def services(self, **_: Any) -> list[dict[str, Any]]:
        self.looks += 1
        return copy.deepcopy(list(self.listed.values()))

    def tasks(self, **_: Any) -> list[dict[str, Any]]:
        return [
            {
                "ID": f"t-{service['ID']}",
                "ServiceID": service["ID"],
                "NodeID": self.on.get(name, ""),
                "Status": {"State": "running" if name in self.running else "pending"},
                "Spec": copy.deepcopy(service["Spec"]["TaskTemplate"]),
            }
            for name, service in self.listed.items()
        ]

    def inspect_service(self, name: str) -> dict[str, Any]:
        return copy.deepcopy(self.listed[name])

    def create_service(self, **given_: Any) -> dict[str, Any]:
        name = given_["name"]
        spec = {
            "Name": name,
            "Labels": given_["labels"],
            "TaskTemplate": copy.deepcopy(dict(given_["task_template"])),
        }
        self.made += 1
        self.listed[name] = {"ID": f"s{self.made}", "Version": {"Index": 1}, "Spec": spec}
        asyncio.get_running_loop().call_later(
            self.chance.uniform(0.01, 0.3), self._place, name, f"s{self.made}"
        )
        return {"ID": f"s{self.made}"}

    def update_service(self, service: str, _: int, **given_: Any) -> None:
        self.listed[service]["Spec"]["TaskTemplate"] = copy.deepcopy(dict(given_["task_template"]))

    def remove_service(self, name: str) -> None:
        self.listed.pop(name)
        self.on.pop(name, None)
        self.running.discard(name)

    def _is_there(self, name: str, identity: str) -> bool:
        return name in self.listed and self.listed[name]["ID"] == identity

    def _place(self, name: str, identity: str) -> None:
        if not self._is_there(name, identity):
            return
        held = Counter(self.on.values())
        wanted = pin_of(self.listed[name])
        if wanted and held[wanted] >= PLACES:
            self.refused.append(name)
            return
        # Swarm spreads what is not bound to a worker.
        worker = wanted or min(self.workers, key=lambda one: (held[one], one))
        self.on[name] = worker
        self.most[worker] = max(self.most[worker], held[worker] + 1)
        asyncio.get_running_loop().call_later(self.chance.uniform(0.01, 0.1), self._run, name, identity)

    def _run(self, name: str, identity: str) -> None:
        if self._is_there(name, identity):
            self.running.add(name)


class LateCalls(DockerCalls):
    """Calls that reach the engine after a while, and whose answers take another one: lists longer than the rest."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self._looks = SharedLook(self._look, clock=asyncio.get_running_loop().time)

    async def _call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        slow = 0.6 if "filters" in named else 0.03
        await asyncio.sleep(self._engine.chance.uniform(0, slow))
        answer = function(*arguments, **named)
        await asyncio.sleep(self._engine.chance.uniform(0, slow))
        return answer


class Hub:
    """The queue over these calls, and users who start and stop servers as the spawner does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.calls = LateCalls(engine)
        self.unbound = 0  # starts for which the hub chose no worker
        self.queue = AdmissionQueue(
            rules=Rules(max_users=1000, cluster_memory=10_000 * GIB, disk_percent=85, user_memory=2 * GIB),
            see_cluster=self.calls.cluster,
            see_disk=lambda: Disk(answers=True),
            growth=None,
            growth_seconds=1,
            look_seconds=0.3,
            on_decision=lambda _decision, _situation: None,
            images=[IMAGE],
        )

    async def start(self, name: str) -> None:
        async with self.queue.admitted(Request(service=name, user_disk=UserDisk()), lambda _: None) as chosen:
            assert chosen is not None
            self.unbound += not chosen.node
            service = NotebookService(
                name=name,
                user=name,
                image=chosen.image,
                labelled=chosen.labelled,
                node=chosen.node,
                command=["server"],
                environment={},
                directory=Path("/u"),
                datasets=Path("/d"),
                network="n",
                memory=2 * GIB,
                cpus=1,
            )
            await self.calls.create_service(**create_arguments(service))
        while name not in self.engine.running and name not in self.engine.refused:
            await asyncio.sleep(0.02)
        await self.calls.place_anywhere(name)

    async def stop(self, name: str) -> None:
        await self.calls.remove_service(name)


def burst(starts: int, workers: int, seed: int, within: float) -> Hub:
    """Let so many users come ``within`` so many seconds; return what became of it."""

    async def scenario() -> Hub:
        engine = Engine(workers, dice(seed))
        hub = Hub(engine)

        async def one(number: int) -> None:
            await asyncio.sleep(engine.chance.uniform(0, within))
            await hub.start(f"notebook-{number}")

        await asyncio.gather(*(one(number) for number in range(starts)))
        return hub

    return run_virtually(scenario())


@pytest.mark.parametrize("within", [0.0, 5.0, 60.0])
def test_300_starts_take_the_300_places_of_75_workers(within: float) -> None:
    hub = burst(300, 75, seed=1, within=within)
    assert (hub.engine.refused, hub.unbound) == ([], 0)
    assert set(Counter(hub.engine.on.values()).values()) == {PLACES}
    assert len(hub.engine.on) == 300
    assert hub.engine.looks < 300, "starts that come together share looks"


@pytest.mark.parametrize("within", [0.0, 20.0])
def test_300_starts_fill_one_worker_after_the_other(within: float) -> None:
    hub = burst(298, 120, seed=2, within=within)
    assert (hub.engine.refused, hub.unbound) == ([], 0)
    assert sorted(Counter(hub.engine.on.values()).values()) == [2, *[PLACES] * 74]


def test_one_user_too_many_is_refused_and_nobody_else() -> None:
    async def scenario() -> list[Any]:
        engine = Engine(5, dice(3))
        hub = Hub(engine)
        starts = (hub.start(f"notebook-{number}") for number in range(5 * PLACES + 3))
        found = await asyncio.gather(*starts, return_exceptions=True)
        assert engine.refused == []
        assert max(engine.most.values()) == PLACES
        return [one for one in found if one is not None]

    assert [type(one) for one in run_virtually(scenario())] == [Refused] * 3


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**6), workers=st.integers(1, 10), within=st.sampled_from([0.0, 2.0, 10.0]))
def test_no_worker_is_ever_given_more_servers_than_it_has_places(
    seed: int, workers: int, within: float
) -> None:
    async def scenario() -> Engine:
        engine = Engine(workers, dice(seed))
        hub = Hub(engine)

        async def user(number: int) -> None:
            await asyncio.sleep(engine.chance.uniform(0, within))
            for _ in range(3):
                try:
                    await hub.start(f"notebook-{number}")
                except Refused:  # all places are taken
                    await asyncio.sleep(1)
                    continue
                await asyncio.sleep(engine.chance.uniform(0, 4))
                await hub.stop(f"notebook-{number}")

        await asyncio.gather(*(user(number) for number in range(PLACES * workers + 2)))
        return engine

    engine = run_virtually(scenario())
    assert engine.refused == []
    assert max(engine.most.values()) <= PLACES
