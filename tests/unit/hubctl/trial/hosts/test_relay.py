import http.server
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from hubctl.trial.hosts import metadata_service, relay
from tests.support.serving import serving
from tests.support.waiting import PATIENCE


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def open_url(asked: str | urllib.request.Request) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def test_connections_are_carried_both_ways() -> None:
    with serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)) as server:
        command = [sys.executable, relay.__file__, "127.0.0.1", "0", str(server.server_address[1])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                ready, port = process.stdout.readline().split()
                assert ready == "ready"
                for _ in range(3):
                    assert open_url(f"http://127.0.0.1:{port}/") == "hello"
            finally:
                process.kill()


def test_an_end_of_the_relay_ends_its_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        target.settimeout(PATIENCE)
        with serving(relay.Relay(("127.0.0.1", 0), target.getsockname())) as running:
            near = socket.create_connection(running.server_address[:2], timeout=PATIENCE)
            far, _ = target.accept()
            with near, far:
                near.sendall(b"question")
                assert far.recv(100) == b"question"
                far.sendall(b"answer")
                assert near.recv(100) == b"answer"
                running.shutdown()
                running.server_close()  # returns although neither end has hung up
                assert near.recv(100) == b""
                far.settimeout(PATIENCE)
                assert far.recv(100) == b""


def test_a_target_that_is_not_there_ends_the_connection() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # and does not listen: refused for as long as it is held
        with (
            serving(relay.Relay(("127.0.0.1", 0), unheard.getsockname())) as running,
            socket.create_connection(running.server_address[:2], timeout=PATIENCE) as near,
        ):
            assert near.recv(100) == b""


def test_the_metadata_service_wants_a_token_first() -> None:
    with serving(metadata_service.MetadataService("127.0.0.1")) as service:
        base = f"http://127.0.0.1:{service.server_address[1]}"
        role = f"{base}/latest/meta-data/iam/security-credentials/"
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            open_url(role)
        refused.value.close()
        token = open_url(urllib.request.Request(f"{base}/latest/api/token", method="PUT"))
        asked = urllib.request.Request(role, headers={"X-aws-ec2-metadata-token": token})
        assert open_url(asked) == "trial-node"
