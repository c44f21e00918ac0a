"""What the spawners of both hubs do alike, whatever their servers run as.

They share one set of services, count and make the user's directory, and tell a server its files' folder and quota. Traits
that hooks, groups or users' options have set are checked before anything is made of them.

A server that runs is left alone while Docker or the shared files are in trouble, also when the hub is restarted then.
JupyterHub stops what it cannot ask for at its start: a server whose ``poll`` fails, and one that does not answer at once.
Here both mean that nothing is known, and nothing is stopped.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jupyterhub
from dockerspawner import DockerSpawner
from traitlets import Instance

from hub_common.accounting import user_disk
from hub_common.admission import UserDisk
from hub_common.engine_client import ENGINE_ERRORS
from hub_common.names import directory_name, service_name
from hub_common.services import SharedServices, StartedOnce
from hub_common.spawner_traits import TraitRule, copied, problems_at_start, refused_names
from hub_common.spawning import Progress, Refused, no_directory, wrong_traits
from hub_common.user_files import HOME, make_user_directory

DIRECTORY_SECONDS = 15.0
# A running server's directory is counted again after so long.
RECOUNT_SECONDS = 900.0
# How long a server may take to answer a hub that has just started.
ANSWER_AFTER_RESTART_SECONDS = 10


class HubSpawner(DockerSpawner):  # type: ignore[misc]  # dockerspawner has no types
    """First base of both spawners, before dockerspawner's class; :meth:`look` takes the place of ``poll``."""

    shared_services = Instance(StartedOnce, help="Services that all spawners of the hub share").tag(
        config=True
    )

    directory_words = "Your directory"  # how a sentence to its user begins

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = Progress()
        refused = [name for name in refused_names(self.trait_rules(())) if self.has_trait(name)]
        self._configured = {name: copied(getattr(self, name)) for name in refused}

    @property
    def services(self) -> SharedServices:
        """What all spawners of this hub share."""
        services: SharedServices = self.shared_services.get()
        return services

    @property
    def quota(self) -> int:
        """What the user's directory may take, in bytes; 0 is no limit."""
        raise NotImplementedError

    @staticmethod
    def trait_rules(closed: Sequence[str]) -> Mapping[str, TraitRule]:
        """Return what is done with each trait; ``closed`` are folders that are not mounted into servers."""
        raise NotImplementedError

    @property
    def closed_folders(self) -> tuple[str, ...]:
        """Folders of the host that hold what belongs to the hub or to others."""
        raise NotImplementedError

    async def look(self) -> str | int | None:
        """Return None while the server lives, else why it has ended; may raise what Docker raises."""
        raise NotImplementedError

    def _object_name_default(self) -> str:
        return service_name(self.user.name)

    # --- start ---

    async def checked_traits(self) -> dict[str, Any]:
        """Return the values that this start uses: functions are called, the names of volumes filled in.

        Raises Refused when a value cannot be used; the log says which and why.
        """
        rules = self.trait_rules(self.closed_folders)
        values = {name: getattr(self, name) for name in rules if self.has_trait(name)}
        values |= {"volumes": self.volume_binds, "read_only_volumes": {}}
        for name in ("extra_create_kwargs", "extra_host_config"):
            found = self._eval_if_callable(values[name])
            values[name] = await found if inspect.isawaitable(found) else found
        problems = problems_at_start(values, self._configured, rules)
        if problems:
            self.log.error("%s does not start: %s", self._log_name, "; ".join(problems))
            raise Refused(wrong_traits())
        return values

    async def counted_disk(self) -> UserDisk:
        """Return what the user's directory takes, by a new count where the last one would refuse the start."""
        return await user_disk(self.services.accounting, directory_name(self.user.name), self.quota)

    async def directory_below(self, folder: Path, before: Callable[[], None] | None = None) -> Path:
        """Return the user's directory, made unless it exists; raise Refused when the file system does not answer.

        ``before`` is called in the same thread, for what else must be there.
        """

        def make() -> Path:
            if before is not None:
                before()
            return make_user_directory(folder, self.user.name)

        try:
            return await asyncio.wait_for(asyncio.to_thread(make), DIRECTORY_SECONDS)
        except (OSError, TimeoutError) as error:
            self.log.error("no directory for %s: %s", self.user.name, error or "no answer")
            raise Refused(no_directory(self.directory_words)) from error

    def get_env(self) -> dict[str, str]:
        """Return the server's environment; its files' folder and quota are in it too."""
        environment: dict[str, str] = super().get_env()
        return {**environment, "HOME": HOME, **({"DISK_QUOTA": str(self.quota)} if self.quota else {})}

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the start page shows, until the start ends."""
        async for event in self.steps.events():
            yield event

    # --- life and end ---

    def recount(self) -> None:
        """Have the user's directory counted, because its server has ended."""
        self.services.accounting.recount(directory_name(self.user.name))

    def recount_sometimes(self) -> None:
        """Have the user's directory counted now and then, while its server runs."""
        self.services.accounting.recount_if_older(directory_name(self.user.name), RECOUNT_SECONDS)

    async def poll(self) -> str | int | None:
        """Return None while the server lives, or while this is not known; else why it has ended."""
        try:
            return await self.look()
        except ENGINE_ERRORS as error:
            self.log.warning("Docker does not answer, so %s is taken as alive: %s", self._log_name, error)
            return None

    async def get_url(self) -> str:
        """Return the server's URL. JupyterHub asks when it starts, before it stops a server that does not answer."""
        if self._check_pending and self.server:
            self.server.wait_up = self._answer_or_life
        return str(await super().get_url())

    async def _answer_or_life(self, *, timeout: float, **options: Any) -> Any:
        """Wait for an answer; where there is none, that the server lives will do."""
        del self.server.wait_up  # the next wait is JupyterHub's own again
        try:
            return await self.server.wait_up(timeout=min(timeout, ANSWER_AFTER_RESTART_SECONDS), **options)
        except Exception as error:
            if await self.poll() is not None:
                raise
            self.log.warning("%s runs, but does not answer, and is left alone: %s", self._log_name, error)
            return SimpleNamespace(headers={"X-JupyterHub-Version": jupyterhub.__version__})
