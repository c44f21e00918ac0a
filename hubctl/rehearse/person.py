"""A scripted user: logs in, asks for a server until there is a place, runs a cell, works, runs another, and leaves."""

import asyncio
import json
import re
import time
import uuid
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote

import aiohttp

from hubctl.core.errors import HubctlError
from hubctl.rehearse.programme import Guest
from hubctl.trial.lab.visitor import Page, Visitor

# What the hub of chef-hub says while a worker is on its way, and what it says next: how long somebody waited for a place.
WAITING = "All workers are full"
RETRY_SECONDS = 20.0  # of AWS, until a user who was turned away tries again
PATIENCE_SECONDS = 900.0  # of AWS
CELL_SECONDS = 90.0
START_SECONDS = 400.0
OPEN_SECONDS = 30.0
MOST_LOGINS = 8  # of one try: a full instance sends a user on who has just logged in
ENTRANCE = "/"  # leads by way of the login to the start of one's server
LAB_PAGE = "jupyter-config-data"  # what only JupyterLab's own page has
CELL = "print(6 * 7)"
# Of a hub that starts nothing now, and of a balancer whose machine comes up or leaves.
TRY_AGAIN = (400, 429, 502, 503, 504)


@dataclass(kw_only=True)
class Visit:
    """How it went for one user.

    ``place`` is how long they waited until there was a place for them, in seconds of AWS; ``start`` how long this machine then
    took until the server was ready, in real seconds; ``cell`` the first cell, in real seconds. ``refused`` is the sentence of
    the last refusal of one who gave up, ``broke`` what went wrong later. ``astray`` is what they saw where JupyterLab should
    have been, once the hub had said that their server is ready. ``sent_on`` counts the machines that sent their browser to
    another one by themselves.
    """

    user: str
    came: float
    place: float = 0.0
    start: float | None = None
    cell: float | None = None
    tries: int = 0
    refused: str = ""
    broke: str = ""
    astray: str = ""
    sent_on: int = 0
    done: bool = False

    @property
    def wait(self) -> float | None:
        """Seconds from arrival to a server that is ready, None for one who got none."""
        return None if self.start is None else self.place + self.start


class Person(Visitor):
    """One user of either trial; use it with ``async with``."""

    def __init__(self, *, speed: float, **access: Any) -> None:
        super().__init__(**access)
        self._speed = speed
        self._address_to_try = ENTRANCE

    async def visit(self, guest: Guest, seen: Visit) -> None:
        """Come, work, leave; ``seen`` says how it went so far. Raises HubctlError when the trial cannot be reached."""
        began = time.monotonic()
        try:
            while not await self._started(began, seen):
                if (time.monotonic() - began) * self._speed > PATIENCE_SECONDS:
                    return
                await asyncio.sleep(RETRY_SECONDS / self._speed)
        finally:
            seen.sent_on = self.sent_on
        seen.refused = ""
        try:
            ran = time.monotonic()
            await self.open_server(seen)
            await self.run_cell()
            seen.cell = time.monotonic() - ran
            await self.work(guest.duration / self._speed - (time.monotonic() - began))
            await self.run_cell()
        except (HubctlError, TimeoutError, aiohttp.ClientError, ValueError) as error:
            seen.broke = f"{seen.user}: {getattr(error, 'message', '') or repr(error)}"
        await self.stop()

    async def work(self, seconds: float) -> None:
        """Stay for so many real seconds."""
        await asyncio.sleep(max(0.0, seconds))

    async def _started(self, began: float, seen: Visit) -> bool:
        """Ask for the server once; tell whether it is ready. A refusal is noted in ``seen``."""
        seen.tries += 1
        page = await self.ask_for_server()
        accepted = time.monotonic()
        if page.status != 200:
            if page.status not in TRY_AGAIN:
                raise self.refusal(f"got no server ({page.status})", _plain(page.text))
            self._turned_away(seen, _told(page.text), page.text)
            return False
        # A page that says that the server starts may be older than its failure: the events of the start know.
        placed, failure = await self._followed(accepted)
        if failure is not None:
            sentence, markup = failure
            self._turned_away(seen, sentence, markup)
            return False
        seen.place = (placed - began) * self._speed if seen.tries > 1 or placed > accepted else 0.0
        seen.start = time.monotonic() - (placed if seen.place else began)
        return True

    async def ask_for_server(self) -> Page:
        """Open the page that leads to one's server, and log in on each machine that does not know the browser yet."""
        page = await self.open_page(self._address_to_try)
        for _ in range(MOST_LOGINS):
            if page.status != 200 or not page.at_login:
                break
            page = await self.open_page(await self.log_in(page))
        return page

    def _turned_away(self, seen: Visit, sentence: str, markup: str) -> None:
        """Note a refusal, and take the way on that its page offers: another machine, or once more here."""
        seen.refused = sentence
        self._address_to_try = ENTRANCE if self.forget(markup) else f"/hub/spawn/{quote(self.user)}"

    async def _followed(self, accepted: float) -> tuple[float, tuple[str, str] | None]:
        """Follow the events of the start; return when there was a place, and what is said of a failure, plain and as markup."""
        placed, waited = accepted, False
        path = f"/hub/api/users/{quote(self.user)}/server/progress"
        timeout = aiohttp.ClientTimeout(total=START_SECONDS + PATIENCE_SECONDS)
        async with self.request("GET", path, timeout=timeout) as answer:
            if answer.status != 200:
                return placed, (_sentence(await answer.text()), "")
            async for line in answer.content:
                event = json.loads(line[5:]) if line.startswith(b"data:") else {}
                message = str(event.get("message", ""))
                if message.startswith(WAITING):
                    waited = True
                elif waited and message:
                    placed, waited = time.monotonic(), False
                if event.get("ready"):
                    return placed, None
                if event.get("failed"):
                    return placed, (message or "the start failed", str(event.get("html_message", "")))
        return placed, ("the page of the start ended", "")

    async def open_server(self, seen: Visit) -> None:
        """Open JupyterLab, by which the user's own server knows the browser; the hub may answer in its place at first."""
        deadline = time.monotonic() + OPEN_SECONDS
        while True:
            page = await self.open_page(f"/user/{quote(self.user)}/lab")
            if page.status == 200 and LAB_PAGE in page.text:
                return
            seen.astray = seen.astray or f"{page.status}: {_plain(page.text)}"
            if time.monotonic() > deadline:
                raise self.refusal(f"cannot open JupyterLab ({page.status})", _plain(page.text))
            await asyncio.sleep(0.5)

    async def run_cell(self) -> None:
        """Run a cell in a new kernel over its websocket; raise HubctlError when it says something else.

        Where there is no server (any more), the hub answers at its address, and asks for an _xsrf of a page of the server's.
        """
        home = f"/user/{quote(self.user)}"
        status, answer = await self.ask("POST", f"{home}/api/kernels", json={"name": "python3"})
        if status != 201:
            # Without a server the hub answers at its address, and misses the _xsrf of a page of the server (403).
            whose = "the hub answers in place of the server: " if answer.lstrip().startswith("<") else ""
            raise self.refusal(f"gets no kernel ({status})", whose + _told(answer))
        kernel = json.loads(answer)["id"]
        try:
            said = await asyncio.wait_for(
                self._execute(f"{home}/api/kernels/{kernel}/channels"), CELL_SECONDS
            )
        finally:
            await self.ask("DELETE", f"{home}/api/kernels/{kernel}")
        if said.strip() != "42":
            raise self.refusal("ran a cell, and it said something else:", said)

    async def _execute(self, path: str) -> str:
        request = uuid.uuid4().hex
        header = {"msg_id": request, "msg_type": "execute_request", "username": self.user, "session": request}
        content = {"code": CELL, "silent": False, "store_history": False, "allow_stdin": False}
        message = {
            "header": {**header, "version": "5.3", "date": "2026-01-01T00:00:00Z"},
            "parent_header": {},
            "metadata": {},
            "channel": "shell",
            "content": {**content, "user_expressions": {}},
        }
        said = ""
        async with self.websocket(path) as channel:
            await channel.send_json(message)
            async for frame in channel:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    break
                answer = json.loads(frame.data)
                if answer.get("parent_header", {}).get("msg_id") != request:
                    continue
                if answer["msg_type"] == "stream":
                    said += answer["content"]["text"]
                elif answer["msg_type"] == "error":
                    said += " ".join(answer["content"]["traceback"])
                elif answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
                    return said
        raise self.refusal("lost the connection to the kernel", "")


def _plain(page: str) -> str:
    """Return the words of a page, without its markup."""
    body = re.sub(r"(?s)<(head|script|style)\b.*?</\1>|<[^>]*>", " ", page)
    return unescape(" ".join(body.split()))[:300]


def _told(page: str) -> str:
    """Return the sentence of a page of the hub that says why it does not go on."""
    found = re.search(r'(?s)<div class="error">.*?<p\b[^>]*>(.*?)</p>', page)
    return _plain(found[1] if found else page)


def _sentence(answer: str) -> str:
    """Return what the hub's API says, from its JSON."""
    try:
        return str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        return answer[:300]
