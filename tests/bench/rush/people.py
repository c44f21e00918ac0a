"""The load: users who log in and start servers, and questions at a steady rate whose answers are timed."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from tests.bench.rush.hubs import HOSTNAME, RushedHub
from tests.support.hub_client import OneAddress

START_SECONDS = 120.0
AT_ONCE = 16  # starts of the preparation


@dataclass(kw_only=True)
class Times:
    """Seconds by kind of request; ``starts`` from the request to a server that is ready; ``failed`` are sentences."""

    requests: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    starts: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[float]:
        return [one for taken in self.requests.values() for one in taken]


def percentile(values: list[float], percent: int) -> float:
    """Return the value that so many percent of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)] if ordered else float("nan")


class People:
    """All users of one hub."""

    def __init__(self, hub: RushedHub) -> None:
        self._hub = hub
        self._base = f"http://{HOSTNAME}:{hub.port}"
        self._api = aiohttp.ClientSession(
            connector=self._connector(), headers={"Authorization": f"token {hub.token}"}, trust_env=False
        )

    @staticmethod
    def _connector() -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(resolver=OneAddress("127.0.0.1"), use_dns_cache=False, limit=0)

    async def close(self) -> None:
        await self._api.close()

    # --- preparation ---

    async def prepare(self, names: list[str]) -> Times:
        """Make users, and start a server for each, some at once."""
        times = Times()
        async with self._api.post(f"{self._base}/hub/api/users", json={"usernames": names}) as answer:
            assert answer.status == 201, await answer.text()
        places = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> None:
            async with places:
                began = time.monotonic()
                async with self._api.post(f"{self._base}/hub/api/users/{name}/server") as answer:
                    if answer.status not in (201, 202):
                        times.failed.append(f"{name}: {answer.status} {(await answer.text())[:300]}")
                        return
                await self._follow(self._api, name, times, began, {})

        await asyncio.gather(*map(one, names))
        return times

    async def _follow(
        self, session: aiohttp.ClientSession, name: str, times: Times, began: float, headers: dict[str, str]
    ) -> None:
        """Follow the start as its page does; note how long it took, or why it failed."""
        try:
            async with asyncio.timeout(START_SECONDS):
                url = f"{self._base}/hub/api/users/{name}/server/progress"
                async with session.get(url, headers=headers) as answer:
                    async for line in answer.content:
                        event = json.loads(line[5:]) if line.startswith(b"data:") else {}
                        if event.get("ready"):
                            times.starts.append(time.monotonic() - began)
                            return
                        if event.get("failed"):
                            times.failed.append(f"{name}: {event.get('message')}")
                            return
                    times.failed.append(f"{name}: {answer.status}, and no end of the start")
        except (TimeoutError, aiohttp.ClientError) as error:
            times.failed.append(f"{name}: {error!r}")

    # --- the rush ---

    async def rush(self, names: list[str], seconds: float, times: Times) -> None:
        """Let all come within so many seconds, half of them within the first fifth."""
        began = time.monotonic()
        half = len(names) // 2
        comes = [seconds / 5 * n / max(1, half) for n in range(half)]
        comes += [
            seconds / 5 + seconds * 4 / 5 * n / max(1, len(names) - half) for n in range(len(names) - half)
        ]

        async def one(name: str, at: float) -> None:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            try:
                await self._visit(name, times)
            except (TimeoutError, aiohttp.ClientError, AssertionError) as error:
                times.failed.append(f"{name}: {error!r}")

        await asyncio.gather(*(one(name, at) for name, at in zip(names, comes, strict=True)))

    async def _visit(self, name: str, times: Times) -> None:
        async with self._browser() as browser:
            await self._login(browser, name, times)
            began = time.monotonic()
            headers = self._headers(browser)
            # Not timed: the hub waits a second for the server before it shows the page of the start.
            async with browser.get(
                f"{self._base}/hub/spawn/{name}", headers=headers, allow_redirects=False
            ) as answer:
                assert answer.status in (200, 302), f"{answer.status} {(await answer.text())[:300]}"
            await self._follow(browser, name, times, began, headers)

    async def _login(self, browser: aiohttp.ClientSession, name: str, times: Times) -> None:
        await self._timed(browser, "login page", "GET", "/hub/login", times)
        form = {"username": name, "password": self._hub.password, "_xsrf": self._xsrf(browser)}
        await self._timed(browser, "login", "POST", "/hub/login", times, data=form, expect=302)
        await self._timed(browser, "home", "GET", "/hub/home", times, headers=self._headers(browser))

    async def ask(self, names: list[str], pause: float, times: Times) -> None:
        """Ask for login page, home and API in turn until cancelled, at a steady rate, whatever the answers take."""
        async with self._browser() as browser, self._browser() as nobody, asyncio.TaskGroup() as group:
            await self._login(browser, names[0], Times())
            headers = self._headers(browser)
            turn = 0
            while True:
                name = names[turn % len(names)]
                kinds: tuple[tuple[aiohttp.ClientSession, str, str, dict[str, str]], ...] = (
                    (nobody, "login page", "/hub/login", {}),
                    (browser, "home", "/hub/home", headers),
                    (self._api, "API", f"/hub/api/users/{name}", {}),
                )
                session, kind, path, more = kinds[turn % len(kinds)]
                group.create_task(self._guarded(session, kind, path, times, more))
                turn += 1
                await asyncio.sleep(pause)

    async def _guarded(
        self, session: aiohttp.ClientSession, kind: str, path: str, times: Times, headers: dict[str, str]
    ) -> None:
        try:
            await self._timed(session, kind, "GET", path, times, headers=headers)
        except (TimeoutError, aiohttp.ClientError, AssertionError) as error:
            times.failed.append(f"{kind}: {error!r}")

    async def _timed(
        self,
        session: aiohttp.ClientSession,
        kind: str,
        method: str,
        path: str,
        times: Times,
        *,
        expect: int = 200,
        **options: Any,
    ) -> None:
        began = time.monotonic()
        async with session.request(method, self._base + path, allow_redirects=False, **options) as answer:
            text = await answer.text()
        assert answer.status == expect, f"{path}: {answer.status} {text[:300]}"
        times.requests[kind].append(time.monotonic() - began)

    @asynccontextmanager
    async def _browser(self) -> AsyncIterator[aiohttp.ClientSession]:
        async with aiohttp.ClientSession(connector=self._connector(), trust_env=False) as session:
            yield session

    def _xsrf(self, browser: aiohttp.ClientSession) -> str:
        cookies = browser.cookie_jar.filter_cookies(URL(f"{self._base}/hub/"))
        return cookies["_xsrf"].value if "_xsrf" in cookies else ""

    def _headers(self, browser: aiohttp.ClientSession) -> dict[str, str]:
        return {"X-XSRFToken": self._xsrf(browser), "Referer": f"{self._base}/hub/home"}
