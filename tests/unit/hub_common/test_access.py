"""Whoever is removed from the settings loses access, in a whole hub with the test login."""

from pathlib import Path

import aiohttp
import pytest

from tests.support.hub_steps import Configure, by_token, run, start, token_of, until
from tests.support.real_hub import browser, running_hub, world
from tests.support.swarm_in_memory import MemorySwarm

# The name of that option is JupyterHub's affair.
pytestmark = pytest.mark.filterwarnings("ignore:DummyAuthenticator.password:DeprecationWarning")


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver
    )  # put back afterwards


def test_users_who_are_removed_from_the_settings_lose_access(
    configured: Configure, swarm: MemorySwarm, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with (
            world() as there,
            browser() as first,
            browser() as second,
            browser() as third,
        ):
            names = {"allowed_users": ["ada", "mary"], "admin_users": ["root"]}
            async with running_hub(configured(there, **names)) as hub:
                ada, mary, root = first(hub), second(hub), third(hub)
                for person, name in ((ada, "ada"), (mary, "mary"), (root, "root")):
                    assert await person.login(name) == 302
                    await start(person, name)
                token, admins = await token_of(ada, "ada"), await token_of(root, "root")
                assert await by_token(hub, token, "GET", "/user") == 200
                assert await by_token(hub, admins, "GET", "/users") == 200
            (tmp_path / "shared/users/ada/work.txt").write_text("mine")

            async with running_hub(configured(there, allowed_users=["mary", "root"])) as hub:
                ada, mary, root = first(hub), second(hub), third(hub)
                assert (await ada.call("GET", "/hub/home"))[0] == 302  # to the login page
                assert (await ada.call("GET", "/hub/spawn/ada"))[0] in (302, 403)
                assert await by_token(hub, token, "GET", "/user") == 403
                assert await by_token(hub, token, "POST", "/users/ada/server") == 403
                await until(lambda: "notebook-ada" not in swarm.services)
                await until(lambda: "ada" not in hub.authenticator.locked_out)
                assert "/hub.test/user/ada" not in there.routes
                assert await ada.login("ada") == 403
                # The former administrator is a user like others, with a server that runs on.
                assert (await root.call("GET", "/hub/home"))[0] == 200
                assert (await root.call("GET", "/hub/admin"))[0] == 403
                assert await by_token(hub, admins, "GET", "/users") == 403
                assert (await mary.call("GET", "/hub/home"))[0] == 200
                assert swarm.services.keys() == {"notebook-mary", "notebook-root"}
            assert (tmp_path / "shared/users/ada/work.txt").read_text() == "mine"

            # Let in again, with the same files.
            async with running_hub(configured(there, allowed_users=["ada", "mary"])) as hub:
                ada = first(hub)
                assert (await ada.call("GET", "/hub/home"))[0] == 302
                assert await by_token(hub, token, "GET", "/user") == 403
                assert await ada.login("ada") == 302
                await start(ada, "ada")

    run(scenario())


def test_while_docker_is_away_no_user_is_removed_and_none_of_them_gets_in(
    configured: Configure, swarm: MemorySwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hub_common.access

    monkeypatch.setattr(hub_common.access, "RETRY_SECONDS", 0.05)

    async def scenario() -> None:
        async with world() as there, browser() as opened:
            async with running_hub(configured(there, allowed_users=["ada"])) as hub:
                ada = opened(hub)
                await ada.login("ada")
                await start(ada, "ada")
                token = await token_of(ada, "ada")
            swarm.away = True
            async with running_hub(configured(there, allowed_users=["mary"])) as hub:
                assert (await opened(hub).call("GET", "/hub/home"))[0] == 302
                assert await by_token(hub, token, "GET", "/user") == 403
                swarm.away = False
                await until(lambda: not hub.authenticator.locked_out)
                assert swarm.services == {}

    run(scenario())


def test_the_admin_panel_adds_only_users_whom_the_settings_let_in(
    configured: Configure, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> None:
        async with world() as there, browser() as opened:
            config = configured(there, admin_users=["root"], allowed_users=["mary"])
            async with running_hub(config) as hub:
                root = opened(hub)
                await root.login("root")
                status, _ = await root.call("POST", "/hub/api/users/somebody", json={})
                assert status == 400
                assert (
                    "do not let somebody in. Add the name to hub_login_allowed_users"
                    in capfd.readouterr().err
                )
                status, _ = await root.call("GET", "/hub/api/users/somebody")
                assert status == 404

    run(scenario())
