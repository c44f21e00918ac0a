"""Docker's API for asyncio: each call in a thread, bounded in time; what is not there is None or empty."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from docker.errors import APIError, NotFound

from swarm_hub import engine_client
from swarm_hub.cluster import KIND_LABEL, NOTEBOOK, Cluster, read_cluster

Answer = TypeVar("Answer")
THREADS = 8
CALL_SECONDS = 20


def connect() -> Any:
    """Return a client of the engine that ``DOCKER_HOST`` names, by default the leader's own socket."""
    # Threads share it: as many connections are kept as there are threads.
    return engine_client.connect(timeout=CALL_SECONDS, num_pools=THREADS)


class DockerCalls:
    """The calls that the hub makes. Errors are docker's own ``APIError``, but for what is not found."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="docker")

    async def _call(self, function: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*arguments, **named))

    async def service(self, name: str) -> dict[str, Any] | None:
        """Return a service, None when there is none of that name."""
        try:
            found: dict[str, Any] = await self._call(self._client.inspect_service, name)
        except NotFound:
            return None
        return found

    async def create_service(self, **arguments: Any) -> dict[str, Any]:
        """Create a service; return its id as ``ID``."""
        created: dict[str, Any] = await self._call(self._client.create_service, **arguments)
        return created

    async def remove_service(self, name: str) -> None:
        """Remove a service; one that is gone already is no error."""
        try:
            await self._call(self._client.remove_service, name)
        except NotFound:
            return

    async def tasks(self, service: str) -> list[dict[str, Any]]:
        """Return all tasks of a service, none when it is gone."""
        try:
            return await self._tasks({"service": service})
        except APIError as error:
            if error.response is not None and error.response.status_code == 404:
                return []
            raise

    async def tasks_by_id(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return those of the tasks that there still are; their service may be gone."""
        wanted = list(ids)
        return await self._tasks({"id": wanted}) if wanted else []

    async def nodes(self) -> list[dict[str, Any]]:
        """Return all nodes of the Swarm."""
        found: list[dict[str, Any]] = await self._call(self._client.nodes)
        return found

    async def notebook_services(self) -> list[dict[str, Any]]:
        """Return the services that are notebook servers."""
        filters = {"label": f"{KIND_LABEL}={NOTEBOOK}"}
        found: list[dict[str, Any]] = await self._call(self._client.services, filters=filters)
        return found

    async def cluster(self) -> Cluster:
        """Return workers and promises as they are now."""
        nodes, services, tasks = await asyncio.gather(
            self.nodes(),
            self.notebook_services(),
            self._tasks({"desired-state": ["running", "ready", "accepted"]}),
        )
        return read_cluster(nodes, services, tasks)

    async def _tasks(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._call(self._client.tasks, filters=filters)
        return found
