"""A user of a trial who logs in by script, as a browser would: through balancer or proxy, with their cookies."""

import asyncio
import contextlib
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator
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
    """One user; use it with ``async with``. Methods raise HubctlError when the hub refuses; ``trial`` is its command."""

    def __init__(
        self,
        *,
        domain: str,
        address: str,
        certificate: str,
        user: str,
        password: str,
        trial: str = "local-lab",
    ) -> None:
        self.user = user
        self._trial = trial
        self._base = f"https://{domain}"
        self._address = address
        self._tls = ssl.create_default_context(cadata=certificate)
        self._password = password
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = self._new_session()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.close()

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_OneAddress(self._address), ssl=self._tls),
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
            trust_env=False,
        )

    async def forget(self) -> None:
        """Forget all cookies, also the balancer's, which leads to one machine: the next login may be at another."""
        await self._open.close()
        self._session = self._new_session()

    async def login(self) -> None:
        """Log in by the test login."""
        await self.ask("GET", "/hub/login")
        form = {"username": self.user, "password": self._password, "_xsrf": self._xsrf("/hub/login")}
        status, page = await self.ask("POST", "/hub/login", data=form, allow_redirects=False)
        if status != 302:
            raise self.refusal(f"was not let in ({status})", page)
        await self.ask("GET", "/hub/home")  # the session's own _xsrf cookie

    async def start(self) -> float:
        """Start the user's server; return after how many seconds it ran."""
        began = time.monotonic()
        path = f"/hub/api/users/{quote(self.user)}/server"
        status, answer = await self.ask("POST", path, json={})  # the hub takes JSON only
        if status not in (201, 202):
            raise self.refusal(f"got no server ({status})", answer)
        while not (await self._model()).get("ready"):
            if time.monotonic() - began > START_SECONDS:
                raise self.refusal(f"got no server within {START_SECONDS:.0f} s", "")
            await asyncio.sleep(0.5)
        return time.monotonic() - began

    async def since(self) -> str | None:
        """Return when the user's server was started, None when there is none."""
        return (await self._model()).get("started")

    async def stop(self) -> None:
        """Stop the user's server."""
        status, answer = await self.ask("DELETE", f"/hub/api/users/{quote(self.user)}/server")
        if status not in (202, 204, 404):
            raise self.refusal(f"could not stop the server ({status})", answer)

    async def _model(self) -> dict[str, Any]:
        """Return what the hub says of the user's server; empty when there is none."""
        status, answer = await self.ask("GET", f"/hub/api/users/{quote(self.user)}")
        if status != 200:
            raise self.refusal(f"is not known to the hub any more ({status})", answer)
        servers: dict[str, dict[str, Any]] = json.loads(answer)["servers"]
        return servers.get("", {})

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use a visitor inside its `async with` block")
        return self._session

    def _xsrf(self, path: str) -> str:
        """Return the cookie of the page that would ask: each server has its own, below its path."""
        fitting = [
            cookie
            for cookie in self._open.cookie_jar
            if cookie.key == "_xsrf" and path.startswith(cookie["path"] or "/")
        ]
        return max(fitting, key=lambda cookie: len(cookie["path"])).value if fitting else ""

    def _headers(self, path: str) -> dict[str, str]:
        return {"X-XSRFToken": self._xsrf(path), "Referer": f"{self._base}/hub/home"}

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Make a request as a page of the hub would; return status and body."""
        try:
            async with self._open.request(
                method, self._base + path, headers=self._headers(path), **options
            ) as answer:
                return answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self.refusal(f"cannot reach the hub ({type(error).__name__})", "") from error

    @contextlib.asynccontextmanager
    async def request(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """Make a request whose answer is read piece by piece."""
        try:
            async with self._open.request(
                method, self._base + path, headers=self._headers(path), **options
            ) as answer:
                yield answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self.refusal(f"cannot reach the hub ({type(error).__name__})", "") from error

    @contextlib.asynccontextmanager
    async def websocket(self, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a websocket of the user's server, as JupyterLab does."""
        address = f"{self._base.replace('https', 'wss')}{path}"
        async with self._open.ws_connect(address, origin=self._base, max_msg_size=0) as channel:
            yield channel

    def refusal(self, what: str, answer: str) -> HubctlError:
        """Return the error that says what happened to this user."""
        return HubctlError(
            f"{self.user} {what} {answer[:300]}".strip(),
            remedy=f"`{typed(f'{self._trial} status', root=True)}` says more.",
        )
