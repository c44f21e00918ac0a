"""The way from a host to the local AWS: forwards requests, remembers them, and can refuse or delay some."""

import http.client
import http.server
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.support.waiting import PATIENCE

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}

# Of the services that the nodes use; everything else only reads.
_CHANGING = ("Put", "Register", "Deregister", "Delete", "Complete", "Create", "Update")


@dataclass(frozen=True, kw_only=True)
class AwsRequest:
    """One request: ``operation`` is the JSON protocols' target (``AmazonSSM.PutParameter``) or ``METHOD /path``."""

    operation: str
    body: str

    @property
    def changes_something(self) -> bool:
        """Tell whether the request would change the account."""
        name = self.operation.rsplit(".", 1)[-1]
        return name.startswith(_CHANGING) or self.operation.startswith(("PUT ", "POST /", "DELETE "))


@dataclass(kw_only=True)
class AwsGate:
    """Listens on a socket file, as the hosts have no network but their own.

    ``refuse`` gets each request and returns None, or the error code to answer with (``AccessDenied``).
    ``delay_seconds`` is waited before each answer.
    """

    socket_path: Path
    upstream_port: int
    refuse: Callable[[AwsRequest], str | None] = lambda _: None
    delay_seconds: float = 0.0
    requests: list[AwsRequest] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._closed = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()  # waits for the requests that are still held
        self._thread.join()

    def wait_before_answering(self) -> None:
        """Wait for ``delay_seconds``, or until the gate is closed."""
        self._closed.wait(self.delay_seconds)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, gate: AwsGate) -> None:
        self.gate = gate
        super().__init__(str(gate.socket_path), _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        gate = self.server.gate
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = AwsRequest(
            operation=self.headers.get("X-Amz-Target") or f"{self.command} {self.path}",
            body=body.decode("utf-8", "replace"),
        )
        gate.requests.append(request)
        gate.wait_before_answering()
        code = gate.refuse(request)
        if code is None:
            self._forward(gate.upstream_port, body)
        else:
            self._refuse(code)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815 - the names http.server calls

    def _forward(self, port: int, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        connection.request(self.command, self.path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*_HOP_BY_HOP, "server", "date"}:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self._finish(content, length)
        connection.close()

    def _refuse(self, code: str) -> None:
        json_protocol = "X-Amz-Target" in self.headers
        content = (
            f'{{"__type": "{code}", "message": "refused by the test"}}'
            if json_protocol
            else f"<Error><Code>{code}</Code><Message>refused by the test</Message></Error>"
        ).encode()
        self.send_response(400 if json_protocol else 403)
        self._finish(b"" if self.command == "HEAD" else content)

    def _finish(self, content: bytes, length: str | None = None) -> None:
        self.send_header("Content-Length", length or str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.close_connection = True

    def address_string(self) -> str:
        return "host"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass
