"""The proxy that runs beside the hub: when it was restarted, the hub gives it its routes again within seconds.

JupyterHub itself checks only every five minutes. Restarting the hub would do it too, but takes the pages of all users
away meanwhile. So the hub checks once a second whether a route is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy
from traitlets import Float, List

# A proxy that is away is asked again after so many seconds: JupyterHub's own waits grow longer and longer.
ANSWER_SECONDS = 3.0


def at_start(c: Any, *functions: Callable[[Any], None]) -> None:
    """Have the functions called once, with the application."""
    c.WatchedProxy.when_started = [*(c.WatchedProxy.get("when_started") or []), *functions]


class WatchedProxy(ConfigurableHTTPProxy):  # type: ignore[misc]  # JupyterHub has no types
    """The proxy, watched from the end of the hub's start on; that is also when ``when_started`` is called."""

    look_seconds = Float(1.0, help="Seconds between two looks at the proxy's routes").tag(config=True)
    when_started: Any = List(
        help="Functions that are called once, with the application, when the hub has started"
    ).tag(config=True)

    _watch: asyncio.Task[None] | None = None

    async def check_routes(
        self, user_dict: Any, service_dict: Any, routes: Mapping[str, Any] | None = None
    ) -> None:
        """Put all routes right. JupyterHub calls this at the end of its start, which begins the watch."""
        await super().check_routes(user_dict, service_dict, routes)
        if self._watch is None:
            self._watch = asyncio.create_task(self._keep_routes(user_dict, service_dict))
            for begin in self.when_started:
                try:
                    begin(self.app)
                except Exception:  # as when Docker is away: what needs it tries again by itself
                    self.log.exception("something that begins with the hub did not")

    async def _keep_routes(self, user_dict: Any, service_dict: Any) -> None:
        away = False
        while True:
            await asyncio.sleep(self.look_seconds)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    routes = await self.get_all_routes()
                if missing := self._missing(routes):
                    self.log.warning("the proxy lacks %d routes, as after its restart", missing)
                    await self.check_routes(user_dict, service_dict)
                away = False
            except Exception as error:  # it restarts: the next look finds it
                if not away:
                    self.log.warning("the proxy does not answer: %s", error or type(error).__name__)
                away = True

    def _missing(self, routes: Mapping[str, Any]) -> int:
        wanted = {self.app.hub.routespec}
        for user in self.app.users.values():
            wanted |= {spawner.proxy_spec for spawner in user.spawners.values() if spawner.ready}
        return len(wanted - routes.keys())
