"""Sends a browser on to another instance: from one that is full or nearly so, closed, or too many for its group.

The balancer keeps a browser at one instance by a cookie of its own, which it sets anew with each answer. Only the page can
forget it (see :mod:`lab_hub.admission`), so users get a small page that does, and asks for the same address again. The
balancer may choose this instance again, and others may be full. So a second cookie counts, for two minutes, and after
some times the instance serves as if nothing were. Whom it then refuses may try again: the count begins anew.

Only pages before a start are answered so, and only for browsers: those of users whose server is here are not touched,
nor are requests of programs.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyterhub.handlers.base import BaseHandler, PrefixRedirectHandler
from jupyterhub.handlers.login import LoginHandler
from jupyterhub.handlers.pages import RootHandler, SpawnHandler

from lab_hub.admission import BALANCER_COOKIES

log = logging.getLogger("lab_hub.sending_on")
COUNTER = "lab-sent-on"
COUNTER_SECONDS = 120
# One that is too many, or nearly full, serves a user who has come back so often: then the others are likely full. A group
# whose instances are not equally full would otherwise ask for a further one when the first of them fills up.
MOST_FROM_SURPLUS = MOST_FROM_NEARLY_FULL = 3
# A full one cannot serve. With round robin over two instances half of the tries lead elsewhere.
MOST_FROM_FULL = 6
# The agent writes once a minute.
STALE_SECONDS = 300.0
# Of a browser that has been here before, maybe with a server that runs.
KNOWN_COOKIES = ("_xsrf", "jupyterhub", *BALANCER_COOKIES)
PAGES = (RootHandler, LoginHandler, SpawnHandler)
_FORGET = "".join(f"document.cookie='{name}=; Path=/; Max-Age=0';" for name in BALANCER_COOKIES)
PAGE = (
    "<!doctype html><title>JupyterHub</title><noscript><meta http-equiv='refresh' content='3'></noscript>"
    f"<p>One moment, another machine takes you.</p><script>{_FORGET}if(navigator.cookieEnabled)location.reload()</script>"
)


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What the agent last saw: ``others`` in service, and whether this instance is too many."""

    others: int = 0
    surplus: bool = False


def seen_elsewhere(file: Path, now: Callable[[], float] = time.time) -> Elsewhere:
    """Return what the agent wrote, or that there are no others where it wrote nothing lately."""
    try:
        if now() - file.stat().st_mtime > STALE_SECONDS:
            return Elsewhere()
        known = json.loads(file.read_text(encoding="utf-8"))
        return Elsewhere(others=int(known["others"]), surplus=bool(known["surplus"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Elsewhere()


@dataclass(frozen=True, kw_only=True)
class SendingOn:
    """Where the agent writes, and how many servers this instance takes: beyond them a start would be refused.

    The last places, as many as the group keeps ``spare`` but a quarter at most, are for those who find no other.
    """

    group_file: Path
    draining_flag: Path
    places: Callable[[], int]
    spare: int = 0

    def most(self, servers: int) -> int:
        """Return how often a browser is sent on from here at most, 0 when it is served at once."""
        elsewhere = seen_elsewhere(self.group_file)
        if not elsewhere.others:
            return 0
        places = self.places()
        if servers >= places or self.draining_flag.exists():
            return MOST_FROM_FULL
        if servers >= places - min(self.spare, places // 4):
            return MOST_FROM_NEARLY_FULL
        return MOST_FROM_SURPLUS if elsewhere.surplus else 0

    def answer(self, handler: BaseHandler) -> None:
        """Answer with the page by which the browser goes on, where it is to."""
        sent = _count(handler)
        if sent >= self.most(handler.users.count_active_users()["active"]):
            if sent and isinstance(handler, SpawnHandler):
                # Here it ends, with a server or with a refusal. Who then tries again may be sent on again.
                handler.clear_cookie(COUNTER, path="/")
            return
        handler.set_cookie(
            COUNTER,
            str(sent + 1),
            max_age=COUNTER_SECONDS,
            path="/",
            httponly=True,
            secure=handler.request.protocol == "https",
            samesite="Lax",
        )
        handler.set_header("Cache-Control", "no-store")
        handler.set_header("Content-Type", "text/html; charset=utf-8")
        handler.finish(PAGE)


def _count(handler: BaseHandler) -> int:
    given = handler.get_cookie(COUNTER, "0")
    return int(given) if given.isascii() and given.isdigit() else 0


def _page_before_a_start(handler: BaseHandler) -> bool:
    request = handler.request
    if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
        return False
    at_the_door = isinstance(handler, PrefixRedirectHandler) and request.path == "/"
    if not at_the_door and not isinstance(handler, PAGES):
        return False
    user = handler.current_user
    if user is None:
        # Who has been here may have a server here, and would start a second one elsewhere.
        return not any(name.startswith(KNOWN_COOKIES) for name in handler.cookies)
    if (
        isinstance(handler, SpawnHandler)
        and handler.path_args
        and handler.path_args[0] not in (None, user.name)
    ):
        return False  # an administrator starts another user's server
    return not user.active


def send_on(services: Callable[[], SendingOn | None]) -> None:
    """Make JupyterHub's pages ask first; for this process, once. What fails there leaves the page as it is."""
    prepare = getattr(BaseHandler.prepare, "of_jupyterhub", BaseHandler.prepare)

    async def asked_first(self: BaseHandler) -> Any:
        await prepare(self)
        try:
            if not self._finished and _page_before_a_start(self) and (rule := services()) is not None:
                rule.answer(self)
        except Exception:
            log.exception("whether a browser goes on to another instance is not known")

    asked_first.of_jupyterhub = prepare  # type: ignore[attr-defined]
    BaseHandler.prepare = asked_first
