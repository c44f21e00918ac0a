"""Who this instance is: the instance metadata service, version 2.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import os
import urllib.error
import urllib.request

# The variable is the one that AWS's own SDKs read.
ENDPOINT_VARIABLE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
ENDPOINT = "http://169.254.169.254"
SECONDS = 2.0
TOKEN_SECONDS = 60


class MetadataError(Exception):
    """The metadata service does not answer, or not as expected."""


class InstanceMetadata:
    """Reads metadata with a session token. No proxy is used: the address is link-local."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = (endpoint or os.environ.get(ENDPOINT_VARIABLE) or ENDPOINT).rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._token: str | None = None

    def instance_id(self) -> str:
        """Return this instance's id; raise MetadataError when it cannot be had."""
        return self._get("instance-id")

    def target_lifecycle_state(self) -> str | None:
        """Return the state that auto scaling moves this instance to, None when it is in no group.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
        """
        try:
            return self._get("autoscaling/target-lifecycle-state")
        except MetadataError:
            return None

    def _get(self, path: str) -> str:
        if self._token is None:
            headers = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
            self._token = self._ask("PUT", "/latest/api/token", headers)
        return self._ask("GET", f"/latest/meta-data/{path}", {"X-aws-ec2-metadata-token": self._token})

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> str:
        request = urllib.request.Request(self._endpoint + path, method=method, headers=headers)  # noqa: S310 - see endpoint
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return str(answer.read().decode("utf-8"))
        except (urllib.error.URLError, OSError, UnicodeDecodeError) as error:
            raise MetadataError(f"instance metadata {path}: {error}") from error
