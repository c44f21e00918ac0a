"""A user of the hub, as a browser is one: logs in, starts a server, edits files, runs code in a kernel."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
import uuid
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from tests.support.waiting import PATIENCE, SCENARIO_PATIENCE

SECONDS = SCENARIO_PATIENCE  # longer than the hub waits: what it says of a start that fails is to be heard


class OneAddress(AbstractResolver):
    """Leads every name to one address."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the address, whatever the name."""
        return [
            ResolveResult(
                hostname=host,
                host=self.address,
                port=port,
                family=family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing to close."""


class HubClient:
    """One user's browser. ``certificate`` is what the hub's certificate is checked against, in PEM."""

    def __init__(self, *, hostname: str, address: str, certificate: str, user: str, password: str) -> None:
        self.base = f"https://{hostname}"
        self.server_base = self.base  # where the user's own server is, once it was opened
        self.user = user
        self.password = password
        self._resolver = OneAddress(address)
        self._tls = ssl.create_default_context(cadata=certificate)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(resolver=self._resolver, ssl=self._tls, use_dns_cache=False)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=SECONDS), trust_env=False
        )
        return self

    def lead_to(self, address: str) -> None:
        """Let the hub's name lead elsewhere from now on, as when its record changed; cookies stay."""
        self._resolver.address = address

    def trust(self, certificate: str) -> None:
        """Trust another certificate too, in PEM."""
        self._tls.load_verify_locations(cadata=certificate)

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        await asyncio.sleep(0.05)  # TLS says goodbye

    @property
    def session(self) -> aiohttp.ClientSession:
        """The HTTP session with its cookies."""
        assert self._session is not None, "use the client inside its `async with` block"
        return self._session

    @property
    def home(self) -> str:
        """The path of the user's server."""
        return f"/user/{quote(self.user)}"

    def base_of(self, path: str) -> str:
        """Return scheme and host of a path of the hub, or of the user's server."""
        return self.server_base if path.startswith(f"{self.home}/") else self.base

    def _xsrf(self, path: str) -> str:
        """Return the _xsrf cookie that a browser would send to this path: the one of the longest path."""
        host = URL(self.base_of(path)).host
        fitting = [
            cookie
            for cookie in self.session.cookie_jar
            if cookie.key == "_xsrf" and cookie["domain"] == host and path.startswith(cookie["path"])
        ]
        return max(fitting, key=lambda cookie: len(cookie["path"])).value if fitting else ""

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Make a request with the cookies and headers of a page of the hub; return status and body."""
        headers = {
            "X-XSRFToken": self._xsrf(path),
            "Referer": f"{self.base_of(path)}/hub/home",
            **options.pop("headers", {}),
        }
        url = self.base_of(path) + path
        async with self.session.request(method, url, headers=headers, **options) as answer:
            return answer.status, await answer.text()

    async def login(self) -> None:
        """Log in with name and password; raise AssertionError when the hub does not let the user in."""
        await self.call("GET", "/hub/login")
        form = {"username": self.user, "password": self.password, "_xsrf": self._xsrf("/hub/login")}
        async with self.session.post(f"{self.base}/hub/login", data=form, allow_redirects=False) as answer:
            assert answer.status == 302, f"{self.user}: {answer.status} {(await answer.text())[:500]}"

    async def ask_for_server(self) -> tuple[int, str]:
        """Open the page that starts the server; return the last page's status and text."""
        return await self.call("GET", f"/hub/spawn/{quote(self.user)}")

    async def progress(self, seconds: float = SECONDS) -> list[dict[str, Any]]:
        """Follow the start's events to its end; raise AssertionError with what came when there is none in time."""
        path = f"/hub/api/users/{quote(self.user)}/server/progress"
        headers = {"X-XSRFToken": self._xsrf("/hub/"), "Referer": f"{self.base}/hub/home"}
        events: list[dict[str, Any]] = []
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self.session.get(self.base + path, headers=headers, timeout=timeout) as answer:
                if answer.status != 200:
                    return [{"failed": True, "message": f"{answer.status}: {await answer.text()}"}]
                async for line in answer.content:
                    if line.startswith(b"data:"):
                        events.append(json.loads(line[5:]))
                        if events[-1].get("ready") or events[-1].get("failed"):
                            break
        except TimeoutError:
            raise AssertionError(
                f"{self.user}: neither ready nor failed after {seconds:g} s: {events}"
            ) from None
        return events

    async def try_start(self, seconds: float = SECONDS) -> str:
        """Ask for the server and follow its start; return the sentence of a refusal, or nothing once it is ready."""
        deadline = time.monotonic() + seconds
        status, page = await self.ask_for_server()
        while True:
            if status != 200:  # refused before, or just after, the page of the start was shown
                assert status == 429, f"{self.user}: {status} {sentence_of(page)}"
                return sentence_of(page)
            if "jupyter-config-data" in page:
                return ""
            if 'id="progress-bar"' in page:
                last = (await self.progress(seconds))[-1]
                if last.get("ready"):
                    return ""
                if last.get("failed") and not str(last["message"]).startswith("400"):
                    return str(last["message"])
            else:  # between a start that has failed and the page that says so
                assert "Your server is stopping" in page, f"{self.user}: {sentence_of(page)}"
            assert time.monotonic() < deadline, f"{self.user}: neither started nor refused"
            await asyncio.sleep(0.3)
            status, page = await self.call("GET", f"/hub/spawn-pending/{quote(self.user)}")

    async def start_server(self, seconds: float = SECONDS) -> float:
        """Start the server and open it; return the seconds until JupyterLab's page was there."""
        began = time.monotonic()
        refusal = await self.try_start(seconds)
        assert not refusal, f"{self.user}: {refusal}"
        await self.open_lab()
        return time.monotonic() - began

    async def open_lab(self) -> None:
        """Open JupyterLab by its address on the hub, which logs the browser in to the user's own server, wherever it is."""
        async with self.session.get(f"{self.base}{self.home}/lab") as answer:
            status, page = answer.status, await answer.text()
            self.server_base = str(answer.url.origin())
        assert status == 200, f"{self.user}: {status} {page[:500]}"
        assert "jupyter-config-data" in page, page[:500]

    async def stop_server(self) -> None:
        """Stop the server and wait until the hub says that it has stopped."""
        path = f"/hub/api/users/{quote(self.user)}/server"
        status, text = await self.call("DELETE", path)
        assert status in (202, 204), f"{status} {text}"
        deadline = time.monotonic() + SECONDS
        while (await self.model())["server"] or (await self.model())["pending"]:
            assert time.monotonic() < deadline, "the server did not stop"
            await asyncio.sleep(0.2)

    async def model(self) -> dict[str, Any]:
        """Return what the hub says of this user."""
        status, text = await self.call("GET", f"/hub/api/users/{quote(self.user)}")
        assert status == 200, f"{status} {text[:300]}"
        model: dict[str, Any] = json.loads(text)
        return model

    async def write_file(self, name: str, text: str) -> None:
        """Save a text file through the contents API."""
        body = {"type": "file", "format": "text", "content": text}
        status, answer = await self.call("PUT", f"{self.home}/api/contents/{name}", json=body)
        assert status in (200, 201), f"{status} {answer[:300]}"

    async def read_file(self, name: str) -> str:
        """Read a text file through the contents API."""
        status, answer = await self.call("GET", f"{self.home}/api/contents/{name}")
        assert status == 200, f"{status} {answer[:300]}"
        return str(json.loads(answer)["content"])

    async def run_code(self, code: str, seconds: float = PATIENCE) -> str:
        """Run Python in a new kernel over the websocket; return what it printed, or the traceback."""
        kernel = await self.start_kernel()
        try:
            return await self.run_in(kernel, code, seconds)
        finally:
            await self.call("DELETE", f"{self.home}/api/kernels/{kernel}")

    async def start_kernel(self) -> str:
        """Start a Python kernel, which lives on; return its id."""
        status, answer = await self.call("POST", f"{self.home}/api/kernels", json={"name": "python3"})
        assert status == 201, f"{status} {answer[:300]}"
        return str(json.loads(answer)["id"])

    async def run_in(self, kernel: str, code: str, seconds: float = PATIENCE) -> str:
        """Run Python in a kernel that is there over the websocket; return what it printed, or the traceback."""
        return await asyncio.wait_for(self._execute(kernel, code), seconds)

    async def _execute(self, kernel: str, code: str) -> str:
        address = f"{self.server_base.replace('https', 'wss')}{self.home}/api/kernels/{kernel}/channels"
        said: list[str] = []
        async with self.session.ws_connect(address, origin=self.server_base, max_msg_size=0) as channel:
            request = uuid.uuid4().hex
            header = {
                "msg_id": request,
                "msg_type": "execute_request",
                "username": self.user,
                "session": request,
            }
            header |= {"version": "5.3", "date": "2026-01-01T00:00:00Z"}
            content = {
                "code": code,
                "silent": False,
                "store_history": False,
                "allow_stdin": False,
                "user_expressions": {},
            }
            message = {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "channel": "shell",
            }
            await channel.send_json(message)
            async for frame in channel:
                if frame.type != aiohttp.WSMsgType.TEXT:
                    raise AssertionError(f"the websocket ended: {frame}")
                answer = json.loads(frame.data)
                if answer.get("parent_header", {}).get("msg_id") != request:
                    continue
                kind, content = answer["msg_type"], answer["content"]
                if kind == "stream":
                    said.append(content["text"])
                elif kind == "error":
                    said.append("\n".join(content["traceback"]))
                elif kind == "status" and content["execution_state"] == "idle":
                    return "".join(said)
        raise AssertionError("the websocket ended before the kernel answered")


def sentence_of(page: str) -> str:
    """Return the message of a page of the hub's, such as that of an error."""
    places = (page.find(start) for start in ('<div class="error">', '<div class="text-center">', "<body"))
    start = next((place for place in places if place >= 0), 0)
    return " ".join(page[start : start + 1500].split())
