"""The hosts' instance metadata service: IMDSv2 with the credentials of a role, as the nodes' programs ask it.

Runs on the machine: ``python metadata_service.py ADDRESS FILE``; writes its port. FILE holds what hosts see beside that, by
their addresses: ``{address: {path: text}}``; it is read anew for each answer. The hosts' packet filters lead 169.254.169.254
there, for containers too: what keeps containers out is the rule that the cookbook sets.
"""

import http.server
import json
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROLE = "trial-node"


class MetadataService(http.server.ThreadingHTTPServer):
    """Answers requests that bring a session token."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: str, instances_file: Path | None = None) -> None:
        self.tokens: set[str] = set()
        self._instances_file = instances_file
        super().__init__((address, 0), _Handler)

    def documents(self, peer: str) -> dict[str, str]:
        """Return what is served to a host of that address: path → text."""
        credentials = {
            "Code": "Success",
            "AccessKeyId": "local-aws",
            "SecretAccessKey": "local-aws",
            "Token": "local-aws",
            "Expiration": (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return {
            "/latest/meta-data/iam/security-credentials/": ROLE,
            f"/latest/meta-data/iam/security-credentials/{ROLE}": json.dumps(credentials),
            **self._instance(peer),
        }

    def _instance(self, peer: str) -> Mapping[str, str]:
        """Return what the file holds for the host of that address."""
        if self._instances_file is None or not self._instances_file.exists():
            return {}
        known: dict[str, dict[str, str]] = json.loads(self._instances_file.read_text(encoding="utf-8"))
        return known.get(peer, {})


class _Handler(http.server.BaseHTTPRequestHandler):
    server: MetadataService

    def do_PUT(self) -> None:
        token = secrets.token_urlsafe(32)
        self.server.tokens.add(token)
        self._answer(200, token)

    def do_GET(self) -> None:
        if self.headers.get("X-aws-ec2-metadata-token") not in self.server.tokens:
            return self._answer(401, "")
        text = self.server.documents(self.client_address[0]).get(self.path)
        return self._answer(404, "") if text is None else self._answer(200, text)

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


if __name__ == "__main__":
    service = MetadataService(sys.argv[1], Path(sys.argv[2]))
    print(service.server_address[1], flush=True)
    service.serve_forever()
