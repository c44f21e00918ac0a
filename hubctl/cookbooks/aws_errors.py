"""Turn what boto3 raises into sentences that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from hubctl.errors import HubctlError

_REMEDIES = {
    "NoSuchBucket": "Give the bucket of the deployment with --bucket, or its folder with --stack-folder.",
    "AccessDenied": "Use credentials that may do that: see docs/how-to/push-cookbooks.md for the permissions.",
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


def error_code(error: ClientError) -> str:
    """Return the code of the service's error, with the names that services give to the same thing made one."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return _SAME.get(code, code)


@contextmanager
def told_plainly(what: str) -> Iterator[None]:
    """Raise a HubctlError that begins with ``what`` could not be done, whatever boto3 raises inside."""
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        detail = error.response.get("Error", {}).get("Message", "")
        raise HubctlError(
            f"cannot {what}: {code}: {detail}", remedy=_REMEDIES.get(code, "See the message of AWS above.")
        ) from error
    except NoCredentialsError as error:
        raise HubctlError(
            f"cannot {what}: there are no AWS credentials",
            remedy="Log in, or set AWS_PROFILE to a profile that has some.",
        ) from error
    except NoRegionError as error:
        raise HubctlError(
            f"cannot {what}: no AWS region is chosen", remedy="Give --region, or set AWS_REGION."
        ) from error
    except BotoCoreError as error:
        raise HubctlError(
            f"cannot {what}: {error}", remedy="Check the network and the AWS settings."
        ) from error
