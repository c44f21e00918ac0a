"""The AWS account as the operator's environment reaches it, and its service quotas; nothing here changes anything in it.

A quota is as it applies to the account, or the published default where AWS names no other.
"""

import functools
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, ConfigParseError, ProfileNotFound

from hubctl.core.aws import error_code, share_models
from hubctl.core.errors import BadInputError
from hubctl.trial.aws.environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY

PATIENCE = Config(
    connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3}, s3={"addressing_style": "path"}
)
UNKNOWN_QUOTA_CODES = {"NoSuchResourceException", "NotImplemented"}


class AwsAccount:
    """Clients of AWS's services, as the environment (``AWS_PROFILE``, ``AWS_REGION``, ``AWS_ENDPOINT_URL``) says.

    Args:
        endpoint: URL that answers in the place of AWS, such as a local one; None for what the environment says.
        profile: AWS profile; None for what the environment says.

    Raises:
        BadInputError: The profile does not exist, a file of AWS settings cannot be read, or the endpoint is not a URL.

    """

    def __init__(self, *, endpoint: str | None = None, profile: str | None = None) -> None:
        source = "AWS_ENDPOINT_URL" if endpoint is None else "--endpoint"
        self.endpoint = (os.environ.get("AWS_ENDPOINT_URL") or None) if endpoint is None else endpoint
        if self.endpoint is not None and not _is_url(self.endpoint):
            raise BadInputError(
                f"{source} {self.endpoint!r} is not a URL", remedy="Give one such as http://127.0.0.1:5000."
            )
        try:
            core = botocore.session.Session(profile=profile)
            share_models(core)
            self._session = boto3.session.Session(botocore_session=core)
            keys = self._local_keys() if self.is_local and self._session.get_credentials() is None else {}
        except ProfileNotFound as error:
            raise BadInputError(
                str(error),
                remedy="Set AWS_PROFILE to a profile of `aws configure list-profiles`, or unset it.",
            ) from error
        except ConfigParseError as error:
            raise BadInputError(
                str(error),
                remedy="Correct the file; AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others.",
            ) from error
        self._keys = keys
        self.client = functools.cache(self._client)

    @property
    def regions(self) -> dict[str, str]:
        """The regions that the environment says, by who says it; Terraform obeys the first, boto3 the second."""
        said = {name: os.environ.get(name) or "" for name in ("AWS_REGION", "AWS_DEFAULT_REGION")}
        found = {name: region for name, region in said.items() if region}
        configured = None if found else self._session.region_name
        return found or ({"your AWS profile": str(configured)} if configured else {})

    @property
    def region(self) -> str | None:
        """The region that the environment says; None when it says none."""
        return next(iter(self.regions.values()), None)

    @property
    def is_local(self) -> bool:
        """Tell whether AWS is served on this machine."""
        host = urlsplit(self.endpoint or "").hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @staticmethod
    def _local_keys() -> Mapping[str, str]:
        """Return keys for an endpoint on this machine, which accepts any and needs some."""
        return {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}

    def _client(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 client of a service in a region, by default that of the environment."""
        return self._session.client(
            service,
            region_name=region or self.region or "us-east-1",
            endpoint_url=self.endpoint,
            config=PATIENCE,
            **self._keys,
        )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota's name and value."""

    name: str
    value: float


def quota(client: Any, service: str, code: str) -> Quota | None:
    """Return a quota, asked of a ``service-quotas`` client; None when AWS does not know it in this region."""
    for ask in (client.get_service_quota, client.get_aws_default_service_quota):
        try:
            found = ask(ServiceCode=service, QuotaCode=code)["Quota"]
        except ClientError as error:
            if error_code(error) not in UNKNOWN_QUOTA_CODES:
                raise
        else:
            return Quota(name=str(found["QuotaName"]), value=float(found["Value"]))
    return None


def increase(service: str, code: str, value: float, region: str | None) -> str:
    """Return the sentence that says how to ask for a higher quota."""
    return (
        f"Ask for {value:g}: `aws service-quotas request-service-quota-increase --service-code {service} "
        f"--quota-code {code} --desired-value {value:g} --region {region}`."
    )
