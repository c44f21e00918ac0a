"""A browser by script: what it sends with pages and with requests of scripts, and what it does when it is sent on."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from hubctl.core.errors import HubctlError
from hubctl.trial.lab.visitor import Visitor
from lab_hub.admission import with_link_to_another_machine
from lab_hub.sending_on import PAGE
from tests.support.certificates import issue

FULL = f"<p>{with_link_to_another_machine('All places are taken.')}</p>"


class Site:
    """Two instances behind a balancer, of which the first sends browsers on that it does not know."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []  # method, path and instance
        self.next = 0
        self.full = False
        self.wrong_password = False
        self.forgets = False

    async def answer(self, request: web.Request) -> web.Response:
        instance = request.cookies.get("AWSALB", "")
        if not instance:
            self.next += 1
            instance = f"i-{self.next}"
        self.asked.append((request.method, request.path, instance))
        answer = self._of_instance(request, instance)
        answer.set_cookie("AWSALB", instance, path="/")
        return answer

    def _of_instance(self, request: web.Request, instance: str) -> web.Response:
        if self.full:
            return web.Response(text=FULL, status=429)
        known = "session" in request.cookies and not self.forgets
        if request.path.startswith("/hub/api/"):
            fits = request.headers["X-XSRFToken"] == request.cookies.get("_xsrf") == "mine"
            assert request.headers["Sec-Fetch-Mode"] == "cors"
            return web.Response(status=201 if known and fits else 403)
        assert request.headers["Sec-Fetch-Mode"] == "navigate"
        assert request.headers["Accept"].startswith("text/html")
        if request.method == "POST":
            if self.wrong_password:
                return web.Response(text="Invalid username or password", status=403)
            answer = web.Response(status=302, headers={"Location": "/hub/spawn"})
            answer.set_cookie("session", "1", path="/")
            return answer
        if instance == "i-1" and request.path == "/hub/login":
            return web.Response(text=PAGE)
        if request.path == "/":
            return web.Response(status=302, headers={"Location": "/hub/login?next=%2Fhub%2F"})
        if request.path == "/hub/home":
            if not known:
                return web.Response(status=302, headers={"Location": "/hub/login"})
            answer = web.Response(text="home")
            answer.set_cookie("_xsrf", "mine", path="/hub/")
            return answer
        return web.Response(text="<form>")


def played(site: Site, scenario: Callable[[Visitor], Awaitable[None]]) -> None:
    async def whole() -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", site.answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        visitor = Visitor(
            domain="hub.test",
            address="127.0.0.1",
            certificate=issue("localhost").chain_pem,
            user="ada",
            password="a long password",
        )
        visitor._base = f"http://hub.test:{runner.addresses[0][1]}"
        try:
            async with visitor:
                await scenario(visitor)
        finally:
            await runner.cleanup()

    asyncio.run(whole())


def test_a_new_browser_that_is_sent_on_logs_in_at_the_next_instance() -> None:
    site = Site()

    async def scenario(visitor: Visitor) -> None:
        await visitor.login()
        assert visitor.sent_on == 1
        assert await visitor.ask("POST", "/hub/api/users/ada/server", json={}) == (201, "")

    played(site, scenario)
    assert site.asked == [
        ("GET", "/", "i-1"),
        ("GET", "/hub/login", "i-1"),
        ("GET", "/hub/login", "i-2"),
        ("POST", "/hub/login", "i-2"),
        ("GET", "/hub/home", "i-2"),
        ("POST", "/hub/api/users/ada/server", "i-2"),
    ]


def test_a_page_with_a_button_to_another_machine_waits_for_the_user() -> None:
    site = Site()
    site.full = True

    async def scenario(visitor: Visitor) -> None:
        page = await visitor.open_page("/hub/spawn")
        assert (page.status, page.reloads, visitor.sent_on) == (429, False, 0)
        assert visitor.forget(page.text)
        await visitor.open_page("/hub/")
        assert not visitor.forget("<p>Try again</p>")

    played(site, scenario)
    assert [instance for _, _, instance in site.asked] == ["i-1", "i-2"]


def test_who_is_not_let_in_is_told_so_and_by_whom() -> None:
    async def scenario(visitor: Visitor) -> None:
        with pytest.raises(HubctlError, match=r"ada was not let in \(403\) Invalid username"):
            await visitor.login()

    site = Site()
    site.wrong_password = True
    played(site, scenario)


def test_a_login_that_does_not_last_is_not_taken_for_one() -> None:
    async def scenario(visitor: Visitor) -> None:
        with pytest.raises(HubctlError, match="is not known afterwards"):
            await visitor.login()

    site = Site()
    site.forgets = True
    played(site, scenario)
