"""The balancer's listeners on this machine, over targets that follow what the local AWS says."""

import email.utils
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp
from aiohttp import web

from hubctl.trial.lab.balancer.description import BalancerDescription, Listener
from hubctl.trial.lab.balancer.forwarding import error_page, forward, target_session
from hubctl.trial.lab.balancer.targets import Target, Targets

COOKIE, CORS_COOKIE = "AWSALB", "AWSALBCORS"
CLOSE_SECONDS = 2.0
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class LocalBalancer:
    """Listeners at one address. Times of the target group run ``speed`` times as fast as AWS; those of connections are real."""

    def __init__(
        self, description: BalancerDescription, address: str, certificate: Path, key: Path, speed: float = 1.0
    ) -> None:
        self.description = description
        self.targets = {arn: Targets(group, speed) for arn, group in description.groups.items()}
        self._address = address
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate, key)
        self._speed = speed
        self._runners: list[web.ServerRunner] = []
        self.client: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the listeners."""
        self.client = target_session(self.description.idle_timeout)
        for listener in self.description.listeners:
            server = web.Server(
                self._answer_of(listener),
                keepalive_timeout=self.description.idle_timeout,
                max_line_size=65536,
                max_field_size=65536,
                access_log=None,
            )
            runner = web.ServerRunner(server, shutdown_timeout=CLOSE_SECONDS)
            await runner.setup()
            self._runners.append(runner)
            tls = self._tls if listener.protocol == "HTTPS" else None
            await web.TCPSite(runner, self._address, listener.port, ssl_context=tls).start()

    async def stop(self) -> None:
        """Close the listeners and all connections."""
        for runner in self._runners:
            await runner.cleanup()
        if self.client is not None:
            await self.client.close()

    def update(self, arn: str, registered: Mapping[str, tuple[str, int]]) -> None:
        """Take over who is registered; end what still runs to targets whose draining is over."""
        for target in self.targets[arn].update(registered, time.monotonic()):
            for task in list(target.tasks):
                task.cancel()

    def _answer_of(self, listener: Listener) -> Handler:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            if listener.redirect is not None:
                return self._redirect(listener, request)
            assert listener.target_group is not None  # noqa: S101 - description.py sees to it
            return await self._forward(self.targets[listener.target_group], request)

        return answer

    def _redirect(self, listener: Listener, request: web.BaseRequest) -> web.Response:
        assert listener.redirect is not None  # noqa: S101 - the caller has looked
        location = listener.redirect.location(
            host=request.host.partition(":")[0],
            path=request.rel_url.raw_path,
            query=request.rel_url.raw_query_string,
            port=listener.port,
            protocol=listener.protocol,
        )
        return web.Response(status=listener.redirect.status, headers={"Location": location})

    async def _forward(self, targets: Targets, request: web.BaseRequest) -> web.StreamResponse:
        target = targets.choose(request.cookies.get(COOKIE))
        if target is None:
            return error_page(503, "No instance of the Lab is ready yet. Try again in a moment.")
        assert self.client is not None  # noqa: S101 - start() has made it
        cookies = self._cookies(targets, target)
        return await forward(request, target, self.client, cookies, self.description.idle_timeout)

    def _cookies(self, targets: Targets, target: Target) -> list[str]:
        """Return the stickiness cookies, renewed with every answer; the second is for requests from other sites."""
        seconds = targets.group.sticky_seconds
        if seconds is None:
            return []
        expires = email.utils.formatdate(time.time() + seconds, usegmt=True)
        value = f"{targets.cookie(target)}; Expires={expires}; Path=/"
        return [f"{COOKIE}={value}", f"{CORS_COOKIE}={value}; SameSite=None; Secure"]
