"""Browsers that go on to another instance: before a start here, bounded, and never those whose server is here."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tornado import web
from traitlets.config import Config

from hubctl.rehearse.person import Person, Visit
from lab_hub.sending_on import (
    COUNTER,
    MOST_FROM_FULL,
    MOST_FROM_NEARLY_FULL,
    MOST_FROM_SURPLUS,
    STALE_SECONDS,
    Elsewhere,
    SendingOn,
    seen_elsewhere,
    send_on,
)
from tests.support.certificates import issue
from tests.support.hub_steps import run
from tests.support.real_hub import PASSWORD, Browser, World, browser, local, running_hub, world

pytestmark = pytest.mark.filterwarnings("ignore:DummyAuthenticator.password:DeprecationWarning")
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
MOVED = "another machine takes you"


@pytest.fixture
def group_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the agent writes; the hubs of this test look there."""
    monkeypatch.setattr(aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver)
    rule = SendingOn(
        group_file=tmp_path / "group.json", draining_flag=tmp_path / "draining", places=lambda: 2
    )
    send_on(lambda: rule)
    return rule.group_file


def tell(file: Path, *, others: int = 1, surplus: bool = False) -> None:
    file.write_text(json.dumps({"others": others, "surplus": surplus}))


def configured(there: World, folder: Path, *, watched: bool = False) -> Config:
    """Return the hub's configuration; with ``watched``, servers start once somebody follows their start."""
    from jupyterhub.spawner import Spawner

    class Servers(Spawner):  # type: ignore[misc]  # JupyterHub has no types
        async def start(self) -> tuple[str, int]:
            self.followed = asyncio.Event()
            if watched:
                await self.followed.wait()
            if not there.servers_answer:
                raise web.HTTPError(429, "All places are taken.")
            return "127.0.0.1", there.server_port

        async def progress(self) -> AsyncIterator[dict[str, Any]]:
            self.followed.set()
            yield {"progress": 50, "message": "It starts"}

        async def poll(self) -> int | None:
            return None

        async def stop(self, now: bool = False) -> None:
            """Leave it."""

    config = Config()
    config.JupyterHub.authenticator_class = "dummy"
    config.DummyAuthenticator.password = PASSWORD
    config.Authenticator.allow_all = True
    config.JupyterHub.proxy_class = "hub_common.watched_proxy.WatchedProxy"
    config.ConfigurableHTTPProxy.should_start = False
    config.JupyterHub.spawner_class = Servers
    return local(config, there, folder)


async def page(who: Browser, path: str, **headers: str) -> str:
    return (await who.call("GET", path, headers={**BROWSER, **headers}))[1]


async def moves(who: Browser, path: str) -> int:
    """Return how often the instance sends this browser on, which the balancer leads back each time."""
    count = 0
    while MOVED in await page(who, path):
        count += 1
        assert count < 20
    return count


def test_a_surplus_instance_sends_a_new_browser_on_a_few_times_and_then_serves(
    group_file: Path, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with world() as there, running_hub(configured(there, tmp_path)) as hub:
            tell(group_file, surplus=True)
            for path in ("/", "/hub/", "/hub/login", "/hub/spawn"):
                async with browser() as opened:
                    assert await moves(opened(hub), path) == MOST_FROM_SURPLUS, path
            async with browser() as opened:
                ada = opened(hub)
                text = await page(ada, "/")
                assert "document.cookie='AWSALB=;" in text
                assert "document.cookie='AWSALBCORS=;" in text
                (counter,) = [cookie for cookie in ada.session.cookie_jar if cookie.key == COUNTER]
                assert (counter["path"], counter["max-age"], counter["httponly"]) == ("/", "120", True)
            tell(group_file, surplus=False)
            async with browser() as opened:
                assert await moves(opened(hub), "/") == 0

    run(scenario())


def test_users_with_a_server_here_and_those_who_may_have_one_stay(group_file: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with world() as there, running_hub(configured(there, tmp_path)) as hub:
            async with browser() as opened:
                ada = opened(hub)
                await ada.login("ada")
                status, text = await ada.call("POST", "/hub/api/users/ada/server", json={})  # of a program
                assert status == 201, text
                tell(group_file, surplus=True)
                for path in ("/", "/hub/", "/hub/spawn", "/hub/login", "/hub/spawn/ada"):
                    assert await moves(ada, path) == 0, path
            async with browser() as opened:
                known = opened(hub)
                await known.call("GET", "/hub/login", headers={"Accept": "*/*"})
                assert await moves(known, "/hub/login") == 0  # it has been here: who it is, is not known yet
                await known.login("grace")
                assert await moves(known, "/hub/spawn") == MOST_FROM_SURPLUS  # without a server here

    run(scenario())


def test_a_full_or_closed_instance_sends_on_while_there_are_others(group_file: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with world() as there, running_hub(configured(there, tmp_path)) as hub:
            for name in ("ada", "grace"):
                async with browser() as opened:
                    await opened(hub).login(name)
                    await opened(hub).call("POST", f"/hub/api/users/{name}/server", json={})
            tell(group_file, others=0)
            async with browser() as opened:
                assert await moves(opened(hub), "/") == 0
            tell(group_file)
            async with browser() as opened:
                assert await moves(opened(hub), "/") == MOST_FROM_FULL
                assert (await opened(hub).call("GET", "/", headers={"Accept": "*/*"}))[0] == 302
            hub.users.clear()
            async with browser() as opened:
                assert await moves(opened(hub), "/") == 0
                (tmp_path / "draining").touch()
            async with browser() as opened:
                assert await moves(opened(hub), "/") == MOST_FROM_FULL

    run(scenario())


@pytest.mark.parametrize(
    ("spare", "places", "last"),
    [(0, 20, 0), (4, 20, 4), (40, 20, 5), (4, 2, 0)],  # a quarter of the places at most
)
def test_the_last_places_are_for_those_who_find_no_other(
    tmp_path: Path, spare: int, places: int, last: int
) -> None:
    rule = SendingOn(
        group_file=tmp_path / "group.json",
        draining_flag=tmp_path / "draining",
        places=lambda: places,
        spare=spare,
    )
    tell(rule.group_file)
    sent = [rule.most(servers) for servers in range(places + 1)]
    nearly_full = [MOST_FROM_NEARLY_FULL] * last
    assert sent == [0] * (places - last) + nearly_full + [MOST_FROM_FULL]
    tell(rule.group_file, others=0)
    assert not any(rule.most(servers) for servers in range(places + 1))


@pytest.mark.parametrize("forged", ["-1", "x", "9" * 30, "²"])
def test_a_forged_counter_does_no_harm(group_file: Path, tmp_path: Path, forged: str) -> None:
    async def scenario() -> None:
        async with (
            world() as there,
            running_hub(configured(there, tmp_path)) as hub,
            browser() as opened,
        ):
            tell(group_file, surplus=True)
            status, _ = await opened(hub).call(
                "GET", "/", headers={**BROWSER, "Cookie": f"{COUNTER}={forged}"}
            )
            assert status in (200, 302)

    run(scenario())


def test_what_the_agent_wrote_counts_for_some_minutes(tmp_path: Path) -> None:
    file = tmp_path / "group.json"
    assert seen_elsewhere(file) == Elsewhere()
    tell(file, others=2, surplus=True)
    assert seen_elsewhere(file) == Elsewhere(others=2, surplus=True)
    written = file.stat().st_mtime
    assert seen_elsewhere(file, lambda: written + STALE_SECONDS + 1) == Elsewhere()
    damaged: Any
    for damaged in ("", "[]", '{"others": "many", "surplus": true}', "{}"):
        file.write_text(damaged)
        assert seen_elsewhere(file) == Elsewhere()


def test_who_was_refused_and_tries_again_is_sent_on_again(group_file: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with world() as there, running_hub(configured(there, tmp_path)) as hub:
            tell(group_file, surplus=True)
            there.servers_answer = False
            async with browser() as opened:
                ada = opened(hub)
                assert await moves(ada, "/") == MOST_FROM_SURPLUS
                await ada.login("ada")
                # It was sent on enough before the login: now it reaches the start, which fails at once or a moment later.
                status, _ = await ada.call("GET", "/hub/spawn", headers=BROWSER)
                assert status in (302, 429)
                while hub.users["ada"].spawner.active:
                    await asyncio.sleep(0.05)
                assert await moves(ada, "/hub/spawn") == MOST_FROM_SURPLUS

    run(scenario())


def test_the_users_of_a_rehearsal_come_to_their_server_as_browsers_do(
    group_file: Path, tmp_path: Path
) -> None:
    def person(hub: Any, name: str) -> Person:
        made = Person(
            speed=10.0,
            domain="hub.test",
            address="127.0.0.1",
            certificate=issue("localhost").chain_pem,
            user=name,
            password=PASSWORD,
        )
        made._base = f"http://hub.test:{hub.hub.url.split(':')[2].split('/')[0]}"
        return made

    async def scenario() -> None:
        async with world() as there, running_hub(configured(there, tmp_path, watched=True)) as hub:
            tell(group_file)
            async with person(hub, "ada") as ada:
                seen = Visit(user="ada", came=0)
                assert await ada._started(time.monotonic(), seen)
                assert (seen.tries, seen.place, ada.sent_on) == (1, 0, 0)
            tell(group_file, surplus=True)
            async with person(hub, "grace") as grace:
                assert await grace._started(time.monotonic(), Visit(user="grace", came=0))
                assert grace.sent_on == MOST_FROM_SURPLUS
            assert hub.users.count_active_users()["active"] == 2  # now it is full
            async with person(hub, "edsger") as edsger:
                assert (await edsger.ask_for_server()).status == 200
                assert edsger.sent_on == MOST_FROM_FULL

    run(scenario())
