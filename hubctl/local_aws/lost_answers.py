"""A request whose answer was lost is not carried out again: it gets the answer that was on its way.

An SDK that gets no answer sends the request again, under the same ``amz-sdk-invocation-id``. What the first attempt made would
then be refused as being there already, and the caller would be told that what it asked for has failed. A request that was
answered with an error changed nothing, and is carried out anew.

Between Terraform and this server that happens about once in a thousand requests, because it answers within a millisecond: Go's
SDK closes the request's body as soon as the answer begins; where Go is not done with that body by then, it closes the
connection, before the rest of the answer has come.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import run_wsgi_app

from hubctl.local_aws.troubles import ANSWERED_AGAIN
from hubctl.local_aws.turns import Application

_log = logging.getLogger(__name__)
# Far more than are under way at a time: Terraform sends ten at once, and an SDK tries again within 20 s.
REMEMBERED = 512
FIRST_ERROR = 400

Answer = tuple[str, list[tuple[str, str]], list[bytes]]


@dataclass(kw_only=True)
class _Call:
    """One call of an SDK, however often it is sent: at most one attempt is carried out at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: Answer | None = None


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
