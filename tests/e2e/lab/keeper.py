"""A user who works throughout: one kernel, one websocket, a cell every second; nothing of it may ever break off."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import Any

import aiohttp

from tests.support.hub_client import HubClient
from tests.support.waiting import PATIENCE

PAUSE = 1.0


class Keeper(HubClient):
    """Counts in a variable of the kernel: a kernel or a connection that was not the same would be noticed."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.cells = 0
        self.broke: str | None = None
        self.longest = 0.0
        self._ends = False
        self._work: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Open the notebook and start to work."""
        await self.login()
        await self.start_server()
        status, answer = await self.call("POST", f"{self.home}/api/kernels", json={"name": "python3"})
        assert status == 201, f"{status} {answer[:300]}"
        self._work = asyncio.create_task(self._count(json.loads(answer)["id"]))

    async def end(self) -> None:
        """Stop working, and the server."""
        self._ends = True
        assert self._work is not None
        await self._work
        await self.stop_server()

    def undisturbed(self, at_least: int) -> None:
        """Fail if anything broke, or if fewer cells ran."""
        assert self.broke is None, f"after {self.cells} cells: {self.broke}"
        assert self.cells >= at_least, f"only {self.cells} cells ran"

    async def _count(self, kernel: str) -> None:
        address = f"{self.base.replace('https', 'wss')}{self.home}/api/kernels/{kernel}/channels"
        try:
            async with self.session.ws_connect(address, origin=self.base, max_msg_size=0) as channel:
                await self._cell(channel, "n = 0")
                while not self._ends:
                    began = time.monotonic()
                    said = await asyncio.wait_for(self._cell(channel, "n += 1; print(n)"), PATIENCE)
                    self.longest = max(self.longest, time.monotonic() - began)
                    self.cells += 1
                    assert said.strip() == str(self.cells), f"the kernel says {said!r}"
                    await asyncio.sleep(PAUSE)
        except (aiohttp.ClientError, AssertionError, TimeoutError, OSError) as error:
            self.broke = repr(error)

    async def _cell(self, channel: aiohttp.ClientWebSocketResponse, code: str) -> str:
        request = uuid.uuid4().hex
        header = {"msg_id": request, "msg_type": "execute_request", "username": self.user, "session": request}
        header |= {"version": "5.3", "date": "2026-01-01T00:00:00Z"}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell"}
        await channel.send_json({**message, "content": {**content, "user_expressions": {}}})
        said = ""
        async for frame in channel:
            assert frame.type is aiohttp.WSMsgType.TEXT, f"the websocket ended: {frame}"
            answer = json.loads(frame.data)
            if answer.get("parent_header", {}).get("msg_id") != request:
                continue
            if answer["msg_type"] == "stream":
                said += answer["content"]["text"]
            elif answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
                return said
        raise AssertionError("the websocket ended before the kernel answered")
