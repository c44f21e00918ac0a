"""A hub that is restarted while Docker or the files are in trouble: which servers it keeps, and which it gives up."""

import aiohttp
import pytest

from tests.support.hub_steps import Configure, run, start, until
from tests.support.real_hub import browser, running_hub, world
from tests.support.swarm_in_memory import MemorySwarm

# The name of that option is JupyterHub's affair.
pytestmark = pytest.mark.filterwarnings("ignore:DummyAuthenticator.password:DeprecationWarning")


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver
    )  # put back afterwards


@pytest.mark.parametrize("trouble", ["docker", "files"])
def test_a_hub_restarted_in_a_time_of_trouble_stops_no_server(
    configured: Configure, swarm: MemorySwarm, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hub_common.spawner

    if trouble != "docker":  # no server answers: no need to wait for that as long as for one that is slow
        monkeypatch.setattr(hub_common.spawner, "ANSWER_AFTER_RESTART_SECONDS", 0.2)

    async def scenario() -> None:
        async with world() as there, browser() as opened:
            config = configured(there, allow_all=True)
            async with running_hub(config) as hub:
                ada = opened(hub)
                await ada.login("ada")
                await start(ada, "ada")
            swarm.away = trouble == "docker"
            there.servers_answer = trouble == "docker"
            async with running_hub(config) as hub:
                (ada,) = hub.users.values()
                await until(lambda: not ada.spawner.pending)
                assert ada.spawner.ready
                assert swarm.services.keys() == {"notebook-ada"}
                assert "/hub.test/user/ada" in there.routes
                swarm.away, there.servers_answer = False, True
                # In order again, it is looked at as ever.
                assert await ada.spawner.poll() is None
                swarm.services.clear()
                assert await ada.spawner.poll() == 0

    run(scenario())


def test_a_server_that_ended_while_the_hub_was_away_is_given_up(
    configured: Configure, swarm: MemorySwarm
) -> None:
    async def scenario() -> None:
        async with world() as there, browser() as opened:
            config = configured(there, allow_all=True)
            async with running_hub(config) as hub:
                await opened(hub).login("ada")
                await start(opened(hub), "ada")
            swarm.services.clear()
            async with running_hub(config) as hub:
                (ada,) = hub.users.values()
                assert not ada.spawner.active
                assert "/hub.test/user/ada" not in there.routes

    run(scenario())
