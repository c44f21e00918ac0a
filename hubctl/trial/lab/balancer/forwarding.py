"""Carries a request to a target and the answer back, as an Application Load Balancer does, websockets too.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from hubctl.trial.lab.balancer.targets import Target

# RFC 9110, section 7.6.1: these speak of one connection only.
_ONE_CONNECTION = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
# aiohttp makes these itself for a websocket.
_HANDSHAKE = {
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "content-length",
}
CONNECT_SECONDS = 10.0
Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


def target_session(idle_timeout: float) -> aiohttp.ClientSession:
    """Return the connections to the targets: no cookies, nothing unpacked, no end but the idle time-out."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=idle_timeout),
        max_line_size=65536,
        max_field_size=65536,
        trust_env=False,
    )


async def forward(
    request: web.BaseRequest,
    target: Target,
    client: aiohttp.ClientSession,
    cookies: list[str],
    idle_timeout: float,
) -> web.StreamResponse:
    """Answer a request by a target; ``cookies`` are set in the answer. Unreachable targets make a 502, silent ones a 504."""
    url = f"http://{target.address}:{target.port}{request.raw_path}"
    try:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await _websocket(request, target, client, url, cookies, idle_timeout)
        return await _plain(request, target, client, url, cookies)
    except TimeoutError:
        return error_page(504, "The instance did not answer in time.")
    except (aiohttp.ClientError, OSError) as error:
        return error_page(502, f"The instance broke the connection off ({type(error).__name__}).")


def error_page(status: int, sentence: str) -> web.Response:
    """Return a page of the balancer's own."""
    phrase = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}[status]
    page = f"<html><head><title>{status} {phrase}</title></head><body><h1>{status} {phrase}</h1><p>{sentence}</p></body></html>"
    return web.Response(status=status, text=page, content_type="text/html")


def forwarded_headers(request: web.BaseRequest) -> CIMultiDict[str]:
    """Return the request's headers as the target gets them."""
    headers = CIMultiDict(
        (name, value) for name, value in request.headers.items() if name.lower() not in _ONE_CONNECTION
    )
    peer = request.remote or ""
    before = headers.get("X-Forwarded-For")
    headers["X-Forwarded-For"] = f"{before}, {peer}" if before else peer
    headers["X-Forwarded-Proto"] = request.scheme
    socket = request.get_extra_info("sockname")
    headers["X-Forwarded-Port"] = str(socket[1] if socket else 443)
    return headers


async def _plain(
    request: web.BaseRequest, target: Target, client: aiohttp.ClientSession, url: str, cookies: list[str]
) -> web.StreamResponse:
    body = request.content.iter_any() if request.body_exists else None
    headers = forwarded_headers(request)
    async with (
        _counted(target),
        client.request(
            request.method,
            _raw(url),
            headers=headers,
            data=body,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        ) as given,
    ):
        answer = web.StreamResponse(status=given.status, reason=given.reason)
        for name, value in given.headers.items():
            if name.lower() not in _ONE_CONNECTION:
                answer.headers.add(name, value)
        for cookie in cookies:
            answer.headers.add("Set-Cookie", cookie)
        await answer.prepare(request)
        if request.method != "HEAD":
            async for part in given.content.iter_any():
                await answer.write(part)
        await answer.write_eof()
    return answer


async def _websocket(
    request: web.BaseRequest,
    target: Target,
    client: aiohttp.ClientSession,
    url: str,
    cookies: list[str],
    idle_timeout: float,
) -> web.StreamResponse:
    headers = forwarded_headers(request)
    for name in _HANDSHAKE:
        headers.popall(name, None)
    wanted = [word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    wanted = [word for word in wanted if word]
    try:
        opened = await client.ws_connect(
            _raw(url), headers=headers, protocols=wanted, max_msg_size=0, autoping=False
        )
    except aiohttp.WSServerHandshakeError as refused:
        # The target wants no websocket: its verdict, such as a 403 without a login, is the browser's to see.
        return web.Response(status=refused.status, text=refused.message)
    async with _counted(target), opened as far:
        near = web.WebSocketResponse(
            protocols=[far.protocol] if far.protocol else [], max_msg_size=0, compress=False, autoping=False
        )
        for cookie in cookies:
            near.headers.add("Set-Cookie", cookie)
        await near.prepare(request)
        traffic = _Traffic()
        ways = [
            asyncio.create_task(way)
            for way in (
                _pump(near, far, traffic),
                _pump(far, near, traffic),
                traffic.silent_for(idle_timeout),
            )
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            with contextlib.suppress(ConnectionError, RuntimeError):
                await near.close(code=far.close_code or 1001)
    return near


class _Traffic:
    """When something last went over a websocket, in either direction."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    async def silent_for(self, seconds: float) -> None:
        """Return once nothing went over it for so long."""
        while (left := self.last + seconds - time.monotonic()) > 0:
            await asyncio.sleep(left)


async def _pump(source: Socket, sink: Socket, traffic: _Traffic) -> None:
    """Carry messages until one end closes."""
    kinds = aiohttp.WSMsgType
    ways: dict[aiohttp.WSMsgType, Callable[[Any], Awaitable[None]]] = {
        kinds.TEXT: sink.send_str,
        kinds.BINARY: sink.send_bytes,
        kinds.PING: sink.ping,
        kinds.PONG: sink.pong,
    }
    async for message in source:
        traffic.last = time.monotonic()
        if message.type in ways:
            await ways[message.type](message.data)


@contextlib.asynccontextmanager
async def _counted(target: Target) -> AsyncIterator[None]:
    """Count a request that is under way; the end of a target's draining ends it."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - this is a coroutine
    target.tasks.add(task)
    try:
        yield
    finally:
        target.tasks.discard(task)


def _raw(url: str) -> URL:
    """Return the address exactly as the browser wrote it."""
    return URL(url, encoded=True)
