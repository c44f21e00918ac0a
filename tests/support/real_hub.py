"""JupyterHub itself, in the test's own process and event loop, between a stand-in for its proxy and one for all servers.

``async with running_hub(config) as hub`` starts it as ``jupyterhub`` would, on ports that the system gives; leaving the
block ends the hub and leaves servers alone, as a restart does. Its database is a file of the test, unless it has another.
"""

import asyncio
import contextlib
import copy
import json
import urllib.parse
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yarl
from aiohttp import web
from traitlets.config import Config

from tests.support.hub_client import OneAddress
from tests.support.ports import held_port

TOKEN = "proxy"
KEY = "ab" * 32
PASSWORD = "a long password"


@dataclass
class World:
    """What outlives the hub: its proxy's routes, the users' servers, and whether those answer."""

    routes: dict[str, dict[str, Any]] = field(default_factory=dict)
    proxy_url: str = ""
    server_port: int = 0
    servers_answer: bool = True
    kernels: dict[str, str] = field(default_factory=dict)  # by the path of the server: busy or idle
    asked: list[str] = field(default_factory=list)

    def restart_proxy(self) -> None:
        """Forget all routes, as configurable-http-proxy does."""
        self.routes.clear()

    async def proxy_api(self, request: web.Request) -> web.Response:
        """Answer as the API of configurable-http-proxy, which keeps paths without escapes."""
        assert request.headers["Authorization"] == f"token {TOKEN}"
        path = urllib.parse.unquote(request.raw_path.removeprefix("/api/routes").split("?")[0]) or "/"
        if request.method == "GET":
            return web.json_response(self.routes)
        if request.method == "POST":
            self.routes[path] = json.loads(await request.text())
            return web.Response(status=201)
        return web.Response(status=204 if self.routes.pop(path, None) else 404)

    async def server(self, request: web.Request) -> web.Response:
        """Answer for a user's server, at the very path that the hub gave it."""
        if not self.servers_answer:
            return web.Response(status=503)
        self.asked.append(request.raw_path)
        base, _, rest = request.raw_path.partition("/api")
        headers = {"X-JupyterHub-Version": "6"}
        if rest == "/kernels":
            if base not in self.kernels:
                return web.Response(status=404)
            return web.json_response([{"execution_state": self.kernels[base]}], headers=headers)
        return web.json_response({"version": "2"}, headers=headers)


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Serve the stand-ins until the block ends."""
    made = World()
    async with contextlib.AsyncExitStack() as stack:
        made.proxy_url = f"http://127.0.0.1:{await _serve(made.proxy_api, stack)}"
        made.server_port = await _serve(made.server, stack)
        yield made


async def _serve(handler: Any, stack: contextlib.AsyncExitStack) -> int:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return int(runner.addresses[0][1])


def local(config: Config, there: World, folder: Path) -> Config:
    """Change a hub's own configuration so that it runs here: addresses, database, no helpers, cookies without TLS."""
    if not str(config.JupyterHub.db_url).startswith("postgresql"):
        config.JupyterHub.db_url = f"sqlite:///{folder}/jupyterhub.sqlite"
    config.JupyterHub.public_url = ""  # by which cookies are for TLS only
    config.JupyterHub.cookie_secret = bytes.fromhex(KEY)
    config.CryptKeeper.keys = [bytes.fromhex(KEY)]
    config.JupyterHub.services = []
    config.JupyterHub.load_roles = []
    (folder / "empty.py").write_text("")
    config.JupyterHub.config_file = str(folder / "empty.py")
    config.JupyterHub.last_activity_interval = 0
    config.JupyterHub.tornado_settings = {"slow_spawn_timeout": 30}
    config.ConfigurableHTTPProxy.api_url = there.proxy_url
    config.ConfigurableHTTPProxy.auth_token = TOKEN
    config.WatchedProxy.look_seconds = 0.05
    config.Spawner.port = there.server_port
    return config


@contextlib.asynccontextmanager
async def running_hub(config: Config) -> AsyncIterator[Any]:
    """Run the hub until the block ends."""
    from jupyterhub.app import JupyterHub

    class LocalHub(JupyterHub):  # type: ignore[misc]  # JupyterHub has no types
        def init_signal(self) -> None:
            """Leave the test's signals alone."""

    with held_port() as port:
        config = copy.deepcopy(config)
        config.JupyterHub.hub_bind_url = config.JupyterHub.hub_connect_url = f"http://127.0.0.1:{port}"
        config.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
        LocalHub.clear_instance()
        hub = LocalHub.instance(config=config)
        before = asyncio.all_tasks()
        try:
            await hub.initialize([])
            await hub.start()
            yield hub
        finally:
            await _end(hub, before)
            LocalHub.clear_instance()


async def _close_shared() -> None:
    """Close what hubs of one process share: connections to proxy and servers, the threads that encrypt."""
    from jupyterhub.crypto import CryptKeeper
    from jupyterhub.httpclient import JupyterHubHTTPClient

    if CryptKeeper.initialized():
        CryptKeeper.instance().executor.shutdown()
        CryptKeeper.clear_instance()

    if JupyterHubHTTPClient.initialized():
        await JupyterHubHTTPClient.loop_instance().close()


async def _end(hub: Any, before: set[Any]) -> None:
    for callback in [*hub._periodic_callbacks.values(), hub.metrics_collector]:
        callback.stop()
    for user in hub.users.values():
        for spawner in user.spawners.values():
            spawner.stop_polling()
    if hub.http_server:
        hub.http_server.stop()
        await hub.http_server.close_all_connections()
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await _close_shared()
    hub.db.close()
    hub.db.get_bind().dispose()


class Browser:
    """Somebody's browser: cookies, and what the hub answers."""

    def __init__(self, hub: Any, session: aiohttp.ClientSession) -> None:
        self.direct = hub.hub.url.rstrip("/").removesuffix("/hub")
        # By its name, where it has one: the hub's cookies are for it.
        place = yarl.URL(self.direct)
        self.base = f"http://{hub.domain or place.host}:{place.port}"
        self.session = session

    def _xsrf(self) -> str:
        cookies = self.session.cookie_jar.filter_cookies(yarl.URL(f"{self.base}/hub/"))
        return cookies["_xsrf"].value if "_xsrf" in cookies else ""

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Return status and text; redirects are not followed."""
        headers = {"X-XSRFToken": self._xsrf(), **options.pop("headers", {})}
        address = f"{self.base}{path}"
        async with self.session.request(
            method, address, headers=headers, allow_redirects=False, **options
        ) as answer:
            return answer.status, await answer.text()

    async def login(self, name: str) -> int:
        """Log in by the test login; return the last status."""
        await self.call("GET", "/hub/login")
        form = {"username": name, "password": PASSWORD, "_xsrf": self._xsrf()}
        status, _ = await self.call("POST", "/hub/login", data=form)
        await self.call("GET", "/hub/home")
        return status


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Any]:
    """Give ``open(hub)``: the same cookies at whichever hub."""
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(resolver=OneAddress("127.0.0.1"), use_dns_cache=False)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=connector, trust_env=False) as session:
        yield lambda hub: Browser(hub, session)
