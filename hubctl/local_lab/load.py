"""Users for a demonstration: some come, the group grows, more come, all work for a while and leave again but for one."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubctl.errors import HubctlError
from hubctl.local_lab.lab import Lab
from hubctl.local_lab.settings import DOMAIN
from hubctl.local_lab.visitor import Visitor

GROWTH_SECONDS = 180.0

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Course:
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

    def __init__(self, lab: Lab, course: Course, tell: Tell) -> None:
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
            self._tell(f"{users[0].user} has had one session throughout and leaves as the last")
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
