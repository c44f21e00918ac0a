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

SPEED = 1000.0
ADA = Guest(user="ada", at=0, duration=100)


class MadeHub:
    """Hub and server of one user. ``starts`` are what each try gets: a status, or the messages of its progress."""

    def __init__(self, *starts: Any) -> None:
        self.starts = list(starts)
        self.asked: list[str] = []
        self.pages_before_lab = 0
        self.says = "42\n"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.path == "/hub/login" and request.method == "POST":
            return web.Response(status=302)
        if request.path.endswith("/server/progress"):
            return await self._progress(request)
        if request.path.endswith("/server"):
            return self._server(request)
        if request.path.endswith("/channels"):
            return await self._kernel(request)
        if request.path.endswith("/kernels"):
            return web.json_response({"id": "k1"}, status=201)
        if request.path.endswith("/lab"):
            self.pages_before_lab -= 1
            ready = self.pages_before_lab < 0
            return web.Response(text="jupyter-config-data" if ready else "<p>Your server is starting</p>")
        return web.Response(text="")

    def _server(self, request: web.Request) -> web.Response:
        if request.method == "DELETE":
            return web.Response(status=204)
        start = self.starts[0]
        if isinstance(start, int):
            self.starts.pop(0)
            return web.json_response({"status": start, "message": "All 9 places are taken."}, status=start)
        return web.Response(status=202)

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
async def arrived(hub: MadeHub, *, other_machines: bool = True) -> AsyncIterator[Person]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", hub.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    certificate = issue("localhost").chain_pem
    person = Person(
        speed=SPEED,
        other_machines=other_machines,
        domain="hub.test",
        address="127.0.0.1",
        certificate=certificate,
        user="ada",
        password="a long password",
    )
    person._base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with person:
            yield person
    finally:
        await runner.cleanup()


def visited(hub: MadeHub, **how: bool) -> Visit:
    seen = Visit(user="ada", came=0)

    async def scenario() -> None:
        async with arrived(hub, **how) as person:
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
    seen = visited(
        MadeHub([waiting, waiting, {"message": "Looking for a worker"}, *READY]), other_machines=False
    )
    assert seen.place >= 2 * 0.02 * SPEED
    assert seen.start is not None
    assert seen.start < 10


def test_whoever_is_turned_away_tries_another_machine_with_a_new_login() -> None:
    hub = MadeHub(429, READY)
    seen = visited(hub)
    assert (seen.tries, seen.refused) == (2, "")
    assert seen.place > 0
    assert hub.asked.count("POST /hub/login") == 2


def test_a_server_that_is_said_to_be_there_and_has_failed_is_asked_for_again() -> None:
    seen = visited(MadeHub(201, [{"failed": True, "message": "It ended with exit code 127"}], READY))
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
