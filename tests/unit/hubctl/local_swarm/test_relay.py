import http.server
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

from hubctl.local_swarm import metadata_service, relay


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def request(url: str, **options: Any) -> urllib.request.Request:
    assert url.startswith("http://127.0.0.1:")
    return urllib.request.Request(url, **options)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_connections_are_carried_both_ways() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = free_port()
    command = [sys.executable, relay.__file__, "127.0.0.1", str(port), str(server.server_address[1])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(3):
            with opener.open(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                assert answer.read() == b"hello"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
        server.shutdown()
        server.server_close()


def test_the_metadata_service_wants_a_token_first() -> None:
    service = metadata_service.MetadataService("127.0.0.1")
    threading.Thread(target=service.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{service.server_address[1]}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    role = f"{base}/latest/meta-data/iam/security-credentials/"
    try:
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            opener.open(request(role), timeout=5)
        refused.value.close()
        with opener.open(
            urllib.request.Request(f"{base}/latest/api/token", method="PUT"),
            timeout=5,
        ) as answer:
            token = answer.read().decode()
        asked = request(role, headers={"X-aws-ec2-metadata-token": token})
        with opener.open(asked, timeout=5) as answer:
            assert answer.read() == b"trial-node"
    finally:
        service.shutdown()
        service.server_close()
