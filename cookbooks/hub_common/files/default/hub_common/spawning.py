"""One server's start: refusals, the steps that its page shows, the first answer, and sentences for its user.

* A refused start is one sentence, and a label for the metrics.
* The steps of a start are kept for everybody who looks at its page: early and late viewers see the same.
* A server that starts is asked for its first answer, the less often the more servers start at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import aiohttp
from jupyterhub.spawner import SpawnException

from hub_common.admission import Refuse, UserDisk
from hub_common.settings import gib

# Processes and threads that one notebook server may have.
PIDS = 4096
# The start may succeed later, and nothing is broken: an answer of 5xx would raise the alarm for errors of the hub.
REFUSED_STATUS = 429
# JupyterHub shows 0 at the request and 100 at the end; a bar that creeps towards the end shows life.
FIRST_PERCENT = 10
LAST_PERCENT = 90
PROGRESS_LOOK_SECONDS = 0.25
# Seconds between two questions to one server, for each server that is waited for: fifty questions a second in all.
ANSWER_PAUSE = 0.02
LONGEST_ANSWER_PAUSE = 0.5
# How often the engine is asked for a server that is to start, and whether one that is waited for still runs at all: the less
# often the more there are, twenty questions a second in all. Each answer is long, and reading it keeps the hub from users.
LOOK_PAUSE = 0.05
SHORTEST_LOOK_PAUSE, LONGEST_LOOK_PAUSE = 0.1, 2.0
LIFE_LOOK_SECONDS = 0.5


class Refused(SpawnException):  # type: ignore[misc]  # JupyterHub has no types
    """The server may not start now. JupyterHub shows the sentence and does not count it as an error."""

    def __init__(self, refusal: Refuse, *, html: str = "") -> None:
        """``html`` is shown instead of the sentence, where there is something to click."""
        super().__init__(
            refusal.sentence, reason=refusal.limit, message_html=html, status_code=REFUSED_STATUS
        )
        self.refusal = refusal
        # What the page of a start that goes on shows: it knows no SpawnException.
        self.jupyterhub_message = refusal.sentence
        self.jupyterhub_html_message = html or escape(refusal.sentence)


class Progress:
    """Messages, each told once unless it changes."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    def clear(self) -> None:
        """Forget the steps of an earlier start."""
        self._messages = []

    def tell(self, message: str) -> None:
        """Add a step, unless it is the same as the last."""
        if not self._messages or self._messages[-1] != message:
            self._messages.append(message)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield JupyterHub's progress events, those of the past first; the caller ends the iteration."""
        shown = 0
        while True:
            messages = self._messages
            shown = min(shown, len(messages))
            for message in messages[shown:]:
                shown += 1
                yield {
                    "progress": round(LAST_PERCENT - (LAST_PERCENT - FIRST_PERCENT) / (1 + shown / 3)),
                    "message": message,
                }
            await asyncio.sleep(PROGRESS_LOOK_SECONDS)


class FirstAnswers:
    """All the waits of a hub."""

    def __init__(self) -> None:
        self._waits = 0
        self._starts = 0

    @property
    def pause(self) -> float:
        """Seconds until the same server is asked again."""
        return min(LONGEST_ANSWER_PAUSE, ANSWER_PAUSE * max(1, self._waits))

    @property
    def look_pause(self) -> float:
        """Seconds until the engine is asked again for the same server, which is starting."""
        return min(LONGEST_LOOK_PAUSE, max(SHORTEST_LOOK_PAUSE, LOOK_PAUSE * self._starts))

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Count one more server that is starting until the block ends."""
        self._starts += 1
        try:
            yield
        finally:
            self._starts -= 1

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
                    if now() - looked > max(LIFE_LOOK_SECONDS, self.look_pause):
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


def over_quota(used: UserDisk) -> str:
    """Return what somebody is told who may start, but uses more than their quota."""
    return f"Your files take {gib(used.used)} of your {gib(used.quota)}: please delete what you do not need"


def not_started(reason: str) -> Refuse:
    """Return why a start ends whose server can never run; ``reason`` is a clause."""
    return Refuse(
        limit="not_started",
        sentence=f"Your server did not start: {reason}. Your files are untouched. Try again; if it stays so, tell the "
        "administrators.",
    )


def wrong_traits() -> Refuse:
    """Return why a start ends for which a hook, a group or an option has set what the hub refuses."""
    return Refuse(
        limit="wrong_traits",
        sentence="Your server did not start: the hub's configuration asks for something that the hub refuses. Your files "
        "are untouched. Tell the administrators; the log of the hub says what and why.",
    )


def no_directory(words: str) -> Refuse:
    """Return why a start ends before there is anything to run; ``words`` name the directory, and begin the sentence."""
    return Refuse(
        limit="shared_files",
        sentence=f"{words} cannot be reached. Nothing is lost; try again in a few minutes, and tell the administrators if "
        "it stays so.",
    )


def too_slow(seconds: int, limit: str = "") -> Refuse:
    """Return why a start ends after so many seconds without an answer; ``limit`` is the setting that says how many."""
    by = f" (limit {limit})" if limit else ""
    return Refuse(
        limit="start_timeout",
        sentence=f"Your server did not answer within {seconds} s{by}. Try again; if it stays so, tell the administrators.",
    )
