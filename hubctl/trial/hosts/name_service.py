"""A host's name server: says at once that there is no such name, as the resolver of a VPC does.

Runs inside the host: ``python name_service.py ADDRESS``. The machine's own resolver is out of a host's reach, and Docker
leaves a container without any answer when its resolver gives none: each unknown name would cost ten seconds there.
"""

import contextlib
import socket
import socketserver
import sys
from pathlib import Path

import dns.exception
import dns.message
import dns.rcode

PORT = 53


def name_server_command(address: str) -> list[str]:
    """Return the command of the name server at a host's address."""
    return [sys.executable, "-P", str(Path(__file__).resolve()), address]


def resolver_file(address: str) -> str:
    """Return the /etc/resolv.conf that leads to it."""
    return f"nameserver {address}\n"


def no_such_name(question: bytes) -> bytes:
    """Return the answer to a question in wire format; raise dns.exception.DNSException for other bytes."""
    response = dns.message.make_response(dns.message.from_wire(question))
    response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()


class NameServer(socketserver.UDPServer):
    """Answers all questions until it is shut down; anything else is left unanswered."""

    max_packet_size = 4096

    def __init__(self, address: str, port: int = PORT) -> None:
        super().__init__((address, port), _Handler)


class _Handler(socketserver.BaseRequestHandler):
    request: tuple[bytes, socket.socket]

    def handle(self) -> None:
        question, listener = self.request
        with contextlib.suppress(dns.exception.DNSException, OSError):
            listener.sendto(no_such_name(question), self.client_address)


if __name__ == "__main__":
    with NameServer(sys.argv[1]) as server:
        server.serve_forever()
