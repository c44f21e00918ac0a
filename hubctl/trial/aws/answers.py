"""How requests are answered: errors in the protocol of the request, one at a time for each service, and each call once.

Where no code of a service can write an error, :func:`error_body` writes it in the protocol in which the request was made.

A request whose answer was lost is not carried out again: it gets the answer that was on its way. An SDK that gets no answer
sends the request again, under the same ``amz-sdk-invocation-id``. What the first attempt made would then be refused as already
present, and the caller would see a failure. A request that was answered with an error changed nothing, and is carried out
anew.

Between Terraform and this server that happens about once in a thousand requests, because it answers within a millisecond: Go's
SDK closes the request's body as soon as the answer begins; where Go is not done with that body by then, it closes the
connection, before the rest of the answer has come.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.test import run_wsgi_app

from hubctl.trial.aws.troubles import ANSWERED_AGAIN

# Names, of services or in signatures, of those that speak XML over REST; a test compares them with the SDK's models.
REST_XML = frozenset({"s3", "s3control", "s3express", "s3-outposts", "route53", "cloudfront"})
_SIGNED_FOR = re.compile(r"Credential=[^/,]+/\d+/[^/,]*/([^/,]+)/aws4_request")
STATUS_REFUSED = "400 Bad Request"  # SDKs do not send the request again
STATUS_FAILED = "500 Internal Server Error"
ErrorBody = tuple[str, bytes]  # content type and body
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
# Requests to one service take turns, but for these. Their requests may wait for others, or for this server itself: queues until
# a message is there, topics until a subscriber has answered, functions and events until what they call has, objects until they
# are uploaded.
UNORDERED = frozenset(
    {"sqs", "sns", "lambda", "events", "stepfunctions", "s3", "s3control", "kinesis", "firehose"}
)
_log = logging.getLogger(__name__)
# Far more than are under way at a time: Terraform sends ten at once, and an SDK tries again within 20 s.
REMEMBERED = 512
FIRST_ERROR = 400
SentAnswer = tuple[str, list[tuple[str, str]], list[bytes]]


@dataclass(kw_only=True)
class _Call:
    """One call of an SDK, however often it is sent: at most one attempt is carried out at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: SentAnswer | None = None


class AnsweredOnce:
    """The WSGI application that remembers what ``application`` answered to the calls of SDKs."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, or give the answer again that an attempt before it got."""
        invocation_id = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not invocation_id:
            return self._application(environ, start_response)
        call = self._call_of(invocation_id)
        with call.lock:
            if call.answer:
                status, headers, body = call.answer
                _log.info("%s %s: %s", ANSWERED_AGAIN, environ.get("HTTP_AMZ_SDK_REQUEST"), status)
                # What is not read when the connection closes would reset it, and lose this answer too.
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            else:
                chunks, status, sent = run_wsgi_app(self._application, environ, buffered=True)
                headers, body = list(sent), list(chunks)
                if int(status.split()[0]) < FIRST_ERROR:
                    call.answer = (status, headers, body)
        start_response(status, headers)
        return body

    def _call_of(self, invocation_id: str) -> _Call:
        with self._lock:
            call = self._calls.setdefault(invocation_id, _Call())
            while len(self._calls) > REMEMBERED:
                self._calls.popitem(last=False)
            return call


def in_turn(service: str, application: Application) -> Application:
    """Return the application of a service, answering one request at a time; those of ``UNORDERED`` as they are."""
    if service in UNORDERED:
        return application
    turn = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with turn:
            return application(environ, start_response)

    return answer


def error_body(environ: dict[str, Any], service: str | None, code: str, message: str) -> ErrorBody:
    """Return content type and body of an error for a request; ``service`` is None where it is not known."""
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return "application/cbor", _cbor({"__type": code, "message": message})
    if environ.get("HTTP_X_AMZ_TARGET"):
        asked = str(environ.get("CONTENT_TYPE") or "application/x-amz-json-1.1")
        return asked, json.dumps({"__type": code, "message": message}).encode()
    known = service or signed_for(environ)
    said = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if known == "ec2":
        return _xml(
            f"<Response><Errors><Error>{said}</Error></Errors><RequestID>local</RequestID></Response>"
        )
    if known in ("s3", "s3express"):
        return _xml(f"<Error>{said}<RequestId>local</RequestId></Error>")
    if known in REST_XML or _is_query(environ):
        inner = f"<Error><Type>Sender</Type>{said}</Error><RequestId>local</RequestId>"
        return _xml(f"<ErrorResponse>{inner}</ErrorResponse>")
    return "application/json", json.dumps({"__type": code, "message": message}).encode()


def answer_error(
    environ: dict[str, Any],
    start_response: Any,
    service: str | None,
    code: str,
    message: str,
    *,
    status: str = STATUS_REFUSED,
) -> Iterable[bytes]:
    """Answer a request with an error in its own protocol, as a WSGI application does."""
    kind, body = error_body(environ, service, code, message)
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-ErrorType", code)]
    if kind == "application/cbor":
        headers.append(("smithy-protocol", "rpc-v2-cbor"))
    start_response(status, headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


def signed_for(environ: dict[str, Any]) -> str | None:
    """Return the service that the request is signed for; None for a request without a signature."""
    found = _SIGNED_FOR.search(str(environ.get("HTTP_AUTHORIZATION") or ""))
    return found[1].lower() if found else None


def _is_query(environ: dict[str, Any]) -> bool:
    """Tell whether the request is one of the query protocol: a form of a browser, or a URL that names an action."""
    form = str(environ.get("CONTENT_TYPE") or "").startswith("application/x-www-form-urlencoded")
    return form or "Action=" in str(environ.get("QUERY_STRING") or "")


def _xml(text: str) -> ErrorBody:
    return "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _cbor(texts: dict[str, str]) -> bytes:
    """Return a map of texts, of fewer than 24, as CBOR: https://www.rfc-editor.org/rfc/rfc8949#section-3 ."""
    parts = [bytes([0xA0 | len(texts)])]
    for text in (each for item in texts.items() for each in item):
        content = text.encode()
        parts += [b"\x79", len(content).to_bytes(2), content]
    return b"".join(parts)
