"""Reads the existing state that the operator names: a file, standard input, or the backend of a configuration."""

import os
import sys
from pathlib import Path

from hubctl.adopt.state.existing import ExistingState
from hubctl.adopt.state.origin import Origin, decoded
from hubctl.adopt.state.state_file import check_not_locked, read_state
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import object_or_none
from hubctl.core.terraform.driver import Terraform, TerraformError

PULLED_WITHIN = 300.0  # seconds


def state_from(state: str | None, backend: Path | None) -> ExistingState:
    """Read the state from a file (``-``: standard input) or, by ``terraform state pull``, from a folder's backend.

    Raises BadInputError when neither or both are given, when it cannot be read, is locked, or is not a state.
    """
    if (state is None) == (backend is None):
        raise BadInputError(
            "give one existing state",
            remedy="Use --state FILE, --state - for standard input, or --from-backend DIR.",
        )
    if backend is not None:
        return read_state(_pull(backend), f"the state of {backend}", Origin(backend=backend))
    if state == "":
        raise BadInputError(
            "--state is empty, as an unset variable of the shell is",
            remedy="Use --state FILE, or --state - for standard input.",
        )
    if state == "-":
        if sys.stdin is None:
            raise BadInputError("standard input is closed", remedy="Use --state FILE, or a pipe.")
        # What stands in for standard input may have no bytes below its text.
        given = sys.stdin.buffer.read() if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode()
        text, form = decoded(given, "standard input")
        return read_state(text, "standard input", Origin(form=form))
    path = Path(str(state))
    check_not_locked(path)
    try:
        text, form = decoded(path.read_bytes(), str(path))
        return read_state(text, str(path), Origin(path=path, form=form))
    except IsADirectoryError as error:
        raise BadInputError(
            f"{path} is a folder",
            remedy=f"Use --from-backend {path}, or give the state file in it.",
        ) from error
    except FileNotFoundError as error:
        raise BadInputError(
            f"there is no file {path}", remedy="Give the path of the existing state."
        ) from error
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be read: {error}", remedy="Give a readable state file."
        ) from error


def local_state_of(state: str | None, backend: Path | None) -> Path | None:
    """Return the state file that has to be copied into our folder; None when the state stays in a shared backend.

    A state on standard input may come from anywhere: its file is not known.
    """
    if state is not None:
        return Path(state).absolute() if state != "-" else None
    if backend is None:
        return None
    shared = (
        backend / ".terraform" / "terraform.tfstate"
    )  # where Terraform notes the backend that it was initialized with
    try:
        noted = object_or_none(shared.read_bytes()) or {}
    except OSError:
        noted = {}
    settings = noted.get("backend")
    kind = settings.get("type", "local") if isinstance(settings, dict) else "local"
    path = backend / "terraform.tfstate"
    return path.absolute() if kind == "local" and path.is_file() else None


def _pull(folder: Path) -> str:
    """Return what ``terraform state pull`` prints; it only reads. The operator's own environment applies."""
    if not folder.is_dir():
        raise BadInputError(
            f"there is no folder {folder}", remedy="Give the folder of the existing configuration."
        )
    for state in (folder / "terraform.tfstate", *folder.glob("terraform.tfstate.d/*/terraform.tfstate")):
        check_not_locked(state)
    environment = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    try:
        return Terraform(folder, environment, deadline=PULLED_WITHIN).pull_state()
    except TerraformError as error:
        raise BadInputError(
            f"terraform state pull failed in {folder}:\n{error.said}",
            remedy="The state is locked: wait until the other run has ended."
            if "lock" in error.said.lower()
            else "Run `terraform init` there with the credentials of its backend, then try again.",
        ) from error
    except HubctlError as error:
        raise HubctlError(
            f"terraform state pull failed in {folder}: {error.message}",
            remedy="Run it there yourself to see why.",
        ) from error
