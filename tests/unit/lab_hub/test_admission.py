"""The rules, and the queue at which starts are admitted."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from hub_common.admission import Disk, Refuse, UserDisk
from hub_common.spawning import Refused
from lab_hub.admission import SYSTEM_RESERVE, AdmissionQueue, Situation, decide, places
from stacks.settings.scaling_guards import SYSTEM_GIB, capacity

GIB = 1024**3
FREE = Situation(
    draining=False, others=0, memory=16 * GIB, disk=Disk(answers=True), user_disk=UserDisk(quota=GIB)
)


def limit(situation: Situation, user_memory: int = 2 * GIB) -> str | None:
    refusal = decide(user_memory, situation)
    return refusal.limit if refusal else None


def test_each_limit_has_its_sentence() -> None:
    assert limit(FREE) is None
    assert limit(replace(FREE, draining=True)) == "draining"
    assert limit(replace(FREE, disk=Disk(answers=False))) == "shared_files"
    assert limit(replace(FREE, disk=Disk(answers=True, used=95, capacity=100))) == "disk"
    assert limit(replace(FREE, user_disk=UserDisk(used=2 * GIB, quota=GIB))) == "user_disk"
    assert limit(replace(FREE, others=6)) is None
    assert limit(replace(FREE, others=7)) == "machine_full"
    assert limit(replace(FREE, memory=2 * GIB)) == "machine_memory"


@pytest.mark.parametrize("nominal", [4, 8, 16])
def test_an_instance_holds_whom_the_stack_has_promised(nominal: int) -> None:
    """What a kernel reports is less than the type's size: up to half a GiB in the usual ones."""
    reported = nominal * GIB - GIB // 2
    assert SYSTEM_RESERVE < SYSTEM_GIB * GIB
    for user in (0.5, 1, 1.5, 2, 4):
        assert places(reported, int(user * GIB)) >= capacity(nominal, user)


def in_a_loop(test: Callable[[Path], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    """Run a test's coroutine."""

    @functools.wraps(test)
    def run(tmp_path: Path) -> None:
        asyncio.run(test(tmp_path))

    return run


class Room:
    """An instance of two places; ``running`` are the servers that the engine shows."""

    def __init__(self, flag: Path) -> None:
        self.running: set[str] = set()
        self.refused: list[str] = []
        self.away = False
        self.queue = AdmissionQueue(
            user_memory=GIB,
            memory=3 * GIB,
            draining_flag=flag,
            see_servers=self.see,
            see_disk=lambda: Disk(answers=True),
            on_refusal=self.note,
        )

    async def see(self) -> set[str]:
        await asyncio.sleep(0)
        if self.away:
            raise requests.ConnectionError("no socket")
        return set(self.running)

    def note(self, refusal: Refuse) -> None:
        self.refused.append(refusal.limit)

    async def start(self, name: str, seconds: float = 0.01) -> None:
        async with self.queue.admitted(name, UserDisk()):
            await asyncio.sleep(seconds)
            self.running.add(name)


@in_a_loop
async def test_a_crowd_gets_as_many_places_as_there_are(tmp_path: Path) -> None:
    room = Room(tmp_path / "draining")
    outcomes = await asyncio.gather(*(room.start(name) for name in "abcde"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None)] * 2 + [Refused] * 3
    assert room.refused == ["machine_full"] * 3
    assert room.queue.starting == 0


@in_a_loop
async def test_a_start_that_fails_gives_its_place_back(tmp_path: Path) -> None:
    room = Room(tmp_path / "draining")
    room.running = {"a"}
    with pytest.raises(RuntimeError):
        async with room.queue.admitted("b", UserDisk()):
            raise RuntimeError
    await room.start("c")


@in_a_loop
async def test_ones_own_server_takes_no_place_twice(tmp_path: Path) -> None:
    room = Room(tmp_path / "draining")
    room.running = {"a", "b"}
    await room.start("b")


@in_a_loop
async def test_an_engine_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    room = Room(tmp_path / "draining")

    room.away = True
    with pytest.raises(Refused, match="container engine of this machine does not answer"):
        await room.start("a")
    assert room.refused == ["engine"]


@in_a_loop
async def test_while_it_drains_starts_are_refused_and_the_page_leads_to_another_machine(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path / "draining")
    (tmp_path / "draining").touch()
    with pytest.raises(Refused, match="about to be switched off") as caught:
        await room.start("a")
    assert caught.value.status_code == 429
    assert "AWSALB=; Path=/; Max-Age=0" in caught.value.message_html
    (tmp_path / "draining").unlink()
    await room.start("a")


def test_maintenance_comes_first_and_administrators_start(tmp_path: Path) -> None:
    async def none_running() -> set[str]:
        return set()

    refused: list[str] = []
    queue = AdmissionQueue(
        user_memory=GIB,
        memory=8 * GIB,
        draining_flag=tmp_path / "draining",
        see_servers=none_running,
        see_disk=lambda: Disk(answers=False),
        on_refusal=lambda refusal: refused.append(refusal.limit),
        closed=lambda: "New disks until one.",
    )

    async def ask(*, admin: bool) -> str:
        with pytest.raises(Refused) as caught:
            async with queue.admitted("ada", UserDisk(), admin=admin):
                pass
        return str(caught.value.refusal.sentence)

    assert asyncio.run(ask(admin=False)) == "New disks until one."
    assert "file system" in asyncio.run(ask(admin=True))
    assert refused == ["maintenance", "shared_files"]
