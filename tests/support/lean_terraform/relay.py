"""Stands between Terraform and its AWS provider: passes every call on, but describes fewer resources to Terraform.

Started as ``python relay.py SOCKET TYPE...``; writes ``ready`` to standard output when it listens, and ends when standard
input does. Each Terraform that connects gets a provider process for itself, in its folder and with its environment, for as
long as it keeps the connection. The provider runs as under a debugger:
https://developer.hashicorp.com/terraform/plugin/debugging
"""

import asyncio
import contextlib
import itertools
import json
import re
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.support.lean_terraform.schemas import trimmed

Call = Callable[[bytes], Awaitable[bytes]]

_SCHEMAS = "/tfplugin5.Provider/GetSchema"
# Streams for output and for calls back, which Terraform does without where the plugin has none
_STREAMS = ("/plugin.GRPCStdio/", "/plugin.GRPCBroker/")
_ANY_SIZE = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
_LONGEST_LINE = 1 << 22  # bytes; the whole environment comes in one


class Relay:
    """Serves each Terraform a provider, and remembers the schemas of each provider program."""

    def __init__(self, socket: Path, types: frozenset[str]) -> None:
        self._socket = socket
        self._types = types
        self._schemas: dict[str, bytes] = {}
        self._numbers = itertools.count()

    async def serve(self) -> None:
        """Serve until standard input ends."""
        async with await asyncio.start_unix_server(self._connected, str(self._socket), limit=_LONGEST_LINE):
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.read)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # this process ends
            await self._serve_one(reader, writer)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wanted = json.loads(await reader.readline())
        provider = await start(**wanted)
        try:
            name, attachment = await attachment_of(provider)
            address = attachment["Addr"]["String"]
            async with grpc.aio.insecure_channel(f"unix:{address}", options=_ANY_SIZE) as channel:
                server = grpc.aio.server(options=_ANY_SIZE)
                server.add_generic_rpc_handlers([Calls(channel, partial(self._describe, wanted["program"]))])
                attachment["Addr"]["String"] = path = f"{self._socket}.{next(self._numbers)}"
                server.add_insecure_port(f"unix:{path}")
                await server.start()
                with contextlib.suppress(ConnectionError):  # Terraform was killed
                    writer.write(json.dumps({name: attachment}).encode() + b"\n")
                    await writer.drain()
                    await reader.read()
                await server.stop(grace=None)
        finally:
            with contextlib.suppress(ProcessLookupError):
                provider.kill()
            await provider.wait()
            writer.close()

    async def _describe(self, program: str, call: Call, request: bytes) -> bytes:
        if program not in self._schemas:
            self._schemas[program] = trimmed(await call(request), self._types)
        return self._schemas[program]


class Calls(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Passes every call on as the bytes that it is, but leaves it to ``describe`` to get the schemas."""

    def __init__(self, channel: Any, describe: Callable[[Call, bytes], Awaitable[bytes]]) -> None:
        self._channel = channel
        self._describe = describe

    def service(self, handler_call_details: Any) -> Any:
        """Return what handles a method; None where it is not to be had."""
        method: str = handler_call_details.method
        if method.startswith(_STREAMS):
            return None
        call: Call = self._channel.unary_unary(method)
        if method == _SCHEMAS:
            call = partial(self._describe, call)

        async def answer(request: bytes, context: Any) -> bytes | None:
            try:
                return await call(request)
            except grpc.aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "")

        return grpc.unary_unary_rpc_method_handler(answer)


async def start(program: str, folder: str, variables: dict[str, str]) -> Process:
    """Start a provider, which also ends when this process is killed."""
    setpriv = shutil.which("setpriv")
    assert setpriv, "setpriv of util-linux is missing"
    command = [setpriv, "--pdeathsig", "KILL", program, "-debug"]
    return await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=variables, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )


async def attachment_of(provider: Process) -> tuple[str, dict[str, Any]]:
    """Return the provider's name and what Terraform needs to know to reach it."""
    assert provider.stdout is not None
    async for line in provider.stdout:
        if told := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line.decode()):
            ((name, attachment),) = json.loads(told[1]).items()
            return name, attachment
    raise RuntimeError(f"the provider ended with {await provider.wait()} before it could be reached")


if __name__ == "__main__":
    asyncio.run(Relay(Path(sys.argv[1]), frozenset(sys.argv[2:])).serve())
