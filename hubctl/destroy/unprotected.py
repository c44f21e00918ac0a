"""Lifts the stack's own refusal to delete homes and backups, for as long as a destroy runs.

Terraform merges files that end in ``_override.tf.json`` over the configuration:
https://developer.hashicorp.com/terraform/language/files/override
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hubctl.errors import BadInputError

FILE = "hubctl_destroy_override.tf.json"
SYNTHESIZED = "cdk.tf.json"


@contextmanager
def unprotected(folder: Path) -> Iterator[None]:
    """Let Terraform plan the destruction of everything in the stack's ``folder``, inside the block only.

    Raises BadInputError when there is no synthesized stack in the folder.
    """
    file = folder / FILE
    file.write_text(json.dumps(override(_configuration(folder))), encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def override(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the content of the file: every ``prevent_destroy`` of the configuration, turned off."""
    found: dict[str, dict[str, Any]] = {}
    for kind, resources in configuration.get("resource", {}).items():
        for name, block in resources.items():
            if block.get("lifecycle", {}).get("prevent_destroy"):
                found.setdefault(kind, {})[name] = {"lifecycle": {"prevent_destroy": False}}
    return {"resource": found} if found else {}


def _configuration(folder: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads((folder / SYNTHESIZED).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(
            f"there is no synthesized stack in {folder}",
            remedy="Run `make synth`, or give the folder of the stack that was deployed with --folder.",
        ) from error
    return document
