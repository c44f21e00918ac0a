"""A scripted user at a hub that is made up: waits for a place, refusals, another machine, a cell, a server that breaks."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from hubctl.core.errors import HubctlError
from hubctl.rehearse import person as module
from hubctl.rehearse.person import Person, Visit
from hubctl.rehearse.programme import Guest
from tests.support.certificates import issue
from tests.support.waiting import PATIENCE

SPEED = 1000.0
ADA = Guest(user="ada", at=0, duration=100)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody give up because this machine is busy."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", PATIENCE * SPEED)


ELSEWHERE = "document.cookie='AWSALB=; Path=/; Max-Age=0';"
TURNED_AWAY = """<title>JupyterHub</title><div class="error"><h1>Your server cannot start now</h1>
<p class="fs-5">All 9 places are taken.</p><p>{button}</p></div>"""
BUTTON = f'<button onclick="{ELSEWHERE}location.assign(&#39;/hub/&#39;)">Try another machine</button>'


class MadeHub:
    """Hub and server of one user. ``starts`` are what each try gets: a status, or the messages of its progress.

    ``button`` is on the page of a refusal; ``sends_on`` is how often pages before the start send the browser on.
    """

    def __init__(self, *starts: Any, button: str = BUTTON, sends_on: int = 0) -> None:
        self.starts = list(starts)
        self.asked: list[str] = []
        self.balanced: list[bool] = []  # with each page before the start: whether the balancer's cookie came
        self.button = button
        self.sends_on = sends_on
        self.pages_before_lab = 0
        self.says = "42\n"
        self.kernels = 201

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.method == "GET" and request.path in ("/", "/hub/login", "/hub/spawn", "/hub/spawn/ada"):
            return self._page(request)
        if request.path == "/hub/login":
            assert request.headers["Sec-Fetch-Mode"] == "navigate"
            return web.Response(
                status=302, headers={"Location": "/hub/spawn", "Set-Cookie": "known=1; Path=/"}
            )
        if request.path.endswith("/server/progress"):
            return await self._progress(request)
        if request.path.endswith("/server"):
            assert request.method == "DELETE"
            return web.Response(status=204)
        if request.path.endswith("/channels"):
            return await self._kernel(request)
        if request.path.endswith("/kernels"):
            assert request.headers["Sec-Fetch-Mode"] == "cors"
            page = "<head><title>JupyterHub</title></head><div class=\"error\"><p>'_xsrf' argument missing</p></div>"
            return (
                web.json_response({"id": "k1"}, status=201)
                if self.kernels == 201
                else web.Response(text=page, status=self.kernels)
            )
        if request.path.endswith("/lab"):
            self.pages_before_lab -= 1
            ready = self.pages_before_lab < 0
            return web.Response(text="jupyter-config-data" if ready else "<p>Your server is starting</p>")
        return web.Response(text="")

    def _page(self, request: web.Request) -> web.Response:
        assert "text/html" in request.headers["Accept"]
        self.balanced.append("AWSALB" in request.cookies)
        cookie = {"Set-Cookie": "AWSALB=i-1; Path=/"}
        if self.sends_on:
            self.sends_on -= 1
            text = (
                f"<p>One moment</p><script>{ELSEWHERE}if(navigator.cookieEnabled)location.reload()</script>"
            )
            return web.Response(text=text, headers=cookie)
        if "known" not in request.cookies:
            if request.path == "/hub/login":
                return web.Response(text="<form>", headers=cookie)
            return web.Response(status=302, headers={"Location": "/hub/login", **cookie})
        if request.path == "/":
            return web.Response(status=302, headers={"Location": "/hub/spawn", **cookie})
        start = self.starts[0]
        if isinstance(start, int):
            self.starts.pop(0)
            return web.Response(text=TURNED_AWAY.format(button=self.button), status=start, headers=cookie)
        return web.Response(status=302, headers={"Location": "/hub/spawn-pending/ada", **cookie})

    async def _progress(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        for event in self.starts.pop(0):
            await stream.write(f"data: {json.dumps(event)}\n\n".encode())
            await asyncio.sleep(0.02)
        return stream

    async def _kernel(self, request: web.Request) -> web.WebSocketResponse:
        channel = web.WebSocketResponse()
        await channel.prepare(request)
        async for frame in channel:
            if frame.type is WSMsgType.TEXT:
                parent = {"msg_id": json.loads(frame.data)["header"]["msg_id"]}
                for kind, content in (
                    ("stream", {"text": self.says}),
                    ("status", {"execution_state": "idle"}),
                ):
                    await channel.send_json({"parent_header": parent, "msg_type": kind, "content": content})
        return channel


@contextlib.asynccontextmanager
async def arrived(hub: MadeHub) -> AsyncIterator[Person]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", hub.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    certificate = issue("localhost").chain_pem
    person = Person(
        speed=SPEED,
        domain="hub.test",
        address="127.0.0.1",
        certificate=certificate,
        user="ada",
        password="a long password",
    )
    person._base = f"http://hub.test:{runner.addresses[0][1]}"
    try:
        async with person:
            yield person
    finally:
        await runner.cleanup()


def visited(hub: MadeHub) -> Visit:
    seen = Visit(user="ada", came=0)

    async def scenario() -> None:
        async with arrived(hub) as person:
            await person.visit(ADA, seen)

    asyncio.run(scenario())
    return seen


READY = [{"message": "Your server starts"}, {"ready": True, "message": "ready"}]


def test_a_start_at_once_waits_for_no_place() -> None:
    hub = MadeHub(READY)
    seen = visited(hub)
    assert (seen.place, seen.tries, seen.refused, seen.broke, seen.astray) == (0, 1, "", "", "")
    assert seen.wait is not None
    assert seen.cell is not None
    assert hub.asked[-1] == "DELETE /hub/api/users/ada/server"


def test_the_wait_for_a_worker_is_counted_in_aws_time_and_the_start_is_not() -> None:
    waiting = {"message": "All workers are full: a new one is on its way"}
    seen = visited(MadeHub([waiting, waiting, {"message": "Looking for a worker"}, *READY]))
    assert seen.place >= 2 * 0.02 * SPEED
    assert seen.start is not None
    assert seen.start < 10


def test_whoever_is_turned_away_tries_another_machine_where_the_page_offers_it() -> None:
    hub = MadeHub(429, READY)
    seen = visited(hub)
    assert (seen.tries, seen.refused, seen.sent_on) == (2, "", 0)
    assert seen.place > 0
    # At first, at the login and at the start; then as a browser that the balancer does not know any more.
    assert hub.balanced == [False, True, True, False, True]


def test_whoever_is_turned_away_otherwise_tries_again() -> None:
    hub = MadeHub(429, READY, button="")
    seen = visited(hub)
    assert (seen.tries, seen.refused) == (2, "")
    assert hub.balanced == [False, True, True, True]
    assert hub.asked.count("GET /hub/spawn/ada") == 1


def test_a_failed_start_may_offer_another_machine_too() -> None:
    hub = MadeHub([{"failed": True, "message": "This machine leaves", "html_message": BUTTON}], READY)
    assert visited(hub).tries == 2
    assert hub.balanced[-2:] == [False, True]


def test_a_browser_that_is_sent_on_asks_again_without_the_balancers_cookie() -> None:
    hub = MadeHub(READY, sends_on=3)
    seen = visited(hub)
    assert (seen.tries, seen.place, seen.sent_on) == (1, 0, 3)
    assert hub.balanced == [False, False, False, False, True, True]


def test_a_browser_that_is_sent_on_for_ever_gives_up() -> None:
    with pytest.raises(HubctlError, match="from machine to machine"):
        visited(MadeHub(READY, sends_on=1000))


def test_the_balancers_own_pages_are_no_end() -> None:
    assert visited(MadeHub(503, 502, READY, button="")).tries == 3


def test_where_the_hub_answers_in_place_of_the_server_the_report_says_so() -> None:
    hub = MadeHub(READY)
    hub.kernels = 403
    seen = visited(hub)
    assert (
        "gets no kernel (403) the hub answers in place of the server: '_xsrf' argument missing" in seen.broke
    )


def test_a_server_that_is_said_to_start_and_has_failed_is_asked_for_again() -> None:
    seen = visited(MadeHub([{"failed": True, "message": "It ended with exit code 127"}], READY))
    assert (seen.tries, seen.refused, seen.broke) == (2, "", "")


def test_whoever_finds_no_place_for_long_gives_up_with_the_hubs_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    seen = visited(MadeHub(429))
    assert seen.wait is None
    assert seen.refused == "All 9 places are taken."


def test_a_start_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    seen = visited(MadeHub([{"failed": True, "message": "No new worker came within 15 minutes"}]))
    assert seen.refused == "No new worker came within 15 minutes"


def test_the_hub_may_answer_in_the_servers_place_at_first() -> None:
    hub = MadeHub(READY)
    hub.pages_before_lab = 1
    seen = visited(hub)
    assert not seen.broke
    assert seen.astray == "200: Your server is starting"
    assert hub.asked.count("GET /user/ada/lab") == 2


def test_a_kernel_that_says_something_else_counts_as_broken() -> None:
    hub = MadeHub(READY)
    hub.says = "NameError"
    seen = visited(hub)
    assert seen.wait is not None
    assert "NameError" in seen.broke


def test_an_answer_that_is_neither_yes_nor_no_ends_the_visit() -> None:
    with pytest.raises(HubctlError, match="got no server"):
        visited(MadeHub(500))
