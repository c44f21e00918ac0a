"""A stand-in for Docker's engine: it serves some versions of its API, and refuses all others in the engine's words."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSIONED = re.compile(r"/v(\d+)\.(\d+)(/.*)")


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class StandInEngine(ThreadingHTTPServer):
    """Networks alone; ``serves`` are the lowest and the highest version, which a test may change at any time."""

    def __init__(self, lowest: str, highest: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Answers)
        self.serves = (lowest, highest)
        self.networks: list[dict[str, Any]] = []
        self.refused: list[str] = []

    @property
    def address(self) -> str:
        """What a client's ``DOCKER_HOST`` says."""
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: StandInEngine

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        lowest, highest = self.server.serves
        if self.path == "/version":
            return self._send(200, {"ApiVersion": highest, "MinAPIVersion": lowest})
        found = VERSIONED.fullmatch(self.path)
        if not found:
            return self._send(404, {"message": "page not found"})
        version, path = f"{found[1]}.{found[2]}", found[3]
        if _number(version) < _number(lowest):
            # Both sentences are the engine's: daemon/server/middleware/version.go of moby
            return self._refuse(
                f"client version {version} is too old. Minimum supported API version is {lowest}, "
                "please upgrade your client to a newer version"
            )
        if _number(version) > _number(highest):
            return self._refuse(
                f"client version {version} is too new. Maximum supported API version is {highest}"
            )
        if self.command == "POST" and path == "/networks/create":
            asked = json.loads(body)
            self.server.networks.append({"Id": asked["Name"], **asked})
            return self._send(201, {"Id": asked["Name"]})
        return self._send(200, self.server.networks)

    def _refuse(self, message: str) -> None:
        self.server.refused.append(message)
        self._send(400, {"message": message})

    def _send(self, status: int, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
