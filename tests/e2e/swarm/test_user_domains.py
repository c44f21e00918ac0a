"""Domains of users' own: another origin than the hub and than the servers of others, and a switch that ends nothing."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME
from tests.e2e.swarm.conftest import Browser, Limits
from tests.support.hub_client import HubClient

Run = Callable[[Any], Any]
HUB = f"https://{HOSTNAME}"


async def kernel_of(user: HubClient) -> str:
    status, answer = await user.call("POST", f"{user.home}/api/kernels", json={"name": "python3"})
    assert status == 201, answer
    return answer


async def kernels(user: HubClient) -> str:
    status, answer = await user.call("GET", f"{user.home}/api/kernels")
    assert status == 200, answer
    return answer


def cookies_sent(user: HubClient, url: str) -> set[str]:
    return set(user.session.cookie_jar.filter_cookies(aiohttp.client.URL(url)))


async def before(ada: HubClient) -> None:
    await ada.login()
    await ada.start_server()
    assert ada.server_base == HUB
    await kernel_of(ada)


async def during(ada: HubClient, grace: HubClient) -> None:
    # The server that ran goes on where it was, and a new one has a domain.
    assert await kernels(ada) != "[]"
    assert await ada.run_code("print(6 * 7)") == "42\n"
    await grace.login()
    await grace.start_server()
    assert grace.server_base == f"https://grace.{HOSTNAME}"
    assert await grace.run_code("print(6 * 7)") == "42\n"
    await kernel_of(grace)


async def after_a_restart(ada: HubClient, grace: HubClient) -> None:
    assert await kernels(ada) != "[]"
    assert await kernels(grace) != "[]"
    await ada.login()
    await ada.stop_server()
    await ada.start_server()
    assert ada.server_base == f"https://ada.{HOSTNAME}"
    assert await ada.run_code("print(6 * 7)") == "42\n"


async def apart(ada: HubClient, grace: HubClient) -> None:
    # The hub's cookie has another name now: log in again, with everything running.
    for user in (ada, grace):
        await user.login()
        await user.open_lab()
        assert (await user.model())["name"] == user.user
    own, other = f"{ada.server_base}/user/ada/", f"{grace.server_base}/user/ada/"
    mine = {name for name in cookies_sent(ada, own) if "user-ada" in name}
    login = {name for name in cookies_sent(ada, f"{HUB}/hub/") if "hub-login" in name}
    assert mine
    assert "__Host-jupyterhub-hub-login" in login
    assert all(name.startswith("__Host-") for name in mine)
    # None of them goes to the domain of another user, nor the hub's to any user's.
    for place in (other, f"{HUB}/user/ada/", f"{HUB}/hub/"):
        assert not mine & cookies_sent(ada, place), place
    for place in (own, other):
        assert not login & cookies_sent(ada, place), place
    # No server is reached by the domain of another user, or by that of the hub.
    for place in (f"{ada.server_base}{grace.home}/api/status", f"{HUB}{ada.home}/api/status"):
        async with ada.session.get(place, allow_redirects=False) as answer:
            assert answer.status == 302
            assert answer.headers["Location"].startswith(f"{HUB}/hub/user/")
    # A page of grace's domain, in ada's browser, reads neither ada's server nor the hub, and opens no channel.
    foreign = {"Origin": grace.server_base, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-site"}
    for place in (f"{own}api/contents", f"{HUB}/hub/api/user", f"{HUB}/hub/api/users/ada"):
        async with ada.session.get(place, headers=foreign) as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers, place
            assert answer.status in (403, 404), f"{place}: {answer.status}"
    kernel = (await kernel_of(ada)).split('"')[3]
    channel = f"{own.replace('https', 'wss')}api/kernels/{kernel}/channels"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await ada.session.ws_connect(channel, origin=grace.server_base)
    assert refused.value.status == 403
    async with ada.session.ws_connect(channel, origin=ada.server_base):
        pass


@pytest.mark.own_limits
def test_users_switch_to_domains_one_by_one_and_are_apart_there(
    cluster: Cluster, browser: Browser, limits: Limits, run: Run
) -> None:
    async def scenario() -> None:
        async with browser("ada") as ada, browser("grace") as grace:
            limits(user_domains="off")
            await before(ada)
            await asyncio.to_thread(limits, user_domains="on")
            await during(ada, grace)
            await asyncio.to_thread(cluster.restart_hub)
            await after_a_restart(ada, grace)
            await asyncio.to_thread(cluster.restart_hub)
            await apart(ada, grace)
            # Switched off, both keep their domains until they stop.
            await asyncio.to_thread(limits, user_domains="off")
            assert await ada.run_code("print(6 * 7)") == "42\n"
            await ada.login()
            await ada.stop_server()
            await ada.start_server()
            assert ada.server_base == HUB
            assert await kernels(grace) != "[]"

    run(scenario())
