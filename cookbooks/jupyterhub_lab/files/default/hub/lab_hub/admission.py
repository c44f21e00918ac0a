"""May this server start on this instance? The decision, and the queue in which starts ask for it, one after the other.

:func:`decide` is pure: yes, or a refusal with a sentence. Where another machine may take the user, its page has a button
that leads there. The balancer sends a browser to the same instance for a day, by its own cookie. The page itself can
forget that cookie, because duration-based cookies of a load balancer carry no HttpOnly flag:
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-sticky-sessions.html (said of the Classic Load Balancer;
should it not hold for an application load balancer, the button leads back here). The second name is the same for CORS.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

from hub_common.admission import Disk, Refuse, UserDisk, refuse_for_files, refuse_for_maintenance
from hub_common.engine_client import ENGINE_ERRORS
from hub_common.settings import GIB, gib
from hub_common.spawning import Refused

log = logging.getLogger("lab_hub.admission")
# Left of what the kernel reports for the system, the engine, the hub and its proxy. The stack's guard against too small
# instances (stacks/settings/scaling_guards.py) takes 1.5 GiB off the type's nominal size, of which the kernel keeps a part.
SYSTEM_RESERVE = GIB
# Homes on the instance's own disk share it with the engine's images. EFS grows, and is never full: there quotas count.
DISK_PERCENT = 90
ENGINE_AWAY = Refuse(
    limit="engine",
    sentence="The container engine of this machine does not answer. Your files are untouched. Try again in a minute; if it "
    "stays so, tell the administrators.",
)
# Refusals of this machine that say nothing about the others.
REFUSED_HERE_ONLY = {"draining", "machine_full", "engine"}
BALANCER_COOKIES = ("AWSALB", "AWSALBCORS")
LONGEST_SENTENCE = 1000


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was observed. ``draining_sentence`` is what users are told while it drains, empty for the usual.

    ``others`` are other users' servers here that run or start; memory is in bytes.
    ``closed`` says why this user may start nothing now, because of maintenance.
    """

    draining: bool
    draining_sentence: str = ""
    others: int
    memory: int
    disk: Disk
    user_disk: UserDisk
    closed: str = ""


def decide(user_memory: int, seen: Situation) -> Refuse | None:
    """Return why a server of ``user_memory`` bytes may not start; None when it may."""
    if seen.closed:
        return refuse_for_maintenance(seen.closed)
    if seen.draining:
        return Refuse(
            limit="draining",
            sentence=seen.draining_sentence
            or "This machine of the Lab is about to be switched off, so no server starts on it any more. Another "
            "machine takes you, with the same files.",
        )
    return refuse_for_files(seen.disk, seen.user_disk, DISK_PERCENT) or _room(user_memory, seen)


def _room(user_memory: int, seen: Situation) -> Refuse | None:
    all_places = places(seen.memory, user_memory)
    if all_places == 0:
        return Refuse(
            limit="machine_memory",
            sentence=f"A server needs {gib(user_memory)}, more than this machine of {gib(seen.memory)} has to give. Ask the "
            "administrators for a larger instance_type or a smaller user_memory_gib.",
        )
    if seen.others >= all_places:
        return Refuse(
            limit="machine_full",
            sentence=f"All {all_places} places on this machine are taken. Another machine takes you, with the same files; "
            "if none has room yet, one is on its way: try again in some minutes.",
        )
    return None


def places(memory: int, user_memory: int) -> int:
    """Return how many servers of ``user_memory`` bytes an instance of ``memory`` bytes takes."""
    return max(0, memory - SYSTEM_RESERVE) // user_memory


class AdmissionQueue:
    """Admits starts. ``see_servers`` names the servers that run; memory is in bytes, ``memory`` that of the instance.

    ``on_start`` is told with each start how many places stay free here.
    """

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
        on_start: Callable[[int], None] = lambda _free: None,
    ) -> None:
        self._user_memory = user_memory
        self._memory = memory
        self._draining_flag = draining_flag
        self._see_servers = see_servers
        self._see_disk = see_disk
        self._on_refusal = on_refusal
        self._closed = closed
        self._on_start = on_start
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
                draining_sentence=sentence_while_draining(self._draining_flag),
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
            self._on_start(max(0, self.places - len(others) - 1))
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
        here_only = refusal.limit in REFUSED_HERE_ONLY
        return Refused(refusal, html=with_link_to_another_machine(refusal.sentence) if here_only else "")


def sentence_while_draining(flag: Path) -> str:
    """Return what the session agent wrote into its flag for users, empty when it wrote nothing or lowered it."""
    try:
        return flag.read_text(encoding="utf-8")[:LONGEST_SENTENCE].strip()
    except (OSError, UnicodeDecodeError):
        return ""


def with_link_to_another_machine(sentence: str) -> str:
    """Return the sentence as HTML, and a button that forgets this machine and asks the balancer anew."""
    forget = "".join(f"document.cookie='{name}=; Path=/; Max-Age=0';" for name in BALANCER_COOKIES)
    return (
        f'{escape(sentence)}</p><p><button type="button" class="btn btn-jupyter" '
        f"onclick=\"{forget}location.assign('/hub/')\">Try another machine</button>"
    )
