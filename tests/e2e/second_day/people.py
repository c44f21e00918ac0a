"""People at work: each computes in a notebook and looks at the hub, without a pause, while the operator changes something."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import aiohttp

from tests.support.hub_client import HubClient
from tests.support.waiting import wait_until

LOOK_SECONDS = 0.25
# A connection is given up when half as many seconds pass without an answer, which a busy machine must not reach.
HEARTBEAT_SECONDS = 40
CALL = aiohttp.ClientTimeout(total=20)
# It counts for as long as the kernel lives; who reads the numbers knows whether it is still the same one.
CELL = "import time\nn = 0\nwhile True:\n    n += 1\n    print(n, flush=True)\n    time.sleep(0.2)\n"
_FAILED = (aiohttp.ClientError, OSError, TimeoutError, AssertionError, ValueError)


@dataclass
class Course:
    """When something answered, on the monotonic clock."""

    moments: list[float] = field(default_factory=list)

    def note(self) -> None:
        """It answers now."""
        self.moments.append(time.monotonic())

    def since(self, moment: float) -> bool:
        """Return whether it has answered after a moment."""
        return bool(self.moments) and self.moments[-1] > moment

    def longest_silence(self, start: float) -> float:
        """Return the longest time without an answer from ``start`` to the last answer, in seconds."""
        times = [start, *(moment for moment in self.moments if moment >= start)]
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


class Person:
    """One user: a browser, one kernel that counts, and what they have seen."""

    def __init__(self, client: HubClient) -> None:
        self.client = client
        self.hub = Course()
        self.notebook = Course()
        self.output = Course()
        self.numbers: list[int] = []
        self.kernel = ""
        self.signed_out = 0
        self.connections = 0  # to this kernel: it is one more each time the connection was cut
        self._request = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Log in, start a server, leave a file, and start to compute and to look."""
        await self.client.login()
        await self.client.start_server()
        await self.client.write_file("kept.txt", self.client.user)
        status, answer = await self.client.call(
            "POST", f"{self.client.home}/api/kernels", json={"name": "python3"}
        )
        assert status == 201, f"{status} {answer[:300]}"
        self.kernel, self._request = json.loads(answer)["id"], ""
        self.numbers.clear()
        self.connections = 0
        looks = (self._listen, self._look_at_hub, self._look_at_notebook)
        self._tasks = [asyncio.create_task(look()) for look in looks]

    async def rest(self) -> None:
        """Stop computing and looking."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def well_since(self, moment: float) -> bool:
        """Return whether hub and notebook have answered, and the kernel has printed, after a moment."""
        return all(course.since(moment) for course in (self.hub, self.notebook, self.output))

    async def _look_at_hub(self) -> None:
        while True:
            with contextlib.suppress(*_FAILED):
                status, _ = await self.client.call("GET", "/hub/home", timeout=CALL, allow_redirects=False)
                if status == 200:
                    self.hub.note()
                self.signed_out += status == 302
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_at_notebook(self) -> None:
        while True:
            with contextlib.suppress(*_FAILED):
                path = f"{self.client.home}/api/kernels/{self.kernel}"
                status, _ = await self.client.call("GET", path, timeout=CALL, allow_redirects=False)
                if status == 200:
                    self.notebook.note()
            await asyncio.sleep(LOOK_SECONDS)

    async def _listen(self) -> None:
        """Read what the kernel prints; connect again when the connection is cut, as JupyterLab does."""
        address = (
            f"{self.client.base.replace('https', 'wss')}{self.client.home}/api/kernels/{self.kernel}/channels"
        )
        while True:
            with contextlib.suppress(*_FAILED):
                async with self.client.session.ws_connect(
                    address, origin=self.client.base, max_msg_size=0, heartbeat=HEARTBEAT_SECONDS
                ) as channel:
                    self.connections += 1
                    if not self._request:
                        self._request = uuid.uuid4().hex
                        await channel.send_json(_execution(self._request, self.client.user))
                    async for frame in channel:
                        if frame.type == aiohttp.WSMsgType.TEXT:
                            self._hear(json.loads(frame.data))
            await asyncio.sleep(LOOK_SECONDS)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream" and message["parent_header"].get("msg_id") == self._request:
            self.numbers += [int(number) for number in message["content"]["text"].split()]
            self.output.note()


def _execution(request: str, user: str) -> dict[str, Any]:
    header = {"msg_id": request, "msg_type": "execute_request", "username": user, "session": request}
    content = {"code": CELL, "silent": False, "store_history": False, "allow_stdin": False}
    return {
        "header": {**header, "version": "5.3", "date": "2026-01-01T00:00:00Z"},
        "parent_header": {},
        "metadata": {},
        "content": {**content, "user_expressions": {}},
        "channel": "shell",
    }


def wait_until_well(people: Sequence[Person], since: float) -> None:
    """Wait until all have seen hub, notebook and kernel answer after a moment."""
    for person in people:
        wait_until(lambda person=person: person.well_since(since), f"{person.client.user} is at work again")
