"""Requests to one service of the local AWS take turns.

moto answers each request in a thread of its own, and its models are written for one at a time: of two changes that meet,
such as the records of a zone that Terraform creates side by side, one may be lost.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

# Their requests may wait for somebody, or for this server itself: queues until a message is there, topics until a subscriber
# has answered, functions and events until what they call has, objects until they are uploaded.
UNORDERED = frozenset(
    {"sqs", "sns", "lambda", "events", "stepfunctions", "s3", "s3control", "kinesis", "firehose"}
)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def in_turn(service: str, application: Application) -> Application:
    """Return the application of a service, answering one request at a time; those of ``UNORDERED`` as they are."""
    if service in UNORDERED:
        return application
    turn = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with turn:
            return application(environ, start_response)

    return answer
