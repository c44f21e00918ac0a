"""Servers of the standard library, in a thread that ends with the test."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from typing import TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve until the block ends; then the server is closed, and its threads have ended.

    Threads of single requests are waited for too: a client that does not hang up before the block ends holds it up.
    """
    # By default requests of HTTP servers run in daemon threads, for which no one waits.
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
