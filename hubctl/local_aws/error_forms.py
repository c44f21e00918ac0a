"""An error in the form of the protocol in which it was asked, where no code of a service is there to write it.

The protocols: https://smithy.io/2.0/aws/protocols/index.html
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

# Names, of services or in signatures, of those that speak XML over REST; a test compares them with the SDK's models.
REST_XML = frozenset({"s3", "s3control", "s3express", "s3-outposts", "route53", "cloudfront"})
_SIGNED_FOR = re.compile(r"Credential=[^/,]+/\d+/[^/,]*/([^/,]+)/aws4_request")
REFUSED = "400 Bad Request"  # SDKs do not send the request again
FAILED = "500 Internal Server Error"

Form = tuple[str, bytes]  # content type and body
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def error_form(environ: dict[str, Any], service: str | None, code: str, message: str) -> Form:
    """Return content type and body of an error for a request; ``service`` is None where nobody knows it."""
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
    status: str = REFUSED,
) -> Iterable[bytes]:
    """Answer a request with an error in its own protocol, as a WSGI application does."""
    kind, body = error_form(environ, service, code, message)
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
    """Tell whether the request is one of the query protocol: a form, or a URL that names an action."""
    form = str(environ.get("CONTENT_TYPE") or "").startswith("application/x-www-form-urlencoded")
    return form or "Action=" in str(environ.get("QUERY_STRING") or "")


def _xml(text: str) -> Form:
    return "text/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _cbor(texts: dict[str, str]) -> bytes:
    """Return a map of texts, of fewer than 24, as CBOR: https://www.rfc-editor.org/rfc/rfc8949#section-3 ."""
    parts = [bytes([0xA0 | len(texts)])]
    for text in (each for item in texts.items() for each in item):
        content = text.encode()
        parts += [b"\x79", len(content).to_bytes(2), content]
    return b"".join(parts)
