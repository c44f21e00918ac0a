"""Completes addresses of ours that an operator typed: the index of a counted resource may be left out."""

from collections.abc import Collection
from dataclasses import replace

from hubctl.adopt.planned import full_address
from hubctl.adopt.request import AdoptionRequest


def in_full(request: AdoptionRequest, ours: Collection[str]) -> AdoptionRequest:
    """Return a request in which each address of ours is as it is in ``ours``, the stack's; strange ones stay as they are."""

    def argument(text: str) -> str:
        address, dot, name = text.rpartition(".")
        return f"{full_address(address, ours)}{dot}{name}"

    return replace(
        request,
        match={full_address(mine, ours): theirs for mine, theirs in request.match.items()},
        imports={full_address(mine, ours): identifier for mine, identifier in request.imports.items()},
        leave_out=[full_address(mine, ours) for mine in request.leave_out],
        keep=[argument(text) for text in request.keep],
        improve=[argument(text) if "." in text else text for text in request.improve],
    )
