"""The hosts' instance metadata service: IMDSv2 with the credentials of a role, as the cookbooks' programs ask it.

Runs on the machine: ``python metadata_service.py ADDRESS``; writes its port. The hosts' packet filters lead
169.254.169.254 there, for containers too: what keeps containers out is the rule that the cookbook sets.
"""

import http.server
import json
import secrets
import sys
from datetime import UTC, datetime, timedelta

ROLE = "trial-node"


class MetadataService(http.server.ThreadingHTTPServer):
    """Answers who brings a session token."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: str) -> None:
        self.tokens: set[str] = set()
        super().__init__((address, 0), _Handler)

    def documents(self, peer: str) -> dict[str, str]:
        """Return what is served to a host of that address: path → text."""
        del peer
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
        }


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
    service = MetadataService(sys.argv[1])
    print(service.server_address[1], flush=True)
    service.serve_forever()
