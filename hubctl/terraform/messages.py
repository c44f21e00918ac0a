"""Terraform's own words, without colours and frames, in a length that can be read."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hubctl.given import object_or_none

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FRAME = re.compile(r"^[│╷╵]\s?")
LONGEST = 250  # lines: a plan may refuse two dozen variables at once


def without_escapes(text: str) -> str:
    """Return a text without terminal escape sequences."""
    return _ESCAPES.sub("", text)


def error_text(output: str, errors: str, *, longest: int | None = LONGEST) -> str:
    """Return what Terraform complained about: its errors if it named some, else the end of its output.

    Warnings before the first error are left out; texts of more than
    ``longest`` lines lose their middle.
    """
    said = [_FRAME.sub("", line).rstrip() for line in without_escapes(errors).splitlines()]
    starts = [number for number, line in enumerate(said) if line.startswith("Error:")]
    lines = said[starts[0] :] if starts else said
    lines = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    if not any(lines):
        lines = [_FRAME.sub("", line).rstrip() for line in without_escapes(output).splitlines()][-20:]
    if longest and len(lines) > longest:
        left_out = len(lines) - longest
        lines = [*lines[: longest // 2], f"... {left_out} lines left out ...", *lines[-longest // 2 :]]
    return "\n".join(lines).strip()


def messages(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the messages of a command that was run with ``-json``; what is not one is passed over."""
    for line in lines:
        message = object_or_none(line)
        if message is not None:
            yield message


def errors_of_messages(output: str) -> str:
    """Return the errors among the messages of a command, as it prints them to people; empty when there are none."""
    found = []
    for message in messages(output.splitlines()):
        diagnostic = message.get("diagnostic") or {}
        if diagnostic.get("severity") == "error":
            where = f"\n  with {diagnostic['address']}" if diagnostic.get("address") else ""
            detail = f"\n\n{diagnostic['detail']}" if diagnostic.get("detail") else ""
            found.append(f"Error: {diagnostic.get('summary', '')}{where}{detail}")
    return "\n\n".join(found)
