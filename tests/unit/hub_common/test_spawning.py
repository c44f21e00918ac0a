"""The wait for a server's first answer, against servers on loopback."""

import asyncio
import contextlib
import socket
from typing import Any

import pytest
from aiohttp import web

from hub_common.spawning import (
    ANSWER_PAUSE,
    LONGEST_ANSWER_PAUSE,
    LONGEST_LOOK_PAUSE,
    SHORTEST_LOOK_PAUSE,
    FirstAnswers,
    Progress,
)
from tests.support.ports import silent_port
from tests.support.waiting import PATIENCE


async def serve(listener: socket.socket, answers: list[int]) -> web.AppRunner:
    """Answer with one status after the other, and with the last for ever."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=answers.pop(0) if len(answers) > 1 else answers[0])

    application = web.Application()
    application.router.add_get("/api", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return runner


async def nothing() -> None:
    """The server still runs."""


def test_a_server_that_comes_later_is_found() -> None:
    looks = asyncio.Event()

    async def look() -> None:
        looks.set()

    async def scenario(listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        waiting = asyncio.create_task(FirstAnswers().wait(f"http://127.0.0.1:{port}/api", look))
        await asyncio.wait_for(looks.wait(), PATIENCE)  # it was asked, in vain
        assert not waiting.done()
        runner = await serve(listener, [503, 502, 403])  # a refusal is an answer, a server in trouble is none
        await asyncio.wait_for(waiting, PATIENCE)
        await runner.cleanup()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        asyncio.run(scenario(listener))


def test_a_look_that_raises_ends_the_wait() -> None:
    async def ended() -> None:
        raise RuntimeError("it has ended")

    async def scenario(port: int) -> None:
        answers = FirstAnswers()
        with pytest.raises(RuntimeError, match="it has ended"):
            await asyncio.wait_for(answers.wait(f"http://127.0.0.1:{port}/api", ended), PATIENCE)
        assert answers.pause == ANSWER_PAUSE  # all waits are over

    with silent_port() as port:
        asyncio.run(scenario(port))


@pytest.mark.parametrize(
    ("waits", "pause"), [(1, ANSWER_PAUSE), (10, 10 * ANSWER_PAUSE), (200, LONGEST_ANSWER_PAUSE)]
)
def test_a_crowd_is_asked_less_often(waits: int, pause: float) -> None:
    async def scenario(port: int) -> None:
        answers = FirstAnswers()
        url = f"http://127.0.0.1:{port}/api"
        waiting = [asyncio.create_task(answers.wait(url, nothing)) for _ in range(waits)]
        await asyncio.sleep(0)  # all of them have begun
        assert answers.pause == pytest.approx(pause)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert answers.pause == ANSWER_PAUSE

    with silent_port() as port:
        asyncio.run(scenario(port))


def test_progress_shows_all_steps_to_who_comes_late() -> None:
    progress = Progress()

    async def scenario() -> list[dict[str, Any]]:
        progress.tell("one")
        progress.tell("one")
        progress.tell("two")
        events = []
        async for event in progress.events():
            events.append(event)
            if len(events) == 2:
                break
        return events

    events = asyncio.run(scenario())
    assert [event["message"] for event in events] == ["one", "two"]
    assert 0 < events[0]["progress"] < events[1]["progress"] < 100


@pytest.mark.parametrize(("starts", "pause"), [(0, 0.1), (1, 0.1), (10, 0.5), (100, LONGEST_LOOK_PAUSE)])
def test_the_engine_is_asked_the_less_often_the_more_servers_start(starts: int, pause: float) -> None:
    answers = FirstAnswers()
    with contextlib.ExitStack() as stack:
        for _ in range(starts):
            stack.enter_context(answers.starting())
        assert answers.look_pause == pytest.approx(pause)
    assert answers.look_pause == SHORTEST_LOOK_PAUSE
