"""What tests wait with, and the ports that they hold."""

import socket
import socketserver

import pytest

from tests.support.ports import held_port, silent_port
from tests.support.serving import serving
from tests.support.waiting import PATIENCE, wait_until


def test_a_wait_ends_with_its_condition() -> None:
    looks = iter([False, False, True])
    wait_until(lambda: next(looks), "the third look")
    assert list(looks) == []


def test_a_wait_in_vain_names_what_did_not_happen() -> None:
    with pytest.raises(AssertionError, match=r"the moon: not within 0 s"):
        wait_until(lambda: False, "the moon", patience=0)


def test_nothing_answers_at_a_silent_port() -> None:
    with silent_port() as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", port))


class Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(b"here")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


def test_a_server_comes_and_goes_at_a_held_port() -> None:
    with held_port() as port:
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            with (
                serving(Server(("127.0.0.1", port), Answer)),
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection,
            ):
                assert connection.recv(10) == b"here"
