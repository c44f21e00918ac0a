"""A name server on loopback, whose answers a test gives."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.message

Answer = Callable[[dns.message.Message], dns.message.Message]


@contextmanager
def name_server(answer: Answer) -> Iterator[str]:
    """Serve DNS on loopback; give its ADDRESS:PORT."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.1)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                try:
                    wire, sender = listener.recvfrom(4096)
                except TimeoutError:
                    continue
                listener.sendto(answer(dns.message.from_wire(wire)).to_wire(), sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
            thread.join()
