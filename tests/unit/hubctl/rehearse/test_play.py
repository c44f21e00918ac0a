"""A programme on a stage that is made up: who got a server, what the group cost, and when the timetable acted."""

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import pytest

from hubctl.core.errors import HubctlError
from hubctl.rehearse import play
from hubctl.rehearse.person import Visit
from hubctl.rehearse.play import Player, Rehearsal, RehearsalMoment
from hubctl.rehearse.programme import CapacityStep, Guest, Programme, SpareTime
from hubctl.rehearse.stages import Capacity

SPEED = 1000.0  # a minute of AWS takes 60 ms


class Made:
    """A person whose visit goes as the stage says."""

    def __init__(self, fate: str) -> None:
        self.fate = fate

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    async def visit(self, guest: Guest, seen: Visit) -> None:
        if self.fate == "refused":
            seen.refused = "All places are taken."
            return
        if self.fate == "unreachable":
            raise HubctlError("cannot reach the hub", remedy="")
        seen.place, seen.start = 40.0, 2.0
        await asyncio.sleep(guest.duration / SPEED)
        if self.fate == "breaks":
            raise HubctlError("lost the connection to the kernel", remedy="")


class MadeStage:
    """A group of one instance that does at once what it is asked for."""

    notice_seconds = 0.05

    def __init__(self, **fates: str) -> None:
        self.fates = fates
        self.given: list[CapacityStep] = []
        self.smallest = 1
        self.kept_free: Sequence[SpareTime] = ()
        self.began = 0.0

    def person(self, user: str) -> Any:
        return Made(self.fates.get(user, ""))

    def capacity(self) -> Capacity:
        return Capacity(smallest=self.smallest, desired=self.smallest, paid=self.smallest, usable=1)

    def schedule(self, steps: Sequence[CapacityStep], elapsed: float) -> None:
        """Keep them; the first acts at once after the first look."""
        assert 0 <= elapsed < 60
        self.given += steps

    def keep_free(self, times: Sequence[SpareTime], began: float) -> None:
        """Keep them, and when the programme begins."""
        self.kept_free, self.began = times, began


def played(
    stage: MadeStage, *guests: Guest, steps: tuple[CapacityStep, ...] = (), spare: tuple[SpareTime, ...] = ()
) -> tuple[Rehearsal, list[str]]:
    said: list[str] = []
    programme = Programme(name="intro", begins=100, ends=2000, guests=guests, steps=steps, spare_times=spare)
    seen = asyncio.run(Player(stage, programme, speed=SPEED, tell=said.append).play())
    return seen, said


def guest(user: str, at: float = 50, duration: float = 60) -> Guest:
    return Guest(user=user, at=at, duration=duration)


def test_who_got_a_server_and_who_did_not() -> None:
    stage = MadeStage(bob="refused", cem="unreachable", dan="breaks")
    seen, said = played(stage, *map(guest, ("ada", "bob", "cem", "dan")))
    assert {visit.user: visit.wait for visit in seen.visits} == {
        "ada": 42,
        "bob": None,
        "cem": None,
        "dan": 42,
    }
    assert (seen.refused, seen.lost) == (2, 1)
    assert all(visit.done for visit in seen.visits)
    words = "\n".join(said)
    assert "bob got no server: All places are taken." in words
    assert "cem got no server: cannot reach the hub" in words
    assert "dan lost the server: lost the connection to the kernel" in words


STEPS = (CapacityStep(at=10, instances=3, name="up"), CapacityStep(at=400, instances=1, name="down"))


def test_the_group_gets_the_scheduled_actions_and_what_they_do_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(play, "LOOK_SECONDS", 0.01)
    stage = MadeStage()

    def acting() -> Capacity:
        found = MadeStage.capacity(stage)
        stage.smallest = 3
        return found

    monkeypatch.setattr(stage, "capacity", acting)
    seen, said = played(stage, guest("ada", at=600), steps=STEPS)
    assert stage.given == list(STEPS)
    assert [moment.group.smallest for moment in seen.moments][:2] == [1, 3]
    assert any("a scheduled action: at least 3 instances" in sentence for sentence in said)


def test_a_class_that_was_not_announced_gives_the_group_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = MadeStage()
    monkeypatch.setattr(stage, "schedule", lambda *_: pytest.fail("it was given actions"))
    played(stage, guest("ada"))


def test_the_stage_knows_of_spare_places_before_the_programme_begins() -> None:
    stage = MadeStage()
    times = (SpareTime(at=10, seconds=600, places=3),)
    before = time.time()
    seen, said = played(stage, guest("ada", at=0), spare=times)
    assert stage.kept_free == times
    assert before + stage.notice_seconds <= stage.began <= time.time()
    assert said[0].startswith("the hub is told which places to keep free")
    assert len(seen.waits) == 1


def test_what_is_paid_is_the_instances_over_time() -> None:
    def moment(at: float, paid: int) -> RehearsalMoment:
        return RehearsalMoment(
            at=at, group=Capacity(smallest=1, desired=paid, paid=paid, usable=1), working=0, waiting=0
        )

    seen = Rehearsal(moments=[moment(0, 1), moment(60, 3), moment(120, 1), moment(180, 1)])
    assert seen.instance_seconds == 60 + 180 + 60


def test_waits_of_those_who_were_refused_have_no_end() -> None:
    visits = [Visit(user=str(number), came=0, start=float(number)) for number in range(9)]
    seen = Rehearsal(visits=[*visits, Visit(user="bob", came=0, refused="full")])
    assert seen.wait(50) == 4
    assert seen.wait(95) is None
    assert seen.wait(100) is None


def test_a_stage_that_cannot_be_seen_does_not_end_the_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = MadeStage()

    def away() -> Capacity:
        raise OSError("away")

    monkeypatch.setattr(stage, "capacity", away)
    seen, _ = played(stage, guest("ada"))
    assert seen.moments == []
    assert len(seen.waits) == 1
