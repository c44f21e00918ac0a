"""boto3 clients with the region and the endpoint that the operator's environment says, as the AWS command line has them."""

import os
from typing import Any

import boto3
from botocore.config import Config

from hubctl.errors import BadInputError


def aws_client(service: str, region: str | None = None, config: Config | None = None) -> Any:
    """Return a client of a service; without a region, in that of AWS_REGION, which boto3 itself does not look at.

    Raises:
        BadInputError: An endpoint in the environment or the profile is no URL.

    """
    chosen = region or os.environ.get("AWS_REGION") or None
    try:
        return boto3.client(service, region_name=chosen, config=config)
    except ValueError as error:  # "Invalid endpoint: there"
        raise BadInputError(
            f"{service} cannot be asked: {error}",
            remedy="Set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:5000, or unset it.",
        ) from error
