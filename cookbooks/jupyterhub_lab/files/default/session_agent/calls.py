"""Calls to AWS: how long they may take, and what their failures mean."""

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# A run has a minute: four attempts with the SDK's growing pauses, then the next run tries again.
CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
_WRONG_TIME = {"RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


class AwsError(Exception):
    """A call to AWS failed, and the message says why and what that means; ``denied`` when the role may not do it."""

    def __init__(self, message: str, *, denied: bool = False) -> None:
        super().__init__(message)
        self.denied = denied


def code_of(error: ClientError) -> str:
    """Return the code of a service's error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def meant(operation: str, error: Exception) -> AwsError:
    """Return what a failed call means; whatever did not come from AWS or its SDK is raised again."""
    if isinstance(error, ClientError):
        code = code_of(error)
        return AwsError(f"{operation}: {_meaning(code)}{error}", denied=code in _DENIED)
    if isinstance(error, BotoCoreError):
        return AwsError(f"{operation}: {error}")
    raise error


def _meaning(code: str) -> str:
    if code in _THROTTLED:
        return "AWS throttles, and still did after several attempts; the next run tries again. "
    if code in _WRONG_TIME:
        return "AWS refuses the request's time: is this machine's clock right? See `chronyc tracking`. "
    return ""
