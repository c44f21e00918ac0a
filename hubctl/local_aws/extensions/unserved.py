"""What is not served answers so at once, with a status that SDKs do not retry.

moto fails with status 500 there, and Terraform tries again for minutes before it says anything.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from hubctl.local_aws.extensions.patching import wrap

CODE = "NotImplemented"


class NotServedError(ServiceException):
    """moto lacks the action. A class of our own: moto takes its own for errors of a service called core."""

    code = CODE


@wrap(BaseResponse)
def call_action(original: Any, self: BaseResponse) -> Any:
    """Call the action; answer an error of the service's own protocol when moto lacks it."""
    try:
        return original(self)
    except NotImplementedError:
        service, action = self.service_name, self._get_action()
        problem = NotServedError(f"the local AWS does not serve {service}:{action}")
        return self.serialized(ActionResult(problem))


def unserved_application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer, as a WSGI application, any request to a service that moto does not know at all."""
    del environ
    body = json.dumps({"__type": CODE, "message": "the local AWS does not serve this service"}).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", CODE),
    ]
    start_response("400 Bad Request", headers)
    return [body]
