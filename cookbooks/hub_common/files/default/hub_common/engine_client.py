"""Docker's client, which speaks the version of the API that the engine speaks now."""

from __future__ import annotations

import re
from typing import Any

import docker
import requests
from docker.constants import MINIMUM_DOCKER_API_VERSION
from docker.errors import DockerException

# How an engine refuses, and how one that is away shows.
ENGINE_ERRORS = (DockerException, requests.RequestException)

BAD_REQUEST = 400
# What an engine answers to a version that it does not serve, before it does anything with the request:
# https://docs.docker.com/reference/api/engine/#deprecated-api-versions
OTHER_VERSION = re.compile(r"client version \S+ is too (?:old|new)")


class EngineClient(docker.APIClient):  # type: ignore[misc]  # docker has no types
    """Docker's ``APIClient``, which asks for the engine's version at its first call, and again when that has changed.

    The engine may still be starting when this is made, and may be upgraded while it is in use: engines from 29 on refuse
    what older ones wanted.
    """

    def __init__(self, **named: Any) -> None:
        super().__init__(**named, version=MINIMUM_DOCKER_API_VERSION)
        self._agreed: str | None = None

    @property
    def _version(self) -> str:
        if self._agreed is None:
            self._agreed = str(self.version(api_version=False)["ApiVersion"])
        return self._agreed

    @_version.setter
    def _version(self, version: str) -> None:
        self._agreed = version

    def request(self, method: str, url: str, **named: Any) -> Any:
        """Send a request; one that was refused for its version is sent again with the engine's own."""
        answer = super().request(method, url, **named)
        if answer.status_code != BAD_REQUEST or not OTHER_VERSION.search(answer.text):
            return answer
        was, self._agreed = self._version, None
        before, after = f"{self.base_url}/v{was}/", f"{self.base_url}/v{self._version}/"
        if before == after or not url.startswith(before):
            return answer
        return super().request(method, after + url.removeprefix(before), **named)


def connect(*, timeout: int, **named: Any) -> EngineClient:
    """Return a client of the engine that ``DOCKER_HOST`` names, by default the machine's own socket."""
    return EngineClient(**docker.utils.kwargs_from_env(), timeout=timeout, **named)
