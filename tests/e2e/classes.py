"""A class of 12 for the tests on real hosts: its users, its timetable, and what the simulator says of it beforehand.

The users are those of ``hubctl rehearse``, except that none gives up and that all work until each of them has a server: a slow
machine makes a class longer, and nobody's place becomes free for somebody who waits.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hubctl.rehearse import person
from hubctl.rehearse.person import Person, Visit
from hubctl.rehearse.play import Player, Rehearsal
from hubctl.rehearse.programme import Guest, Programme, make_programme
from hubctl.rehearse.roster import RosterRow
from hubctl.rehearse.stages import Stage
from hubctl.scaling.scheduled import ScheduledAction
from hubctl.simulate.arrivals import Arrival
from hubctl.simulate.model import DEFAULTS, Outcome, StackModel
from hubctl.simulate.run import simulate
from stacks.timetable.model import Timetable
from tests.support.waiting import SCENARIO_PATIENCE

USERS = 12
PERIOD = 60  # seconds of AWS over which an alarm evaluates once
PATIENT = 1_000_000.0  # seconds of AWS, after which somebody would give up
LONG = 100_000.0  # seconds of AWS that a session of the simulation lasts


class Pupil(Person):
    """A user who works until all are served, or have failed."""

    settled: set[str]
    all_settled: asyncio.Event

    async def visit(self, guest: Guest, seen: Visit) -> None:
        """Come, work, leave; whoever is waited for is so no longer once this has ended in any way."""
        try:
            await super().visit(guest, seen)
        finally:
            self._settle()

    async def work(self, seconds: float) -> None:
        """Stay until each of the class has a server."""
        del seconds
        self._settle()
        await Pupil.all_settled.wait()

    def _settle(self) -> None:
        Pupil.settled.add(self.user)
        if len(Pupil.settled) == USERS:
            Pupil.all_settled.set()


@contextmanager
def patient_pupils() -> Iterator[None]:
    """Let nobody give up as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(person, "PATIENCE_SECONDS", PATIENT)
        yield


def programme(*, announced: bool, every: float, places: int, spare: int = 0, **hours: Any) -> Programme:
    """Return the class: a user ``every`` so many seconds of AWS; ``hours`` are of the timetable: lead_minutes and end."""
    entry = {"name": "pupils", "dates": ["2027-03-01"], "start": "09:00", "end": hours.pop("end", "09:10")}
    timetable = {"zone": "Europe/Berlin", **hours, "classes": [{**entry, "users": USERS, "spare": spare}]}
    roster = [
        RosterRow(user=f"pupil-{number:02}", clock=None, offset=number * every, duration=None, group="")
        for number in range(USERS)
    ]
    return make_programme(
        roster=roster,
        timetable=Timetable.model_validate(timetable),
        announced=announced,
        chosen="",
        users=None,
        places=places,
        spare=0,
        smallest=1,
        seed=1,
        now=datetime(2027, 1, 1, tzinfo=UTC),
    )


def played(stage: Stage, made: Programme, *, speed: float, tell: Any = print) -> Rehearsal:
    """Let the class come, and return what it saw; fail where somebody did not get a server, or could not work in it."""

    async def scenario() -> Rehearsal:
        Pupil.settled, Pupil.all_settled = set(), asyncio.Event()
        player = Player(stage, made, speed=speed, tell=tell)
        return await asyncio.wait_for(player.play(), SCENARIO_PATIENCE)

    seen = asyncio.run(scenario())
    assert [visit.broke for visit in seen.visits if visit.broke] == []
    assert [visit.refused for visit in seen.visits if visit.refused] == []
    assert len(seen.waits) == USERS
    return seen


def growth(seen: Rehearsal, before: int, after: int) -> tuple[float, float]:
    """Return when the group was asked for more than ``before`` instances, and when ``after`` took users."""
    grew = [moment.at for moment in seen.moments if moment.group.desired > before]
    ready = [moment.at for moment in seen.moments if moment.group.usable >= after]
    assert grew, "the group has not grown"
    assert ready, f"{after} instances have never been ready"
    return grew[0], ready[0]


def foreseen(model: StackModel, made: Programme, *, phase: float = 0.0, **times: float) -> Outcome:
    """Simulate the class; ``phase`` is where in the minute of agents and alarms it begins, ``times`` are assumptions."""
    actions = [
        ScheduledAction(name=step.name, start=step.at + phase, min_size=step.instances) for step in made.steps
    ]
    arrivals = [Arrival(time=one.at + phase, user=one.user, duration=LONG) for one in made.guests]
    usual = {"launch": 0.0, "pull": 0.0, "spawn": 0.0, "patience": PATIENT, "schedule_delay": 0.0}
    return simulate(
        replace(model, actions=tuple(actions)),
        arrivals,
        assumptions=DEFAULTS[model.kind].changed({**usual, **times}),
        seed=1,
        seconds=LONG / 2,
    )


def agrees(what: str, real: float, predicted: Sequence[float], margin: float) -> None:
    """Fail where the real number is further than ``margin`` from what was predicted, at the earliest or at the latest."""
    earliest, latest = min(predicted), max(predicted)
    print(f"{what}: {real:.0f} s, foreseen {earliest:.0f} to {latest:.0f} s")
    assert earliest - margin <= real <= latest + margin, (
        f"{what}: {real:.0f} s, foreseen {earliest:.0f} to {latest:.0f} s, and {margin:.0f} s more or less"
    )
