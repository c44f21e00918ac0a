"""The spawner: each user's server is a container on this instance, admitted first, followed until it answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from docker.errors import APIError, ImageNotFound
from dockerspawner import DockerSpawner
from jupyterhub.utils import url_path_join

from hub_common.engine_client import ENGINE_ERRORS
from hub_common.spawner import HubSpawner
from hub_common.spawning import Refused, not_started, over_quota, too_slow
from hub_common.user_files import HOME
from lab_hub.containers import create_arguments, host_arguments
from lab_hub.services import LabServices
from lab_hub.settings import START_SECONDS
from lab_hub.spawner_traits import closed_folders, trait_rules

KILLED = 137


class LabDockerSpawner(HubSpawner):
    """One container per user, with the user's own directory from the homes.

    What differs from its base class: it asks for admission, mounts the user's directory, closes the container in, and ends
    the wait for a server that has died with the reason.
    """

    trait_rules = staticmethod(trait_rules)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._home: Path | None = None
        self._in_use: dict[str, Any] = {}

    @property
    def services(self) -> LabServices:
        """What all spawners of this hub share."""
        services: LabServices = self.shared_services.get()
        return services

    @property
    def quota(self) -> int:
        """What the user's directory may take, in bytes; 0 is no limit."""
        return self.services.settings.user_disk

    @property
    def closed_folders(self) -> tuple[str, ...]:
        """Folders of the instance that hold what belongs to the hub or to others."""
        return closed_folders(self.services.settings)

    @property
    def volume_binds(self) -> dict[str, Any]:
        """What is mounted by docker's option binds: the operator's volumes, and the user's directory at a start."""
        binds: dict[str, Any] = super().volume_binds
        return {**binds, str(self._home): {"bind": HOME, "mode": "rw"}} if self._home else binds

    @property
    def client(self) -> Any:
        """Docker's client, one for all spawners; the base class makes one that does not survive Docker's upgrade."""
        return self.services.containers.client

    async def start(self) -> tuple[str, int]:
        """Start the server; return address and port once it answers. Raises Refused when it may not or cannot start."""
        self.steps.clear()
        self._home = None
        self._in_use = await self.checked_traits()
        used = await self.counted_disk()
        async with self.services.admission.admitted(self.object_name, used, admin=bool(self.user.admin)):
            if used.over:
                self.steps.tell(over_quota(used))
            self._home = await self.directory_below(Path(self.services.settings.homes.mount_point))
            address, port = await self._started()
        self.steps.tell("Your server starts")
        try:
            await asyncio.wait_for(self._answering(address, port), START_SECONDS)
        except TimeoutError as error:
            raise Refused(too_slow(START_SECONDS)) from error
        return address, port

    async def _started(self) -> tuple[str, int]:
        try:
            address, port = await super().start()
        except ImageNotFound as error:
            self.log.error("the notebook image is missing on this instance: %s", error)
            raise Refused(not_started("the image of the servers is missing on this machine")) from error
        except ENGINE_ERRORS as error:
            self.log.error("Docker did not start %s: %s", self.object_name, error)
            raise Refused(not_started("the container engine of this machine refuses it")) from error
        return str(address), int(port)

    async def create_object(self) -> Any:
        """Create the container with the operator's additions and what is the hub's, which counts where both say something."""
        create, host = self._in_use["extra_create_kwargs"], self._in_use["extra_host_config"]
        ours = create_arguments(self.user.name)
        labels = {**create.get("labels", {}), **ours["labels"]}
        used = {
            "extra_create_kwargs": {**ours, **create, "labels": labels},
            "extra_host_config": {**host, **host_arguments(self.services.settings.user_memory)},
        }
        configured = {name: getattr(self, name) for name in used}
        try:
            for name, value in used.items():
                self.set_trait(name, value)
            return await super().create_object()
        finally:
            for name, value in configured.items():
                self.set_trait(name, value)

    async def _answering(self, address: str, port: int) -> None:
        """Return when the server answers; raise Refused as soon as it is clear that it never will."""
        url = url_path_join(f"http://{address}:{port}", self.server.base_url, "api")
        with self.services.answers.starting():
            await self.services.answers.wait(url, self._still_running)

    async def _still_running(self) -> None:
        if (reason := await self._ended()) is not None:
            raise Refused(not_started(reason))

    async def _ended(self) -> str | None:
        """Return why the container has ended, None while it runs, or while Docker does not say."""
        try:
            container = await self.get_object()
        except ENGINE_ERRORS:
            return None
        if not container:
            return "its container is gone"
        state = container["State"]
        if state["Running"]:
            return None
        if state["OOMKilled"] or state["ExitCode"] == KILLED:
            return "it was killed, most likely because it used more memory than it may"
        return f"it ended with exit code {state['ExitCode']}; the log of this machine's hub may say more"

    async def get_object(self) -> dict[str, Any] | None:
        """Return what Docker says of the container, None when there is none.

        The base class also takes an engine's error 500 for a container that is gone, and would give it up.
        """
        try:
            found: dict[str, Any] = await self.docker("inspect_container", self.object_name)
        except APIError as error:
            if error.response is None or error.response.status_code != 404:
                raise
            self.object_id = ""
            return None
        self.object_id = found[self.object_id_key]
        return found

    async def look(self) -> str | int | None:
        """Return None while the server lives, else why it has ended."""
        status: str | int | None = await DockerSpawner.poll(self)
        if status is None:
            self.recount_sometimes()
        return status

    async def stop(self, now: bool = False) -> None:
        """Stop the server; return when its container is gone, so that the next start meets no old one."""
        await super().stop(now)
        self.recount()
