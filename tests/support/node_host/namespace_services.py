"""Run inside a host's namespaces: an instance metadata service, and the way out to the local AWS.

Started as ``python namespace_services.py SETTINGS.json``; writes ``ready`` to standard output when both listen.
"""

import contextlib
import http.server
import json
import secrets
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

METADATA_ADDRESS = ("169.254.169.254", 80)


class MetadataService(http.server.ThreadingHTTPServer):
    """IMDSv2 only: a session token is required, is given by PUT without a proxy, and expires."""

    daemon_threads = True

    def __init__(self, settings: dict[str, Any]) -> None:
        self.documents: dict[str, str] = settings["documents"]
        self.changes: list[tuple[float, str, str]] = [tuple(change) for change in settings["changes"]]
        self.delay_seconds: float = settings["delay_seconds"]
        self.started = time.monotonic()
        self.tokens: dict[str, float] = {}
        super().__init__(METADATA_ADDRESS, MetadataHandler)

    def document(self, path: str) -> str | None:
        """Return what stands at ``path`` now; later changes replace what was there before."""
        passed = time.monotonic() - self.started
        changed = [
            text for after, changed_path, text in self.changes if changed_path == path and passed >= after
        ]
        return changed[-1] if changed else self.documents.get(path)


class MetadataHandler(http.server.BaseHTTPRequestHandler):
    """Answers as the service of EC2 does, with its status codes."""

    server: MetadataService

    def do_PUT(self) -> None:
        """Hand out a session token."""
        time.sleep(self.server.delay_seconds)
        lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if self.path != "/latest/api/token" or not lifetime.isdigit() or not 1 <= int(lifetime) <= 21600:
            return self._answer(400, "")
        if self.headers.get("X-Forwarded-For"):
            return self._answer(403, "")
        token = secrets.token_urlsafe(40)
        self.server.tokens[token] = time.monotonic() + int(lifetime)
        return self._answer(200, token)

    def do_GET(self) -> None:
        """Hand out a document to who holds a token."""
        time.sleep(self.server.delay_seconds)
        expiry = self.server.tokens.get(self.headers.get("X-aws-ec2-metadata-token", ""))
        if expiry is None or expiry < time.monotonic():
            return self._answer(401, "")
        text = self.server.document(self.path)
        return self._answer(404, "") if text is None else self._answer(200, text)

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        with contextlib.suppress(OSError):  # the client may have given up
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


def relay(port: int, socket_path: str) -> None:
    """Carry connections to 127.0.0.1:``port`` out of the network namespace through a socket file."""
    listener = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=_accept, args=(listener, socket_path), daemon=True).start()


def _accept(listener: socket.socket, socket_path: str) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(socket_path)
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def main() -> None:
    """Serve until killed."""
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    relay(settings["aws_port"], settings["aws_socket"])
    service = MetadataService(settings)
    print("ready", flush=True)
    service.serve_forever()


if __name__ == "__main__":
    main()
