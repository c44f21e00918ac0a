"""Ports on loopback that stay with a test: none is looked for, let go and hoped to be free later."""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port where nothing listens, and nothing else can, until the block ends: connections are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """A port for a server that is given its port, or that comes and goes; no other program takes it until the block ends.

    Linux lets a server that sets SO_REUSEADDR, as asyncio's servers do, listen where another such socket is bound.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
