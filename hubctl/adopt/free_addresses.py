"""Checks that no existing resource stands in the way of one that is moved."""

from collections.abc import Collection, Mapping

from hubctl.adopt.existing import Existing
from hubctl.errors import BadInputError


def check_free(
    moves: list[tuple[str, str]], existing: Mapping[str, Existing], ours: Collection[str] = ()
) -> None:
    """Raise BadInputError when something else has one of our addresses in the existing state.

    Terraform moves nothing to an address that the state has, and nothing away from one that the configuration
    still has: ``ours`` are those of which the state has no counterpart.
    """
    taken = {
        target: f"{source} becomes {target}, where the state has another {existing[target].type}"
        for source, target in moves
        if target in existing and source != target
    }
    for source, target in moves:
        if source in ours:
            taken.setdefault(source, f"{source} becomes {target}, and a new {source} would be created")
    if taken:
        first = next(iter(taken))
        raise BadInputError(
            "addresses are taken:\n  " + "\n  ".join(taken.values()),
            remedy="Terraform cannot exchange them. Rename the other one in the existing configuration first: "
            f"terraform state mv '{first}' '{first}_old', and its name in the code.",
        )
