"""Checks that no existing resource stands in the way of one that is moved."""

from collections.abc import Mapping

from hubctl.adopt.existing import Existing
from hubctl.errors import BadInputError


def check_free(moves: list[tuple[str, str]], existing: Mapping[str, Existing]) -> None:
    """Raise BadInputError when something else has one of our addresses in the existing state."""
    moved = dict(moves)
    taken = [
        f"{source} becomes {target}, where the state has another {existing[target].type}"
        for source, target in moves
        if target in existing and (target in moved or source != target)
    ]
    if taken:
        target = next(target for _, target in moves if target in existing)
        raise BadInputError(
            "addresses are taken:\n  " + "\n  ".join(taken),
            remedy="Terraform cannot exchange them. Rename the other one in the existing configuration first: "
            f"terraform state mv '{target}' '{target}_old', and its name in the code.",
        )
