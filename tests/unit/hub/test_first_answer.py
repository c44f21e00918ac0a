"""The wait for a server's first answer, against servers on loopback."""

import asyncio
import socket

import pytest
from aiohttp import web

from swarm_hub.first_answer import LONGEST_PAUSE, LOOK_SECONDS, PAUSE, FirstAnswers


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def serve(port: int, answers: list[int]) -> web.AppRunner:
    """Answer with one status after the other, and with the last for ever."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=answers.pop(0) if len(answers) > 1 else answers[0])

    application = web.Application()
    application.router.add_get("/api", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def nothing() -> None:
    """The server still runs."""


def test_a_server_that_comes_later_is_found() -> None:
    async def scenario() -> None:
        port = free_port()
        answers = FirstAnswers()
        waiting = asyncio.create_task(answers.wait(f"http://127.0.0.1:{port}/api", nothing))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        runner = await serve(port, [503, 502, 403])  # a refusal is an answer, a server in trouble is none
        await asyncio.wait_for(waiting, 10)
        await runner.cleanup()

    asyncio.run(scenario())


def test_a_look_that_raises_ends_the_wait() -> None:
    async def ended() -> None:
        raise RuntimeError("it has ended")

    async def scenario() -> None:
        answers = FirstAnswers()
        with pytest.raises(RuntimeError, match="it has ended"):
            await asyncio.wait_for(
                answers.wait(f"http://127.0.0.1:{free_port()}/api", ended), LOOK_SECONDS + 10
            )
        assert answers.pause == PAUSE  # nobody is waited for any more

    asyncio.run(scenario())


@pytest.mark.parametrize(("waits", "pause"), [(1, PAUSE), (10, 10 * PAUSE), (200, LONGEST_PAUSE)])
def test_a_crowd_is_asked_less_often(waits: int, pause: float) -> None:
    async def scenario() -> None:
        answers = FirstAnswers()
        url = f"http://127.0.0.1:{free_port()}/api"
        waiting = [asyncio.create_task(answers.wait(url, nothing)) for _ in range(waits)]
        await asyncio.sleep(0.05)
        assert answers.pause == pytest.approx(pause)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert answers.pause == PAUSE

    asyncio.run(scenario())
