"""A user of the Lab who logs in by script, as a browser would: through the balancer, with its cookies."""

import asyncio
import json
import socket
import ssl
import time
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from hubctl.core.command_line import typed
from hubctl.core.errors import HubctlError

REQUEST_SECONDS = 60.0
START_SECONDS = 400.0  # longer than the hub waits, which says more


class _OneAddress(AbstractResolver):
    """Leads every name to the balancer."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the address, whatever the name."""
        result = ResolveResult(
            hostname=host, host=self._address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
        )
        return [result]

    async def close(self) -> None:
        """Nothing to close."""


class Visitor:
    """One user; use it with ``async with``. Methods raise HubctlError when the Lab refuses."""

    def __init__(self, *, domain: str, address: str, certificate: str, user: str, password: str) -> None:
        self.user = user
        self._base = f"https://{domain}"
        self._address = address
        self._tls = ssl.create_default_context(cadata=certificate)
        self._password = password
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_OneAddress(self._address), ssl=self._tls),
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.close()

    async def login(self) -> None:
        """Log in by the test login."""
        await self._ask("GET", "/hub/login")
        form = {"username": self.user, "password": self._password, "_xsrf": self._xsrf()}
        status, page = await self._ask("POST", "/hub/login", data=form, allow_redirects=False)
        if status != 302:
            raise self._refused(f"was not let in ({status})", page)
        await self._ask("GET", "/hub/home")  # the session's own _xsrf cookie

    async def start(self) -> float:
        """Start the user's server; return after how many seconds it ran."""
        began = time.monotonic()
        path = f"/hub/api/users/{quote(self.user)}/server"
        status, answer = await self._ask("POST", path, json={})  # the hub takes JSON only
        if status not in (201, 202):
            raise self._refused(f"got no server ({status})", answer)
        while not (await self._model()).get("ready"):
            if time.monotonic() - began > START_SECONDS:
                raise self._refused(f"got no server within {START_SECONDS:.0f} s", "")
            await asyncio.sleep(0.5)
        return time.monotonic() - began

    async def since(self) -> str | None:
        """Return when the user's server was started, None when there is none."""
        return (await self._model()).get("started")

    async def stop(self) -> None:
        """Stop the user's server."""
        status, answer = await self._ask("DELETE", f"/hub/api/users/{quote(self.user)}/server")
        if status not in (202, 204, 404):
            raise self._refused(f"could not stop the server ({status})", answer)

    async def _model(self) -> dict[str, Any]:
        """Return what the hub says of the user's server; empty when there is none."""
        status, answer = await self._ask("GET", f"/hub/api/users/{quote(self.user)}")
        if status != 200:
            raise self._refused(f"is not known to the hub any more ({status})", answer)
        servers: dict[str, dict[str, Any]] = json.loads(answer)["servers"]
        return servers.get("", {})

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use a visitor inside its `async with` block")
        return self._session

    def _xsrf(self) -> str:
        return next(
            (
                cookie.value
                for cookie in self._open.cookie_jar
                if (cookie.key, cookie["path"]) == ("_xsrf", "/hub/")
            ),
            "",
        )

    async def _ask(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        headers = {"X-XSRFToken": self._xsrf(), "Referer": f"{self._base}/hub/home"}
        try:
            async with self._open.request(method, self._base + path, headers=headers, **options) as answer:
                return answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._refused(f"cannot reach the Lab ({type(error).__name__})", "") from error

    def _refused(self, what: str, answer: str) -> HubctlError:
        return HubctlError(
            f"{self.user} {what} {answer[:300]}".strip(),
            remedy=f"`{typed('local-lab status', root=True)}` says more.",
        )
