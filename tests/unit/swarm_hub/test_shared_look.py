"""Looks at the Swarm are shared while they are new, and know what the hub has changed since they began."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from swarm_hub.shared_look import (
    LOOK_SECONDS,
    OLDEST_SECONDS,
    SHARE,
    Look,
    SharedLook,
    shortened,
    without_collection,
)


class Engine:
    """Services by name; a look takes ``takes`` seconds of the clock, and sees what was there when it began."""

    def __init__(self) -> None:
        self.now = 100.0
        self.takes = 0.0
        self.services: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.away = False
        self.meanwhile: Callable[[], None] = lambda: None
        self.looks = SharedLook(self.ask, clock=lambda: self.now)

    async def ask(self) -> Look:
        self.asked += 1
        seen = list(self.services.values())
        await asyncio.sleep(0)
        self.meanwhile()
        self.now += self.takes
        if self.away:
            raise ConnectionError("the engine does not answer")
        return Look(nodes=[], services=seen, tasks=[])

    def create(self, name: str) -> None:
        self.services[name] = {"ID": f"id-{name}", "Spec": {"Name": name, "TaskTemplate": {"by": "engine"}}}
        self.looks.note_created(f"id-{name}", {"name": name, "task_template": {"by": "hub"}, "labels": {}})

    def remove(self, name: str) -> None:
        self.services.pop(name, None)
        self.looks.note_removed(name)

    async def names(self, oldest: float | None = None) -> list[str]:
        return sorted(service["Spec"]["Name"] for service in (await self.looks.look(oldest)).services)


def play(scenario: Callable[[Engine], Awaitable[None]]) -> None:
    async def whole() -> None:
        await scenario(Engine())

    asyncio.run(whole())


def test_who_asks_at_the_same_time_shares_a_look() -> None:
    async def scenario(engine: Engine) -> None:
        await asyncio.gather(*(engine.names() for _ in range(50)))
        assert engine.asked == 1
        engine.now += LOOK_SECONDS + 0.01
        await engine.names()
        assert engine.asked == 2

    play(scenario)


def test_a_large_swarm_is_looked_at_less_often_but_never_forgotten() -> None:
    async def scenario(engine: Engine) -> None:
        engine.takes = 0.4
        await engine.names()
        engine.now += SHARE * 0.4 - 0.5
        await engine.names()
        assert engine.asked == 1
        engine.takes = 60.0
        engine.now += 60
        await engine.names()
        engine.now += OLDEST_SECONDS + 0.01
        await engine.names()
        assert engine.asked == 3

    play(scenario)


def test_what_the_hub_creates_and_removes_is_known_at_once() -> None:
    async def scenario(engine: Engine) -> None:
        engine.create("old")
        assert await engine.names() == ["old"]
        engine.create("new")
        engine.remove("old")
        assert await engine.names() == ["new"]
        engine.create("old")
        assert await engine.names() == ["new", "old"]
        assert engine.asked == 1
        engine.now += OLDEST_SECONDS
        assert await engine.names() == ["new", "old"]
        assert engine.asked == 2

    play(scenario)


def test_what_is_done_while_the_engine_lists_is_not_lost() -> None:
    async def scenario(engine: Engine) -> None:
        engine.create("goes")

        def change() -> None:
            engine.now += 0.1
            engine.create("comes")
            engine.remove("goes")

        engine.meanwhile = change
        assert await engine.names() == ["comes"]
        engine.meanwhile = lambda: None
        assert await engine.names(oldest=1000) == ["comes"]
        assert engine.asked == 1

    play(scenario)


def test_the_engines_own_words_about_a_service_are_kept() -> None:
    async def scenario(engine: Engine) -> None:
        engine.create("one")
        look = await engine.looks.look()
        assert [service["Spec"]["TaskTemplate"] for service in look.services] == [{"by": "engine"}]
        assert await engine.looks.look() is look

    play(scenario)


def test_an_engine_that_fails_is_told_to_all_who_waited_and_asked_again_by_the_next() -> None:
    async def scenario(engine: Engine) -> None:
        engine.away = True
        answers = await asyncio.gather(*(engine.names() for _ in range(20)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {ConnectionError}
        assert engine.asked == 1
        engine.away = False
        assert await engine.names() == []
        assert engine.asked == 2

    play(scenario)


def test_one_who_goes_away_does_not_end_the_look_of_the_others() -> None:
    async def scenario(engine: Engine) -> None:
        first = asyncio.create_task(engine.names())
        second = asyncio.create_task(engine.names())
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await second == []
        assert engine.asked == 1

    play(scenario)


def test_long_lists_lose_what_only_the_engine_of_a_container_needs() -> None:
    container = {"Image": "notebook", "Env": ["A=1"], "Args": ["flock"], "Mounts": [{}]}
    template = {
        "ContainerSpec": dict(container),
        "Placement": {"Constraints": ["a==b"]},
        "Resources": {"x": 1},
    }
    service = {"ID": "s", "Endpoint": {}, "Spec": {"Name": "ada", "TaskTemplate": dict(template)}}
    template["ContainerSpec"] = dict(container)
    task = {"ID": "t", "NetworksAttachments": [{}], "Status": {"State": "running"}, "Spec": dict(template)}
    rest = {
        "ContainerSpec": {"Image": "notebook"},
        "Placement": {"Constraints": ["a==b"]},
        "Resources": {"x": 1},
    }
    assert shortened([service, task]) == [
        {"ID": "s", "Spec": {"Name": "ada", "TaskTemplate": rest}},
        {"ID": "t", "Status": {"State": "running"}, "Spec": rest},
    ]
    assert shortened(
        [{"ID": "a service without a container", "Spec": {"Name": "plugin", "TaskTemplate": {}}}]
    )


def test_garbage_is_collected_again_once_no_list_is_being_read() -> None:
    assert gc.isenabled()
    with without_collection():
        with pytest.raises(ValueError, match="wrong"), without_collection():
            raise ValueError("wrong")
        assert not gc.isenabled()
    assert gc.isenabled()
