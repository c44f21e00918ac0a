"""One look at the Swarm for all who ask at about the same time, with what the hub itself has changed since.

A look lists all services and tasks: with a thousand servers these are megabytes. A crowd that starts would look for each
start, and each server that runs would be asked for by itself; the hub would read lists and answer nobody. So looks are
shared while they are new. A service that this hub has created since a look began is added to it, and one that it has removed is
taken out, so that whoever decides never promises a place twice.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Listed = list[dict[str, Any]]

LOOK_SECONDS = 0.5
# With a large Swarm a look takes longer. At most a fifth of the time goes into looking, and no look is older than this.
SHARE = 5.0
OLDEST_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the engine listed: its nodes, the services of notebooks, and the tasks that are wanted or still end."""

    nodes: Listed
    services: Listed
    tasks: Listed


# Long parts of a container's description that only its engine needs.
_LONG = ("Args", "Command", "Env", "Mounts", "Configs", "Secrets", "Healthcheck")
_pauses = threading.Lock()
_paused = 0


@contextmanager
def without_collection() -> Iterator[None]:
    """Let Python not look for garbage while long lists are read and shortened, in whichever thread.

    Each list makes some hundred thousand objects that are gone a moment later by themselves. Python's collector takes them
    for long-lived ones, and looks through all that the hub holds, every few seconds and for up to a second.
    """
    global _paused
    with _pauses:
        _paused += 1
        gc.disable()
    try:
        yield
    finally:
        with _pauses:
            _paused -= 1
            if not _paused:
                gc.enable()


def shortened(listed: Listed) -> Listed:
    """Return services or tasks without what nobody asks of many of them at once."""
    for one in listed:
        one.pop("NetworksAttachments", None)
        one.pop("Endpoint", None)
        one.pop("Volumes", None)
        spec: dict[str, Any] = one.get("Spec") or {}
        template: dict[str, Any] = spec.get("TaskTemplate") or spec
        container: dict[str, Any] = template.get("ContainerSpec") or {}
        for name in _LONG:
            container.pop(name, None)
    return listed


class SharedLook:
    """The last look, and what has changed since. ``ask`` looks anew."""

    def __init__(
        self, ask: Callable[[], Awaitable[Look]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._asking: asyncio.Task[None] | None = None
        self._last: Look | None = None
        self._changed: Look | None = None
        self._began = self._took = 0.0
        # By name: when the engine had done it, and for what was created, the service as the engine would list it.
        self._created: dict[str, tuple[float, dict[str, Any]]] = {}
        self._removed: dict[str, float] = {}

    def note_created(self, identity: str, arguments: Mapping[str, Any]) -> None:
        """Take note that the engine has created a service with these arguments of docker's ``create_service``."""
        name = str(arguments["name"])
        spec = {
            "Name": name,
            "Labels": dict(arguments.get("labels") or {}),
            "TaskTemplate": dict(arguments["task_template"]),
        }
        self._created[name] = (self._clock(), {"ID": identity, "Spec": spec})
        self._removed.pop(name, None)
        self._changed = None

    def note_removed(self, name: str) -> None:
        """Take note that the engine has removed a service."""
        self._created.pop(name, None)
        self._removed[name] = self._clock()
        self._changed = None

    async def look(self, oldest: float | None = None) -> Look:
        """Return a look that is not older than so many seconds; by default as old as the Swarm's size makes sensible.

        Raises what ``ask`` raises, to all who waited for it: an engine that hangs is not waited for by one after the other.
        """
        if self._last is None or self._clock() - self._began > self._oldest(oldest):
            if self._asking is None:
                self._asking = asyncio.create_task(self._renew())
                self._asking.add_done_callback(self._asked)
            await asyncio.shield(self._asking)
        assert self._last is not None  # noqa: S101 - it was asked for
        if self._changed is None:
            self._changed = self._with_changes(self._last)
        return self._changed

    def _oldest(self, wanted: float | None) -> float:
        return min(OLDEST_SECONDS, max(LOOK_SECONDS, SHARE * self._took)) if wanted is None else wanted

    async def _renew(self) -> None:
        began = self._clock()
        look = await self._ask()
        self._last, self._changed = look, None
        self._began, self._took = began, self._clock() - began
        # What was done before the look began is in it.
        self._created = {name: one for name, one in self._created.items() if one[0] >= began}
        self._removed = {name: at for name, at in self._removed.items() if at >= began}

    def _asked(self, asking: asyncio.Task[None]) -> None:
        self._asking = None
        if not asking.cancelled():
            asking.exception()  # told to those who waited; if all have gone, to nobody

    def _with_changes(self, last: Look) -> Look:
        if not (self._created or self._removed):
            return last
        gone = self._removed.keys() | self._created.keys()
        services = [service for service in last.services if service["Spec"]["Name"] not in gone]
        listed = {service["ID"]: service for service in last.services}
        # A look that was under way may have it already, with more words.
        services += [listed.get(service["ID"], service) for _, service in self._created.values()]
        return Look(nodes=last.nodes, services=services, tasks=last.tasks)
