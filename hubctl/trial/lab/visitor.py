"""A user of a trial who logs in by script, as a browser would: through balancer or proxy, with their cookies."""

import asyncio
import contextlib
import json
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from hubctl.core.command_line import typed
from hubctl.core.errors import HubctlError

REQUEST_SECONDS = 60.0
START_SECONDS = 400.0  # longer than the hub waits, which says more
# What browsers say of a page that they open, and of a request of its script: https://www.w3.org/TR/fetch-metadata/
# JupyterHub sets _xsrf with pages only, and wants it back with requests of scripts.
PAGE_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
}
SCRIPT_HEADERS = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
MOST_RELOADS = 20  # more than any hub asks for
_AT_ONCE = re.compile(r"<script>([^<]*)location\.reload\(\)</script>")
_FORGETS = re.compile(r"document\.cookie='([\w-]+)=; Path=/; Max-Age=0'")


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a browser shows in the end. ``url`` is where it is then, after all redirects."""

    status: int
    url: URL
    text: str

    @property
    def at_login(self) -> bool:
        """Whether it asks who the user is."""
        return self.url.path.startswith("/hub/login")

    @property
    def reloads(self) -> bool:
        """Whether its script deletes cookies and loads it anew, without being asked to."""
        return bool(_FORGETS.search("".join(_AT_ONCE.findall(self.text))))


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
        self.sent_on = 0  # how often an instance has sent this browser to another one

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
        """Log in by the test login, from the address that people know on."""
        await self.log_in(await self.open_page("/"))
        home = await self.open_page("/hub/home")  # the session's own _xsrf cookie
        if home.status != 200 or home.at_login:
            raise self.refusal(f"was let in, and is not known afterwards ({home.status})", home.text)

    async def open_page(self, address: str | URL) -> Page:
        """Open a page, and do what its script does: forget cookies, and ask for the same address again."""
        url = self._base + address if isinstance(address, str) else address
        for _ in range(MOST_RELOADS):
            async with self._request("GET", url, PAGE_HEADERS) as answer:
                page = Page(status=answer.status, url=answer.url, text=await answer.text())
            if not page.reloads:
                return page
            self.sent_on += 1
            self.forget(page.text)
            url = page.url
        raise self.refusal("is sent from machine to machine", "")

    async def log_in(self, page: Page) -> URL:
        """Send the form of the login's page; return the address to which it leads."""
        form = {"username": self.user, "password": self._password, "_xsrf": self._xsrf("/hub/login")}
        async with self._request("POST", page.url, PAGE_HEADERS, data=form, allow_redirects=False) as answer:
            if answer.status != 302:
                raise self.refusal(f"was not let in ({answer.status})", await answer.text())
            return page.url.join(URL(answer.headers["Location"]))

    def forget(self, text: str) -> bool:
        """Delete the cookies that a page deletes by script, such as the balancer's; tell whether it names any."""
        names = set(_FORGETS.findall(text))
        self._open.cookie_jar.clear(lambda cookie: cookie.key in names)
        return bool(names)

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
        return {
            **SCRIPT_HEADERS,
            "X-XSRFToken": self._xsrf(path),
            "Referer": f"{self._base}/hub/home",
        }

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Make a request as the script of a page would; return status and body."""
        async with self.request(method, path, **options) as answer:
            return answer.status, await answer.text()

    def request(
        self, method: str, path: str, **options: Any
    ) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Make a request as the script of a page would, whose answer is read piece by piece."""
        return self._request(method, self._base + path, self._headers(path), **options)

    @contextlib.asynccontextmanager
    async def _request(
        self, method: str, url: str | URL, headers: Mapping[str, str], **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._open.request(method, url, headers=headers, **options) as answer:
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
