"""The desk at which every start asks for admission, one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from lab_hub.admission import ELSEWHERE, ENGINE_AWAY, Situation, decide, places
from lab_hub.elsewhere import with_way_out
from swarm_hub.admission import Disk, Refuse, UserDisk
from swarm_hub.engine_client import ENGINE_ERRORS
from swarm_hub.refusal import Refused

LONGEST_SENTENCE = 1000
log = logging.getLogger("lab_hub.desk")


class Desk:
    """Admits starts. ``see_servers`` names the servers that run; memory is in bytes, ``memory`` that of the instance."""

    def __init__(
        self,
        *,
        user_memory: int,
        memory: int,
        draining_flag: Path,
        see_servers: Callable[[], Awaitable[set[str]]],
        see_disk: Callable[[], Disk],
        on_refusal: Callable[[Refuse], None],
        closed: Callable[[], str] = lambda: "",
    ) -> None:
        self._user_memory = user_memory
        self._memory = memory
        self._draining_flag = draining_flag
        self._see_servers = see_servers
        self._see_disk = see_disk
        self._on_refusal = on_refusal
        self._closed = closed
        self._lock = asyncio.Lock()
        self._starting: set[str] = set()

    @property
    def places(self) -> int:
        """How many servers the instance takes."""
        return places(self._memory, self._user_memory)

    @property
    def starting(self) -> int:
        """How many servers are being created."""
        return len(self._starting)

    @asynccontextmanager
    async def admitted(self, name: str, user_disk: UserDisk, *, admin: bool = False) -> AsyncIterator[None]:
        """Hold a place for the server while the block creates it; raise Refused when it may not start.

        An ``admin`` may also start while there is maintenance.
        """
        async with self._lock:
            # One that is created while the engine answers is in neither its answer nor the later set.
            starting = set(self._starting)
            others = (await self._running() | starting | self._starting) - {name}
            situation = Situation(
                draining=self._draining_flag.exists(),
                draining_sentence=told_while_draining(self._draining_flag),
                others=len(others),
                memory=self._memory,
                disk=self._see_disk(),
                user_disk=user_disk,
                closed="" if admin else self._closed(),
            )
            refusal = decide(self._user_memory, situation)
            if refusal:
                raise self._refused(refusal)
            self._starting.add(name)
        try:
            yield
        finally:
            self._starting.discard(name)

    async def _running(self) -> set[str]:
        try:
            return await self._see_servers()
        except ENGINE_ERRORS as error:
            log.error("Docker does not say which servers run: %s", error)
            raise self._refused(ENGINE_AWAY) from error

    def _refused(self, refusal: Refuse) -> Refused:
        self._on_refusal(refusal)
        return Refused(refusal, html=with_way_out(refusal.sentence) if refusal.limit in ELSEWHERE else "")


def told_while_draining(flag: Path) -> str:
    """Return what the session agent wrote into its flag for users, empty when it wrote nothing or lowered it."""
    try:
        return flag.read_text(encoding="utf-8")[:LONGEST_SENTENCE].strip()
    except (OSError, UnicodeDecodeError):
        return ""
