"""The proxy's routes, in a whole hub: after a restart of the proxy the hub gives them again."""

import json

import aiohttp
import pytest

from tests.support.hub_steps import Configure, run, until
from tests.support.real_hub import browser, running_hub, world
from tests.support.swarm_in_memory import MemorySwarm

# The name of that option is JupyterHub's affair.
pytestmark = pytest.mark.filterwarnings("ignore:DummyAuthenticator.password:DeprecationWarning")


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver
    )  # put back afterwards


def test_a_restarted_proxy_gets_its_routes_again(configured: Configure, swarm: MemorySwarm) -> None:
    async def scenario() -> None:
        async with (
            world() as there,
            browser() as opened,
            running_hub(configured(there, allow_all=True)) as hub,
        ):
            ada = opened(hub)
            await ada.login("ada")
            await ada.call("GET", "/hub/spawn/ada")
            assert set(there.routes) == {"/", "/hub.test/user/ada"}
            routes = json.loads(json.dumps(there.routes))
            there.restart_proxy()
            await until(lambda: len(there.routes) == 2)
            assert there.routes == routes
            # Half of them, as when it was restarted while the hub gave them.
            del there.routes["/hub.test/user/ada"]
            await until(lambda: len(there.routes) == 2)
            assert swarm.services.keys() == {"notebook-ada"}

    run(scenario())
