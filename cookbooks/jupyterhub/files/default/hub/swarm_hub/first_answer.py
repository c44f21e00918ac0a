"""Waits for the first answer of a server that starts, and asks the less often the more servers start at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

# Seconds between two questions to one server, for each server that is waited for: fifty questions a second in all.
PAUSE = 0.02
LONGEST_PAUSE = 0.5
# How often it is looked whether the server still runs at all.
LOOK_SECONDS = 0.5


class FirstAnswers:
    """All the waits of a hub."""

    def __init__(self) -> None:
        self._waits = 0

    @property
    def pause(self) -> float:
        """Seconds until the same server is asked again."""
        return min(LONGEST_PAUSE, PAUSE * max(1, self._waits))

    async def wait(self, url: str, look: Callable[[], Awaitable[object]]) -> None:
        """Return once the server at ``url`` answers; ``look`` is called meanwhile and ends the wait by raising."""
        timeout = aiohttp.ClientTimeout(total=2, sock_connect=1)
        now = asyncio.get_running_loop().time
        looked = now()
        self._waits += 1
        try:
            async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
                while not await _answers(session, url):
                    await asyncio.sleep(self.pause)
                    if now() - looked > LOOK_SECONDS:
                        await look()
                        looked = now()
        finally:
            self._waits -= 1


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, allow_redirects=False) as answer:
            return answer.status < 500
    except (TimeoutError, aiohttp.ClientError):
        return False
