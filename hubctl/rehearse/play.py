"""Plays a programme on a stage: users come and go, the timetable raises the group, and both are written down."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from hubctl.core.errors import HubctlError
from hubctl.rehearse.person import Visit
from hubctl.rehearse.programme import Guest, Programme
from hubctl.rehearse.stages import Capacity, Stage
from hubctl.scaling.metrics import percentile

LOOK_SECONDS = 1.0
LINE_SECONDS = 15.0  # between two lines of progress when nothing happens
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class RehearsalMoment:
    """What there was ``at`` seconds of AWS: the group, users at work, and users who have come and wait."""

    at: float
    group: Capacity
    working: int
    waiting: int


@dataclass(kw_only=True)
class Rehearsal:
    """How it went: a visit for each user, and the course."""

    visits: list[Visit] = field(default_factory=list)
    moments: list[RehearsalMoment] = field(default_factory=list)

    @property
    def waits(self) -> list[float]:
        """The waits of all who got a server, in seconds."""
        return [visit.wait for visit in self.visits if visit.wait is not None]

    @property
    def refused(self) -> int:
        """How many users got no server."""
        return sum(visit.wait is None for visit in self.visits)

    @property
    def lost(self) -> int:
        """How many users lost a server at work, or could not work in it."""
        return sum(bool(visit.broke) for visit in self.visits)

    def wait(self, percent: float) -> float | None:
        """Return a percentile of the waits; None when it is that of users who got no server, who wait for ever."""
        served = len(self.waits) >= len(self.visits) * percent / 100
        return percentile(self.waits, percent) if self.waits and served else None

    @property
    def instance_seconds(self) -> float:
        """Seconds of AWS that instances were paid for."""
        pairs = zip(self.moments, self.moments[1:], strict=False)
        return sum(before.group.paid * (after.at - before.at) for before, after in pairs)


class Player:
    """Plays once. ``tell`` takes a sentence at a time."""

    def __init__(self, stage: Stage, programme: Programme, *, speed: float, tell: Tell) -> None:
        self._stage = stage
        self._programme = programme
        self._speed = speed
        self._tell = tell
        self.seen = Rehearsal()

    @property
    def _now(self) -> float:
        return (time.monotonic() - self._began) * self._speed

    async def play(self) -> Rehearsal:
        """Play it to its end, which is when the last user has left. The stage knows beforehand when to keep places free."""
        notice = self._stage.notice_seconds if self._programme.spare_times else 0.0
        self._began = time.monotonic() + notice
        if self._programme.spare_times:
            if notice:
                self._tell(
                    f"the hub is told which places to keep free, and knows it in {notice:.0f} s; then it begins"
                )
            began = time.time() + notice
            await asyncio.to_thread(self._stage.keep_free, self._programme.spare_times, began)
            await self._until(0)
        if self._programme.steps:
            await asyncio.to_thread(self._stage.schedule, self._programme.steps, self._now)
        watch = asyncio.create_task(self._watch())
        try:
            await asyncio.gather(*(self._come(guest) for guest in self._programme.guests))
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
        return self.seen

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at / self._speed - (time.monotonic() - self._began)))

    async def _come(self, guest: Guest) -> None:
        await self._until(guest.at)
        visit = Visit(user=guest.user, came=guest.at)
        self.seen.visits.append(visit)
        try:
            async with self._stage.person(guest.user) as person:
                await person.visit(guest, visit)
        except (HubctlError, aiohttp.ClientError, TimeoutError) as error:
            said = getattr(error, "message", "") or repr(error)
            if visit.wait is None:
                visit.refused = said
            else:
                visit.broke = visit.broke or said
        visit.done = True
        if visit.wait is None:
            self._say(f"{guest.user} got no server: {visit.refused}")
        elif visit.broke:
            self._say(f"{guest.user} lost the server: {visit.broke}")

    async def _watch(self) -> None:
        said = float("-inf")
        before: Capacity | None = None
        while True:
            with contextlib.suppress(Exception):  # a look that fails under load is one look less
                group = await asyncio.to_thread(self._stage.capacity)
                there = [visit for visit in self.seen.visits if not visit.done]
                working = sum(visit.wait is not None for visit in there)
                moment = RehearsalMoment(
                    at=self._now, group=group, working=working, waiting=len(there) - working
                )
                self.seen.moments.append(moment)
                if before is not None and group.smallest != before.smallest:
                    self._say(
                        f"a scheduled action: at least {group.smallest} {_instances(group.smallest)} from now on"
                    )
                if group != before or moment.at / self._speed - said >= LINE_SECONDS:
                    said, before = moment.at / self._speed, group
                    self._say(
                        f"{moment.working} at work, {moment.waiting} waiting, {sum(visit.done for visit in self.seen.visits)} of "
                        f"{len(self._programme.guests)} done; {group.usable} of {group.desired} "
                        f"{_instances(group.desired)} ready"
                    )
            await asyncio.sleep(LOOK_SECONDS)

    def _say(self, sentence: str) -> None:
        self._tell(f"{self._now / 60:5.1f} min  {sentence}")


def _instances(count: int) -> str:
    return "instance" if count == 1 else "instances"
