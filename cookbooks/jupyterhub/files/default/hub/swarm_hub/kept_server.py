"""A server that runs is left alone while Docker or the shared files are in trouble, also when the hub is restarted then.

JupyterHub stops what it cannot ask for at its start: a server whose ``poll`` fails, and one that does not answer at once.
Here both mean that nothing is known, and nothing is stopped.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jupyterhub

from swarm_hub.engine_client import ENGINE_ERRORS

# How long a server may take to answer a hub that has just started.
CHECK_SECONDS = 10


class KeptServer:
    """Mixed into a spawner; :meth:`look` takes the place of ``poll``, and may raise what Docker raises."""

    log: Any
    server: Any
    _log_name: str
    _check_pending: bool

    async def look(self) -> str | int | None:
        """Return None while the server lives, else why it has ended."""
        raise NotImplementedError

    async def poll(self) -> str | int | None:
        """Return None while the server lives, or while nobody can tell; else why it has ended."""
        try:
            return await self.look()
        except ENGINE_ERRORS as error:
            self.log.warning("Docker does not answer, so %s is taken as alive: %s", self._log_name, error)
            return None

    async def get_url(self) -> str:
        """Return the server's URL. JupyterHub asks when it starts, before it stops a server that does not answer."""
        if self._check_pending and self.server:
            self.server.wait_up = self._answer_or_life
        return str(await super().get_url())  # type: ignore[misc]  # the spawner has it

    async def _answer_or_life(self, *, timeout: float, **options: Any) -> Any:
        """Wait for an answer; where there is none, that the server lives will do."""
        del self.server.wait_up  # the next wait is JupyterHub's own again
        try:
            return await self.server.wait_up(timeout=min(timeout, CHECK_SECONDS), **options)
        except Exception as error:
            if await self.poll() is not None:
                raise
            self.log.warning("%s runs, but does not answer, and is left alone: %s", self._log_name, error)
            return SimpleNamespace(headers={"X-JupyterHub-Version": jupyterhub.__version__})
