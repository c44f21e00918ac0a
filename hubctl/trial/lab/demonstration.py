"""A demonstration from start to end: the Lab, the users, the table, the picture.

Some users come, the group grows, more come, all work for a while, and all but one leave again.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.console import err, out
from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.machine import Tell
from hubctl.trial.lab.lab import Lab
from hubctl.trial.lab.monitor import LabMoment, Monitor
from hubctl.trial.lab.settings import DOMAIN, LocalLabSettings
from hubctl.trial.lab.timeline import HEADER, TABLE, events, in_words, line, write_csv, write_picture
from hubctl.trial.lab.visitor import Visitor

GROWTH_SECONDS = 180.0
LINE_SECONDS = 3.0  # between two lines of the table when nothing happens


@dataclass(frozen=True, kw_only=True)
class DemonstrationPlan:
    """How a demonstration goes; durations in minutes of the group's own time.

    One of ``users`` stays to the end, and must find the session untouched. ``shrink`` is how long the group may take to
    give all but its smallest size away again.
    """

    users: int = 8
    between: float = 0.75
    work: float = 6.0
    leave_between: float = 0.4
    shrink: float = 60.0


class Demonstration:
    """Plays a course on a Lab. ``largest`` is the most instances that were healthy at once."""

    def __init__(self, lab: Lab, course: DemonstrationPlan, tell: Tell) -> None:
        self._lab = lab
        self._course = course
        self._tell = tell
        self.largest = 0

    async def play(self) -> None:
        """Play it to its end; raise HubctlError when a user is refused, or the group does not shrink again."""
        async with contextlib.AsyncExitStack() as stack:
            users = [
                await stack.enter_async_context(self._visitor(number)) for number in range(self._course.users)
            ]
            first = min(len(users), self._lab.settings.scale_up_threshold + 1)
            await self._all_come(users[:first])
            since = await users[0].since()
            await self._grown()
            await self._all_come(users[first:])
            await self._pass(self._course.work)
            for user in users[1:]:
                await self._leave(user)
                await self._pass(self._course.leave_between)
            await self._shrunk()
            if since is None or await users[0].since() != since:
                raise HubctlError(
                    f"{users[0].user} has lost the session",
                    remedy="The table above shows what happened when.",
                )
            self._tell(f"{users[0].user} kept one session throughout and leaves as the last")
            await self._leave(users[0])

    def _visitor(self, number: int) -> Visitor:
        lab = self._lab
        return Visitor(
            domain=DOMAIN,
            address=lab.address,
            certificate=lab.certificate,
            user=f"user-{number + 1}",
            password=lab.password,
        )

    async def _all_come(self, users: Sequence[Visitor]) -> None:
        came = []
        for user in users:
            came.append(asyncio.create_task(self._come(user)))
            await self._pass(self._course.between)
        await asyncio.gather(*came)

    async def _grown(self) -> None:
        """Wait for more instances, which the users that come then are sent to; three minutes at most."""
        deadline = time.monotonic() + GROWTH_SECONDS
        while self.largest <= self._lab.settings.min_size and time.monotonic() < deadline:
            await self._pass(0.1)

    async def _come(self, user: Visitor) -> None:
        await user.login()
        seconds = await user.start()
        self._tell(f"{user.user} has logged in and works, after {seconds:.0f} s")

    async def _leave(self, user: Visitor) -> None:
        await user.stop()
        self._tell(f"{user.user} has left")

    async def _pass(self, minutes: float) -> None:
        ends = time.monotonic() + minutes * 60 / self._lab.settings.speed
        while (left := ends - time.monotonic()) > 0:
            self.largest = max(self.largest, len(self._lab.healthy()))
            await asyncio.sleep(min(left, 0.5))

    async def _shrunk(self) -> None:
        smallest = self._lab.settings.min_size
        deadline = time.monotonic() + self._course.shrink * 60 / self._lab.settings.speed
        while len(self._lab.fleet.group.members) > smallest:
            if time.monotonic() > deadline:
                raise HubctlError(
                    f"the group did not shrink to {smallest} within {self._course.shrink:g} minutes of its time",
                    remedy="The table above shows sessions, alarms and capacity.",
                )
            await asyncio.sleep(0.5)


class Live:
    """Prints the table as it grows: a line every few seconds, and what happened in between."""

    def __init__(self) -> None:
        self._before: LabMoment | None = None
        self._last = float("-inf")

    def show(self, moment: LabMoment) -> None:
        """Print what is new."""
        as_table = out.width >= TABLE
        if self._before is None and as_table:
            out.paste(HEADER)
        news = events(self._before, moment) if self._before else []
        for sentence in news:
            out.say(f"  * {sentence}")
        if news or moment.at - self._last >= LINE_SECONDS:
            if as_table:
                out.paste(line(moment))
            else:
                out.say(in_words(moment), hang=2)
            self._last = moment.at
        self._before = moment


def run_demonstration(settings: LocalLabSettings, course: DemonstrationPlan, folder: Path) -> None:
    """Run it; write timeline.png and timeline.csv also when it ends early. Raises HubctlError."""
    with Lab(settings) as lab:
        demonstration = Demonstration(lab, course, lambda sentence: out.say(f"  > {sentence}"))
        with Monitor(lab, Live().show) as monitor:
            try:
                asyncio.run(demonstration.play())
                time.sleep(2)  # the table's last line shows the end
            finally:
                _write(monitor, settings, folder)
        err.say("stopping")
    out.say(f"The group grew from {settings.min_size} to {demonstration.largest} instances and shrank again.")
    if demonstration.largest <= settings.min_size:
        raise HubctlError("the group has not grown", remedy="Let more --users come, or set --scale-up lower.")


def _write(monitor: Monitor, settings: LocalLabSettings, folder: Path) -> None:
    if not monitor.moments:
        return
    picture, table = folder / "timeline.png", folder / "timeline.csv"
    write_csv(monitor.moments, table)
    write_picture(
        monitor.moments,
        picture,
        title=f"hubctl local-lab demo: a real host for each instance, {settings.speed:g} times as fast as AWS",
        up=settings.scale_up_threshold,
        down=settings.scale_down_threshold,
    )
    out.say(f"Written: {picture} and {table}")
