"""boto3 clients with the region and the endpoint that the operator's environment says, as the AWS command line has them."""

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.loaders import JSONFileLoader, Loader

from hub_constructs.core.aws_limits import regions
from hubctl.core.errors import BadInputError, HubctlError

_CONNECTION_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (NoRegionError, "Set AWS_REGION, or give --region where the command has it."),
    (InvalidRegionError, "Set AWS_REGION to a region such as eu-central-1, or correct --region."),
    (ProfileNotFound, "Set AWS_PROFILE to a profile of `aws configure list-profiles`, or unset it."),
    (ConfigParseError, "Correct the file; AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others."),
    (PartialCredentialsError, "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither."),
)
# What boto3 raises where it finds no credentials, or cannot get them
WITHOUT_CREDENTIALS = (NoCredentialsError, CredentialRetrievalError, TokenRetrievalError, SSOError)
_CALL_REMEDIES = {
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


def aws_client(service: str, region: str | None = None, config: Config | None = None) -> Any:
    """Return a client of a service; without a region, in that of AWS_REGION, which boto3 itself does not look at.

    Raises:
        BadInputError: The AWS settings cannot be used: there is no region or no such one, no such profile, a file cannot be
            read, or an endpoint is not a URL.

    """
    chosen = region or os.environ.get("AWS_REGION") or None
    with settings_explained(service):
        client = boto3.client(service, region_name=chosen, config=config)
    _check_region(service, client.meta)
    return client


@contextmanager
def settings_explained(service: str) -> Iterator[None]:
    """Raise BadInputError for whatever boto3 refuses in the AWS settings while it makes a client inside."""
    try:
        yield
    except NoRegionError as error:
        raise BadInputError(
            f"{service} cannot be asked: no AWS region is chosen", remedy=_connection_remedy(error)
        ) from error
    except WITHOUT_CREDENTIALS as error:
        raise without_credentials(f"{service} cannot be asked", error) from error
    except BotoCoreError as error:
        raise BadInputError(
            f"{service} cannot be asked: {error}", remedy=_connection_remedy(error)
        ) from error
    except ValueError as error:  # "Invalid endpoint: there", or a number that is none
        endpoint = "endpoint" in str(error).lower()
        raise BadInputError(
            f"{service} cannot be asked: {error}",
            remedy="Set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:5000, or unset it."
            if endpoint
            else "Correct the AWS settings: the AWS_* variables, and the file of `aws configure`.",
        ) from error


def without_credentials(failed: str, error: Exception) -> BadInputError:
    """Return the error that says why there are no credentials; ``failed`` is what could not be done, as a sentence."""
    why = "" if isinstance(error, NoCredentialsError) else f" that can be used ({error})"
    return BadInputError(
        f"{failed}: there are no AWS credentials{why}",
        remedy="Log in, or set AWS_PROFILE to a profile that has some.",
    )


def _connection_remedy(error: Exception) -> str:
    found = [remedy for kind, remedy in _CONNECTION_REMEDIES if isinstance(error, kind)]
    return (
        found[0]
        if found
        else "Correct the AWS settings: the AWS_* variables, and the file of `aws configure`."
    )


def _check_region(service: str, meta: Any) -> None:
    """Raise BadInputError for a region that AWS does not have; one at another endpoint may be any."""
    region = str(meta.region_name)
    host = urlsplit(meta.endpoint_url).hostname or ""
    if region in host.split(".") and regions.partition(region) is None:
        raise BadInputError(
            f"{service} cannot be asked: {regions.explained_region(region)}",
            remedy="Set AWS_REGION, or give --region where the command has it.",
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
        raise HubctlError(f"cannot {what}: {code}: {detail}", remedy=_call_remedy(code, detail)) from error
    except WITHOUT_CREDENTIALS as error:
        raise without_credentials(f"cannot {what}", error) from error
    except BotoCoreError as error:
        raise HubctlError(
            f"cannot {what}: {error}", remedy="Check the network and the AWS settings."
        ) from error


def _call_remedy(code: str, detail: str) -> str:
    if code != "AccessDenied":
        return _CALL_REMEDIES.get(code, "See the message of AWS above.")
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


@functools.cache
def _parsed(file_path: str) -> Any:
    return JSONFileLoader().load_file(file_path)


class SharedFiles(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    """Loads JSON files as botocore does, and remembers them for all loaders of the process."""

    def load_file(self, file_path: str) -> Any:
        """Return what the file of this path, given without its extension, holds; None when there is none."""
        return _parsed(file_path)


def share_models(session: botocore.session.Session) -> None:
    """Let a session take service models from those that are parsed, and leave what it parses to others.

    Raises:
        ProfileNotFound: The session's profile does not exist.

    """
    session.get_component("data_loader").file_loader = SharedFiles()


def share_models_everywhere() -> None:
    """Let all loaders that are made from now on in this process share models, those of libraries included."""
    Loader.FILE_LOADER_CLASS = SharedFiles
