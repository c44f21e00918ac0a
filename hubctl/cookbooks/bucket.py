"""Find the bootstrap bucket of a deployment: as named, or from the state of its stack's folder."""

import os
from pathlib import Path
from typing import Any

from hubctl.errors import BadInputError
from hubctl.terraform.driver import Terraform
from hubctl.terraform.stored_state import managed_resources, output_value

ADDRESS = ("aws_s3_bucket", "bootstrap")
OUTPUT = "bootstrap_bucket"


def bucket_name(*, bucket: str | None, stack_folder: Path | None) -> str:
    """Return ``bucket``, or the name that the state of ``stack_folder`` holds.

    Raises:
        BadInputError: Neither or both are given, or the state knows no such bucket.

    """
    if (bucket is None) == (stack_folder is None):
        raise BadInputError(
            "the bootstrap bucket is not known"
            if bucket is None
            else "--bucket and --stack-folder exclude each other",
            remedy="Give --bucket NAME, or --stack-folder with the folder in which the stack was applied.",
        )
    if bucket is not None:
        return bucket
    assert stack_folder is not None  # noqa: S101 - one of the two is given
    if not stack_folder.is_dir():
        raise BadInputError(
            f"there is no folder {stack_folder}", remedy="Give the folder of the synthesized stack."
        )
    found = bucket_in_state(Terraform(stack_folder, os.environ).stored_state())
    if found is None:
        raise BadInputError(
            f"the state in {stack_folder} knows no bootstrap bucket",
            remedy="Apply the stack first; where bootstrap_bucket names a bucket of your own, give --bucket.",
        )
    return found


def bucket_in_state(state: dict[str, Any]) -> str | None:
    """Return the bucket's name from a stored state: the output, or the bucket that the stack made."""
    named = output_value(state, OUTPUT)
    if named:
        return str(named)
    return next(
        (str(r["values"]["bucket"]) for r in managed_resources(state) if (r["type"], r["name"]) == ADDRESS),
        None,
    )
