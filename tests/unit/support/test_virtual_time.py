"""The loop that tests of waiting code run in."""

import asyncio
import threading

import pytest

from tests.support.virtual_time import run_virtually


def test_pauses_pass_in_order_and_take_no_time() -> None:
    ends: list[tuple[str, float]] = []

    async def pause(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        ends.append((name, asyncio.get_running_loop().time()))

    async def scenario() -> None:
        await asyncio.gather(pause("year", 31_536_000), pause("hour", 3600), pause("moment", 0.001))

    run_virtually(scenario())
    assert [name for name, _ in ends] == ["moment", "hour", "year"]
    assert [end for _, end in ends] == pytest.approx([0.001, 3600, 31_536_000], abs=0.01)


def test_a_deadline_is_never_passed_by_a_slow_thread() -> None:
    go = threading.Event()

    async def scenario() -> bool:
        work = asyncio.create_task(asyncio.to_thread(go.wait, 120))
        asyncio.get_running_loop().call_soon(go.set)
        return await asyncio.wait_for(work, 0.000001)

    assert run_virtually(scenario())


def test_a_deadline_ends_what_would_wait_longer() -> None:
    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 600)
        assert asyncio.get_running_loop().time() == pytest.approx(600)

    run_virtually(scenario())
