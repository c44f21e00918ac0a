"""boto3 clients with the region and the endpoint that the operator's environment says, as the AWS command line has them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
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

from hub_constructs.aws_limits import regions
from hubctl.errors import BadInputError

_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (NoRegionError, "Set AWS_REGION, or give --region where the command has it."),
    (InvalidRegionError, "Set AWS_REGION to a region such as eu-central-1, or correct --region."),
    (ProfileNotFound, "Set AWS_PROFILE to a profile of `aws configure list-profiles`, or unset it."),
    (ConfigParseError, "Correct the file; AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others."),
    (PartialCredentialsError, "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither."),
)
# What boto3 raises where it finds no credentials, or cannot get them
WITHOUT_CREDENTIALS = (NoCredentialsError, CredentialRetrievalError, TokenRetrievalError, SSOError)


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
            f"{service} cannot be asked: no AWS region is chosen", remedy=_remedy(error)
        ) from error
    except WITHOUT_CREDENTIALS as error:
        raise without_credentials(f"{service} cannot be asked", error) from error
    except BotoCoreError as error:
        raise BadInputError(f"{service} cannot be asked: {error}", remedy=_remedy(error)) from error
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


def _remedy(error: Exception) -> str:
    found = [remedy for kind, remedy in _REMEDIES if isinstance(error, kind)]
    return (
        found[0]
        if found
        else "Correct the AWS settings: the AWS_* variables, and the file of `aws configure`."
    )


def _check_region(service: str, meta: Any) -> None:
    """Raise BadInputError for a region that AWS does not have; one at an endpoint of its own may be any."""
    region = str(meta.region_name)
    host = urlsplit(meta.endpoint_url).hostname or ""
    if region in host.split(".") and regions.partition(region) is None:
        raise BadInputError(
            f"{service} cannot be asked: {regions.explained_region(region)}",
            remedy="Set AWS_REGION, or give --region where the command has it.",
        )
