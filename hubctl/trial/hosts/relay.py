"""Carries connections from the hosts' bridge to a port on this machine's loopback: the local AWS listens only there.

``python relay.py ADDRESS PORT TARGET``; PORT 0 takes any free one. Writes ``ready`` and its port once it listens.
"""

import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator

CONNECT_SECONDS = 10.0


class Relay(socketserver.ThreadingTCPServer):
    """Carries each connection to ``target``. ``server_close`` ends the open ones and waits for their threads."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, listen: tuple[str, int], target: tuple[str, int]) -> None:
        self.target = target
        self._lock = threading.Lock()
        self._closed = False
        self._open: set[socket.socket] = set()
        super().__init__(listen, _Handler)

    def server_close(self) -> None:
        """Close the listener and all connections."""
        with self._lock:
            self._closed = True
            for end in self._open:
                # A thread that reads from it sees its end; closing it there is that thread's work.
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        super().server_close()

    @contextlib.contextmanager
    def open(self, end: socket.socket) -> Iterator[bool]:
        """Count an end of a connection as open; the value is False when the relay has been closed meanwhile."""
        with self._lock:
            self._open.add(end)
            goes_on = not self._closed
        try:
            yield goes_on
        finally:
            with self._lock:
                self._open.discard(end)


class _Handler(socketserver.BaseRequestHandler):
    server: Relay
    request: socket.socket

    def handle(self) -> None:
        near = self.request
        try:
            far = socket.create_connection(self.server.target, timeout=CONNECT_SECONDS)
        except OSError:
            return
        with far, self.server.open(near) as near_goes_on, self.server.open(far) as far_goes_on:
            if not (near_goes_on and far_goes_on):
                return
            far.settimeout(None)
            back = threading.Thread(target=_pump, args=(far, near))
            back.start()
            _pump(near, far)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    with Relay((sys.argv[1], int(sys.argv[2])), ("127.0.0.1", int(sys.argv[3]))) as relay:
        print("ready", relay.server_address[1], flush=True)
        relay.serve_forever()
