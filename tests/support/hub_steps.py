"""Steps of tests with a whole hub: log in, start, ask, wait; each test is a scenario in one event loop."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

import aiohttp
from traitlets.config import Config

from tests.support.waiting import PATIENCE

Configure = Callable[..., Config]


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, PATIENCE))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def token_of(user: Any, name: str) -> str:
    status, text = await user.call("POST", f"/hub/api/users/{quote(name)}/tokens", json={})
    assert status == 201, text
    return str(json.loads(text)["token"])


async def by_token(hub: Any, token: str, method: str, path: str) -> int:
    """Return the status of a call by a program, which has no cookies."""
    headers = {"Authorization": f"token {token}"}
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.request(method, f"{hub.hub.url}api{path}", headers=headers) as answer,
    ):
        return answer.status


async def start(user: Any, name: str) -> None:
    status, text = await user.call("GET", f"/hub/spawn/{quote(name)}")
    assert status == 302, text
