"""JupyterHub itself behind an identity provider that changes its mind: who loses their group while the hub runs is out."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from traitlets.config import Config

from hub_common.settings import Secrets
from swarm_hub.settings import check_settings
from tests.support.real_hub import Browser, World, browser, local, running_hub, world
from tests.support.swarm_in_memory import MemorySwarm, configure_near
from tests.support.waiting import PATIENCE

ENDPOINTS = {name: f"https://id.test/{name}" for name in ("authorize_url", "token_url", "userdata_url")}
LOGINS: dict[str, dict[str, Any]] = {
    "generic": {"username_claim": "sub", "groups_claim": "groups", "allowed_groups": ["lab"], **ENDPOINTS},
    "cognito": {"username_claim": "sub", "allowed_groups": ["lab"], **ENDPOINTS},
    "google": {"allowed_groups": ["lab.test"]},
    "github": {"allowed_groups": ["lab"]},
}


class Provider:
    """What all kinds of providers say of the one user; ``trouble`` is a status that every question gets instead."""

    def __init__(self) -> None:
        self.member = True
        self.staff = True
        self.trouble = 0

    def groups(self) -> list[str]:
        return [name for name, of in (("lab", self.member), ("staff", self.staff)) if of]

    async def answer(self, request: web.Request) -> web.Response:
        if self.trouble:
            return web.Response(status=self.trouble)
        if request.method == "POST":
            return web.json_response({"access_token": "token", "token_type": "bearer"})
        if request.path.startswith("/orgs/"):
            return web.Response(status=204 if self.member else 404)
        domain = "lab.test" if self.member else "elsewhere.test"
        user = {"sub": "ada@lab.test", "login": "ada@lab.test", "groups": self.groups(), "hd": domain}
        user |= {"https://lab.test/claims.v2/name": "ada@lab.test"}
        user |= {"https://lab.test/claims.v2/groups": self.groups()}
        user |= {"cognito:groups": self.groups(), "email": "ada@lab.test", "verified_email": True}
        return web.json_response(user)


@contextlib.asynccontextmanager
async def providing() -> AsyncIterator[tuple[Provider, str]]:
    provider = Provider()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", provider.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield provider, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver
    )  # put back afterwards


@pytest.fixture
def configured(document: dict[str, Any], tmp_path: Path) -> Any:
    """Return ``configured(world, address, **login)``: configuration and Swarm of a hub behind the provider."""
    (tmp_path / "shared/users").mkdir(parents=True)
    swarm = MemorySwarm()

    def make(there: World, address: str, **login: Any) -> tuple[Config, MemorySwarm]:
        document["hub"]["login"] = login
        document["state_folder"] = str(tmp_path)
        document.update(shared_folder=f"{tmp_path}/shared", users_folder=f"{tmp_path}/shared/users")
        settings = check_settings(document)
        config = Config()
        configure_near(config, settings, Secrets(client_id="client", client_secret="secret"), swarm)
        local(config, there, tmp_path)
        for section in ("GenericOAuthenticator", "GoogleOAuthenticator", "GitHubOAuthenticator"):
            for name in ENDPOINTS:
                config[section][name] = f"{address}/{name}"
        config.GitHubOAuthenticator.github_api = address
        return config, swarm

    return make


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, PATIENCE))


async def login(user: Browser) -> int:
    """Go to the provider and come back; return the status at the end."""
    async with user.session.get(f"{user.base}/hub/oauth_login", allow_redirects=False) as answer:
        state = parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]
    status, _ = await user.call("GET", f"/hub/oauth_callback?code=code&state={state}")
    await user.call("GET", "/hub/home")
    return status


async def token_of(user: Browser) -> str:
    _, text = await user.call("POST", "/hub/api/users/ada@lab.test/tokens", json={})
    return str(json.loads(text)["token"])


async def by_token(user: Browser, token: str) -> int:
    headers = {"Authorization": f"token {token}"}
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.get(f"{user.direct}/hub/api/user", headers=headers) as answer,
    ):
        return answer.status


def ask_again(hub: Any) -> None:
    """Let what the hub knows of its users be too old."""
    for user in hub.users.values():
        user._auth_refreshed = None


@pytest.mark.parametrize(
    ("kind", "by"), [("generic", "cookie"), ("cognito", "token"), ("google", "cookie"), ("github", "token")]
)
def test_users_who_lose_their_group_lose_access_and_trouble_at_the_provider_locks_none_of_them_out(
    configured: Any, kind: str, by: str
) -> None:
    async def scenario() -> None:
        async with world() as there, providing() as (provider, address), browser() as opened:
            config, swarm = configured(there, address, authenticator=kind, **LOGINS[kind])
            async with running_hub(config) as hub:
                ada = opened(hub)
                assert await login(ada) == 302
                assert (await ada.call("GET", "/hub/spawn/ada@lab.test"))[0] == 302
                token = await token_of(ada)

                provider.trouble = 500
                ask_again(hub)
                assert (await ada.call("GET", "/hub/home"))[0] == 200
                assert len(swarm.services) == 1

                provider.trouble, provider.member = 0, False
                ask_again(hub)
                if by == "token":
                    assert await by_token(ada, token) == 403
                else:
                    assert (await ada.call("GET", "/hub/home"))[0] in (302, 403)
                async with asyncio.timeout(PATIENCE):
                    while swarm.services or hub.authenticator.locked_out:
                        await asyncio.sleep(0.01)
                assert (await ada.call("GET", "/hub/home"))[0] == 302
                assert await by_token(ada, token) == 403
                assert await login(ada) == 403

                provider.member = True
                assert await login(ada) == 302

    run(scenario())


@pytest.mark.parametrize("kind", LOGINS)
def test_users_without_an_allowed_group_lose_access_when_the_hub_starts(configured: Any, kind: str) -> None:
    """The settings' groups were changed; GitHub alone knows its groups, and is asked at the first request."""

    async def scenario() -> None:
        async with world() as there, providing() as (provider, address), browser() as opened:
            config, swarm = configured(there, address, authenticator=kind, **LOGINS[kind])
            async with running_hub(config) as hub:
                assert await login(opened(hub)) == 302
                assert (await opened(hub).call("GET", "/hub/spawn/ada@lab.test"))[0] == 302
                token = await token_of(opened(hub))
            async with running_hub(config) as hub:  # nothing has changed
                assert (await opened(hub).call("GET", "/hub/home"))[0] == 200
                assert len(swarm.services) == 1
            others = {**LOGINS[kind], "allowed_groups": ["other.test"]}
            config, _ = configured(there, address, authenticator=kind, **others)
            provider.member = False
            async with running_hub(config) as hub:
                assert await by_token(opened(hub), token) == 403
                assert (await opened(hub).call("GET", "/hub/home"))[0] in (302, 403)
                async with asyncio.timeout(PATIENCE):
                    while swarm.services:
                        await asyncio.sleep(0.01)

    run(scenario())


def test_who_leaves_the_administrators_group_is_none_any_more(configured: Any) -> None:
    async def scenario() -> None:
        async with world() as there, providing() as (provider, address), browser() as opened:
            settings = {**LOGINS["generic"], "admin_groups": ["staff"]}
            config, swarm = configured(there, address, authenticator="generic", **settings)
            async with running_hub(config) as hub:
                ada = opened(hub)
                await login(ada)
                assert (await ada.call("GET", "/hub/admin"))[0] == 200
                provider.staff = False
                ask_again(hub)
                assert (await ada.call("GET", "/hub/home"))[0] == 200
                assert (await ada.call("GET", "/hub/admin"))[0] == 403
                assert swarm.services == {}

    run(scenario())


def test_case_13_claims_that_are_urls_let_in_and_make_administrators(configured: Any) -> None:
    async def scenario() -> None:
        async with world() as there, providing() as (provider, address), browser() as opened:
            settings = {
                **ENDPOINTS,
                "username_claim": "https://lab.test/claims.v2/name",
                "groups_claim": "https://lab.test/claims.v2/groups",
                "allowed_groups": ["lab"],
                "admin_groups": ["staff"],
            }
            config, _ = configured(there, address, authenticator="generic", **settings)
            async with running_hub(config) as hub:
                ada = opened(hub)
                assert await login(ada) == 302
                assert (await ada.call("GET", "/hub/admin"))[0] == 200
                provider.staff = False
                ask_again(hub)
                assert (await ada.call("GET", "/hub/home"))[0] == 200
                assert (await ada.call("GET", "/hub/admin"))[0] == 403
                provider.member = False
                assert await login(opened(hub)) == 403

    run(scenario())


def test_without_a_login_users_lose_access(configured: Any) -> None:
    async def scenario() -> None:
        async with world() as there, providing() as (_, address), browser() as opened:
            config, swarm = configured(there, address, authenticator="generic", **LOGINS["generic"])
            async with running_hub(config) as hub:
                await login(opened(hub))
                await opened(hub).call("GET", "/hub/spawn/ada@lab.test")
                token = await token_of(opened(hub))
            config, _ = configured(there, address, authenticator="none")
            async with running_hub(config) as hub:
                assert await by_token(opened(hub), token) == 403
                async with asyncio.timeout(PATIENCE):
                    while swarm.services:
                        await asyncio.sleep(0.01)

    run(scenario())
