"""The users' servers on this instance: containers with the label that all of the project's notebook servers have."""

from __future__ import annotations

from typing import Any

from docker.errors import NotFound

from swarm_hub import engine_client
from swarm_hub.cluster import KIND_LABEL, NOTEBOOK

CALL_SECONDS = 20


def connect() -> Any:
    """Return a client of the engine that ``DOCKER_HOST`` names, by default the instance's own socket."""
    return engine_client.connect(timeout=CALL_SECONDS)


class Containers:
    """The running servers, by the names of their containers; ``client`` is docker's ``APIClient``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def names(self) -> set[str]:
        """Return the names of all that run."""
        found = self._client.containers(filters={"label": f"{KIND_LABEL}={NOTEBOOK}"})
        return {name.removeprefix("/") for container in found for name in container["Names"]}

    def remove(self, name: str) -> None:
        """End one, and remove what is left of it; one that is gone already is no error."""
        try:
            self._client.remove_container(name, force=True, v=True)
        except NotFound:
            return
