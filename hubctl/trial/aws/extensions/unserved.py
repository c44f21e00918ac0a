"""What is not served answers so at once, in the protocol of the request, with a status that SDKs do not retry.

moto fails with status 500 there, and Terraform tries again for minutes before it says anything; or it answers with a page
in HTML, which no SDK can read.
"""

import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.exceptions import MethodNotAllowed, NotFound

from hubctl.trial.aws.answers import STATUS_FAILED, Application, answer_error, signed_for
from hubctl.trial.aws.extensions.patching import wrap

_log = logging.getLogger("werkzeug")
CODE = "NotImplemented"
# Parts of a bucket or an object that moto does not know: it would take a request about one for a request about the whole,
# and delete a bucket for its analytics.
UNSERVED_PARTS = frozenset(
    {
        *("abac", "analytics", "intelligent-tiering", "metadataConfiguration", "metadataTable", "metrics"),
        *("metadataAnnotationTable", "metadataInventoryTable", "metadataJournalTable", "session"),
        *("annotation", "renameObject", "torrent"),
    }
)


class NotServedError(ServiceException):
    """moto lacks the action. A separate class, as moto takes its own for errors of a service called core."""

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


def unserved_application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer, as a WSGI application, any request to a service that moto does not know at all."""
    named = f"this service ({signed})" if (signed := signed_for(environ)) else "this service"
    return answer_error(environ, start_response, None, CODE, f"the local AWS does not serve {named}")


def refusing_unserved(service: str, application: Any) -> Application:
    """Return moto's application of a service, made to refuse what it has no route or no code for."""

    def nowhere(error: Exception) -> Any:
        # Of the routing: moto's own errors with these statuses are other classes.
        raise _UnroutedError from error

    application.register_error_handler(NotFound, nowhere)
    application.register_error_handler(MethodNotAllowed, nowhere)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked = f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
        if service == "s3" and (parts := UNSERVED_PARTS & set(_query(environ))):
            asked = f"{asked}?{min(parts)}"
        else:
            try:
                return application(environ, start_response)  # type: ignore[no-any-return]
            except (_UnroutedError, NotImplementedError):
                pass  # nothing has been answered yet: moto's answers are whole ones
            except Exception:
                # In the words of the server, which hubctl.trial.aws.troubles looks for
                _log.exception("Error on request:")
                failed = f"the local AWS failed at {service}: {asked}; its log has the traceback"
                return answer_error(
                    environ, start_response, service, "InternalFailure", failed, status=STATUS_FAILED
                )
        message = f"the local AWS does not serve {service}: {asked}"
        return answer_error(environ, start_response, service, CODE, message)

    return answer


class _UnroutedError(Exception):
    """moto has no route for the request."""


def _query(environ: dict[str, Any]) -> dict[str, list[str]]:
    return parse_qs(str(environ.get("QUERY_STRING") or ""), keep_blank_values=True)
