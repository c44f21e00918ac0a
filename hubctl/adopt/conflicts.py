"""Reads from Terraform's errors which arguments of a carried resource exclude each other.

A state has the values of both, and no schema tells that only one of them may be written down.
"""

import re
from collections.abc import Iterator
from typing import Any

_PAIR = re.compile(r'^"([\w.]+)": conflicts with ([\w.]+)$')
_ONE_OF = re.compile(r"^\"[\w.]+\": only one of `([^`]+)` can be specified, but `([^`]+)` were specified")
_WHERE = re.compile(r"^with ([a-z][a-z0-9_]*\.[\w-]+),$")


def drop_conflicting(message: str, carried: dict[str, dict[str, Any]]) -> bool:
    """Take from ``carried`` (address → arguments) the later one of each pair that ``message`` complains of.

    Returns whether anything was taken.
    """
    dropped = False
    for address, first, others in _conflicts(message):
        arguments = carried.get(address, {})
        if _holder(arguments, first) is None:
            continue
        for other in others:
            holder = _holder(arguments, other)
            if holder is not None:
                del holder[other.rpartition(".")[2]]
                dropped = True
    return dropped


def _holder(arguments: dict[str, Any], path: str) -> dict[str, Any] | None:
    """Return what holds the argument at ``path``, such as ``launch_template.0.name``; None when it is not there."""
    *steps, last = path.split(".")
    found: Any = arguments
    for step in steps:
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict):
            found = found.get(step)
        else:
            return None
    return found if isinstance(found, dict) and last in found else None


def _conflicts(message: str) -> Iterator[tuple[str, str, list[str]]]:
    address = ""
    for line in (line.strip(" │╷╵") for line in message.splitlines()):
        if line.startswith("Error:"):
            address = ""
        elif where := _WHERE.match(line):
            address = where[1]
        elif address and (pair := _PAIR.match(line)):
            yield address, pair[1], [pair[2]]
        elif address and (several := _ONE_OF.match(line)):
            first, *others = several[2].split(",")
            yield address, first, others
