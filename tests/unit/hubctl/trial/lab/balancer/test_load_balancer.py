"""The balancer over real sockets: TLS, redirect, stickiness, headers, websockets, draining and its own error pages."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from hubctl.trial.hosts.shared_files import self_signed
from hubctl.trial.lab.balancer.description import BalancerDescription, Listener, Redirect
from hubctl.trial.lab.balancer.load_balancer import COOKIE, CORS_COOKIE, LocalBalancer
from hubctl.trial.lab.balancer.targets import check_target
from lab_hub.sending_on import PAGE
from tests.support.ports import held_port
from tests.support.waiting import PATIENCE
from tests.unit.hubctl.trial.lab.balancer.test_targets import GROUP

HOST = "127.0.0.1"
PATIENT = replace(GROUP, timeout=PATIENCE)  # the machine may be busy: no target is unhealthy for that
NAME = "hub.lab.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    for file, text in zip(files, self_signed(NAME), strict=True):
        file.write_text(text, encoding="utf-8")
    return files


class Backend:
    """An instance of a Lab, as far as a balancer can tell. ``sick`` makes its health check fail."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self.sick = False
        self.waits = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/hub/health", self._health)
        app.router.add_get("/ws", self._websocket)
        app.router.add_get("/slow", self._slow)
        app.router.add_route("*", "/{path:.*}", self._echo)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _health(self, request: web.Request) -> web.Response:
        del request
        return web.Response(status=503 if self.sick else 200)

    async def _echo(self, request: web.Request) -> web.Response:
        body = {
            "name": self.name,
            "path": request.raw_path,
            "headers": dict(request.headers),
            "body": await request.text(),
        }
        return web.json_response(body, headers={"Set-Cookie": "mine=1; Path=/"})

    async def _slow(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"begun ")
        await self.waits.wait()
        await answer.write(b"and ended")
        return answer

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        if "forbidden" in request.query:
            return web.Response(status=403, text="log in first")
        channel = web.WebSocketResponse(protocols=["v1.kernel.websocket.jupyter.org"])
        await channel.prepare(request)
        async for message in channel:
            if message.data == "bye":
                await channel.close(code=4001)
            elif message.type is aiohttp.WSMsgType.TEXT:
                await channel.send_str(f"{self.name}: {message.data}")
            else:
                await channel.send_bytes(message.data)
        return channel


class Balanced:
    """A site over two backends, and a browser."""

    def __init__(self, certificate: tuple[Path, Path]) -> None:
        self._ports = contextlib.ExitStack()
        self.http, self.https, *ports = (self._ports.enter_context(held_port()) for _ in range(4))
        to_https = Redirect(protocol="HTTPS", host="#{host}", port=str(self.https), path="/#{path}",
                            query="#{query}", status=301)  # fmt: skip
        listeners = (
            Listener(port=self.http, protocol="HTTP", target_group=None, redirect=to_https),
            Listener(port=self.https, protocol="HTTPS", target_group="hub", redirect=None),
        )
        description = BalancerDescription(idle_timeout=PATIENCE, listeners=listeners, groups={"hub": PATIENT})
        self.site = LocalBalancer(description, HOST, *certificate, speed=3000)  # a tenth of a second to drain
        self.backends = {name: Backend(name, port) for name, port in zip(("i-1", "i-2"), ports, strict=True)}
        self.targets = self.site.targets["hub"]
        self._tls = ssl.create_default_context(cafile=str(certificate[0]))
        self._tls.check_hostname = False
        self.base = f"https://{HOST}:{self.https}"

    def register(self, *names: str) -> None:
        self.site.update("hub", {name: (HOST, self.backends[name].port) for name in names})

    async def check_all(self, times: int = 1) -> None:
        assert self.site.client is not None
        for _ in range(times):
            for target in list(self.targets.known.values()):
                await check_target(target, self.targets, self.site.client)

    def browser(self) -> aiohttp.ClientSession:
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address, too
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._tls), cookie_jar=jar)

    async def __aenter__(self) -> Balanced:
        for backend in self.backends.values():
            await backend.start()
        await self.site.start()
        self.register(*self.backends)
        await self.check_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.site.stop()
        for backend in self.backends.values():
            await backend.stop()
        self._ports.close()


Scenario = Callable[[Balanced, aiohttp.ClientSession], Coroutine[Any, Any, None]]


@pytest.fixture
def play(certificate: tuple[Path, Path]) -> Callable[[Scenario], None]:
    """Return a function that plays a scenario with a balancer and a browser."""

    async def played(scenario: Scenario) -> None:
        async with Balanced(certificate) as balanced, balanced.browser() as browser:
            await asyncio.wait_for(scenario(balanced, browser), PATIENCE)

    return lambda scenario: asyncio.run(played(scenario))


async def who(balanced: Balanced, browser: aiohttp.ClientSession) -> str:
    async with browser.get(f"{balanced.base}/who") as answer:
        return str((await answer.json())["name"])


def test_http_is_sent_to_https(play: Callable[[Scenario], None]) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        url = f"http://{HOST}:{balanced.http}/hub/login?next=%2Fa"
        async with browser.get(URL(url, encoded=True), allow_redirects=False) as answer:
            assert answer.status == 301
            assert answer.headers["Location"] == f"https://{HOST}:{balanced.https}/hub/login?next=%2Fa"

    play(scenario)


def test_a_request_reaches_the_target_as_it_was_with_where_it_came_from(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        headers = {"Host": NAME, "X-Forwarded-For": "203.0.113.9", "Connection": "keep-alive"}
        url = f"{balanced.base}/user/a%40b/api?x=%20y"
        async with browser.put(URL(url, encoded=True), data="some text", headers=headers) as answer:
            got = await answer.json()
            cookies = answer.headers.getall("Set-Cookie")
        assert got["path"] == "/user/a%40b/api?x=%20y"
        assert got["body"] == "some text"
        assert got["headers"]["Host"] == NAME
        assert got["headers"]["X-Forwarded-For"] == f"203.0.113.9, {HOST}"
        assert got["headers"]["X-Forwarded-Proto"] == "https"
        assert got["headers"]["X-Forwarded-Port"] == str(balanced.https)
        assert [cookie.partition("=")[0] for cookie in cookies] == ["mine", "AWSALB", "AWSALBCORS"]
        assert all("i-1" not in cookie and "i-2" not in cookie for cookie in cookies)

    play(scenario)


def test_a_browser_stays_until_its_target_fails_and_then_with_the_next(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        first = await who(balanced, browser)
        assert {await who(balanced, browser) for _ in range(4)} == {first}
        async with balanced.browser() as other:
            assert await who(balanced, other) != first
        balanced.backends[first].sick = True
        await balanced.check_all(times=3)
        second = await who(balanced, browser)
        assert second != first
        balanced.backends[first].sick = False
        await balanced.check_all(times=2)
        assert await who(balanced, browser) == second

    play(scenario)


def test_a_browser_that_an_instance_sends_on_reaches_the_other(play: Callable[[Scenario], None]) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        first = await who(balanced, browser)
        assert {await who(balanced, browser) for _ in range(3)} == {first}
        # The balancer sets them with each answer, also with one that deletes them: so the page does it.
        named = set(re.findall(r"document\.cookie='(\w+)=; Path=/; Max-Age=0'", PAGE))
        assert {COOKIE, CORS_COOKIE} <= named
        browser.cookie_jar.clear(lambda cookie: cookie.key in named)
        assert await who(balanced, browser) != first

    play(scenario)


def test_without_a_healthy_target_there_is_a_page_that_says_so(play: Callable[[Scenario], None]) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        for backend in balanced.backends.values():
            backend.sick = True
        await balanced.check_all(times=3)
        async with browser.get(f"{balanced.base}/") as answer:
            assert answer.status == 503
            assert "No instance of the Lab is ready yet" in await answer.text()

    play(scenario)


def test_a_target_that_died_between_two_checks_makes_a_502(play: Callable[[Scenario], None]) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        first = await who(balanced, browser)
        await balanced.backends[first].stop()
        async with browser.get(f"{balanced.base}/") as answer:
            assert answer.status == 502
        await balanced.backends[first].start()

    play(scenario)


def test_websockets_pass_with_their_protocol_and_their_end(play: Callable[[Scenario], None]) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        name = await who(balanced, browser)
        protocols = ("v1.kernel.websocket.jupyter.org",)
        async with browser.ws_connect(f"{balanced.base}/ws", protocols=protocols) as channel:
            assert channel.protocol == protocols[0]
            await channel.send_str("hello")
            assert (await channel.receive()).data == f"{name}: hello"
            await channel.send_bytes(b"\x00\x01")
            assert (await channel.receive()).data == b"\x00\x01"
            await channel.send_str("bye")
            await channel.receive()
            assert channel.close_code == 4001
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{balanced.base}/ws?forbidden")
        assert refused.value.status == 403

    play(scenario)


def test_what_is_under_way_to_a_draining_target_ends_with_the_delay(play: Callable[[Scenario], None]) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        name = await who(balanced, browser)
        (other,) = {"i-1", "i-2"} - {name}
        async with browser.ws_connect(f"{balanced.base}/ws") as channel:
            balanced.register(other)
            await channel.send_str("still there?")
            assert (await channel.receive()).data == f"{name}: still there?"
            assert await who(balanced, browser) == other
            await asyncio.sleep(0.15)
            balanced.register(other)
            closed = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            assert (await channel.receive(timeout=PATIENCE)).type in closed

    play(scenario)


def test_answers_are_passed_on_as_they_come(play: Callable[[Scenario], None]) -> None:
    async def scenario(balanced: Balanced, browser: aiohttp.ClientSession) -> None:
        async with browser.get(f"{balanced.base}/slow") as answer:
            assert await answer.content.read(6) == b"begun "
            for backend in balanced.backends.values():
                backend.waits.set()
            assert await answer.content.read() == b"and ended"

    play(scenario)
