"""Turn what boto3 raises into sentences that say what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from hubctl.aws_client import WITHOUT_CREDENTIALS, without_credentials
from hubctl.errors import HubctlError

_REMEDIES = {
    "NoSuchBucket": "Give the bucket of the deployment with --bucket, or its folder with --stack-folder.",
    "ExpiredToken": "Log in again, then repeat the command.",
    "InvalidAccessKeyId": "Check AWS_PROFILE and the AWS_* variables.",
    "PermanentRedirect": "The bucket lies in another region: give it with --region.",
}
_SAME = {
    "403": "AccessDenied",
    "AccessDeniedException": "AccessDenied",
    "Forbidden": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "UnrecognizedClientException": "InvalidAccessKeyId",
    "301": "PermanentRedirect",
}
# Which policy refuses, in the words of AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_REFUSING = (
    (
        "resource-based policy",
        "The policy of the resource refuses it, whatever your credentials may do: look at it, for a bucket with "
        "`aws s3api get-bucket-policy --bucket NAME`.",
    ),
    (
        "service control policy",
        "A service control policy of your organization refuses it: ask who administers that.",
    ),
    (
        "resource control policy",
        "A resource control policy of your organization refuses it: ask who administers that.",
    ),
    (
        "permissions boundary",
        "The permissions boundary of your role or user does not include it: ask who set it.",
    ),
    ("session policy", "The policy of your session does not include it: log in without one."),
    (
        "VPC endpoint policy",
        "The policy of the VPC endpoint in between refuses it: correct it, or go another way.",
    ),
)
_ALLOWED = (
    "Use credentials that may do that: see docs/how-to/push-cookbooks.md for the permissions. Where yours may, "
    "the policy of the bucket or of your organization refuses it."
)


def error_code(error: ClientError) -> str:
    """Return the code of the service's error, with the names that services give to the same thing made one."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return _SAME.get(code, code)


@contextmanager
def told_plainly(what: str) -> Iterator[None]:
    """Raise an error that begins with ``what`` could not be done, whatever boto3 raises inside.

    Raises:
        BadInputError: The AWS settings or credentials cannot be used, so AWS was not asked.
        HubctlError: AWS refuses, or cannot be reached.

    """
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        detail = error.response.get("Error", {}).get("Message", "")
        raise HubctlError(f"cannot {what}: {code}: {detail}", remedy=_remedy(code, detail)) from error
    except WITHOUT_CREDENTIALS as error:
        raise without_credentials(f"cannot {what}", error) from error
    except BotoCoreError as error:
        raise HubctlError(
            f"cannot {what}: {error}", remedy="Check the network and the AWS settings."
        ) from error


def _remedy(code: str, detail: str) -> str:
    if code != "AccessDenied":
        return _REMEDIES.get(code, "See the message of AWS above.")
    plain = [
        name for name in os.environ if name.startswith("AWS_ENDPOINT_URL") and _without_tls(os.environ[name])
    ]
    if plain:
        return (
            f"{min(plain)} leads to an endpoint without TLS, and the policies of the deployment's buckets refuse requests "
            "without it: give an endpoint with https://, or unset it."
        )
    return next((remedy for words, remedy in _REFUSING if words in detail), _ALLOWED)


def _without_tls(url: str) -> bool:
    """Tell whether the URL is one without TLS; the local AWS stands in for it, on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1")
