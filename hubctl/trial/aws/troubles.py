"""What went wrong between the local AWS and its callers, from its log: failures inside, lost answers, lost connections."""

import re
from collections.abc import Iterable

TRACEBACK_LINES = 6
# What begins a line of the log that tells of an answer given a second time, and of a caller that closed early.
ANSWERED_AGAIN = "answered again"
CONNECTION_DROPPED = "connection dropped"
_FAILED = re.compile(r'" 5\d\d ')
_NEW_LINE_OF_LOG = re.compile(r"\d{4}-\d\d-\d\d ")


def troubles(log: Iterable[str]) -> list[str]:
    """Return the lines of a log that tell of trouble, the ends of tracebacks among them."""
    found: list[str] = []
    traceback: list[str] | None = None
    for line in log:
        if _NEW_LINE_OF_LOG.match(line):
            found += (traceback or [])[-TRACEBACK_LINES:]
            traceback = [] if "Error on request" in line else None
            if _FAILED.search(line) or ANSWERED_AGAIN in line or CONNECTION_DROPPED in line:
                found.append(line)
        elif traceback is not None and line.strip():
            traceback.append(line)
    return found + (traceback or [])[-TRACEBACK_LINES:]
