"""Writes the adoption file: only a proven one where the stacks read it, and never over another one unasked."""

import difflib
import os
from pathlib import Path

from hubctl.adopt.secrecy import Secrets
from hubctl.errors import BadInputError
from hubctl.files import UnwrittenError, write_whole
from stacks.adoption_file import AdoptionFile


def target(folder: Path, stack: str, *, proven: bool) -> Path:
    """Return where the file goes; one that is not proven goes beside it, where the stacks do not look."""
    return folder / (f"{stack}.json" if proven else f"{stack}.draft.json")


def write_file(path: Path, file: AdoptionFile, *, overwrite: bool, secrets: Secrets | None = None) -> None:
    """Write ``file``; raise BadInputError with the differences when another one is there, or when it cannot be written.

    The same when it would hold one of ``secrets``.
    """
    text = file.text()
    gate = secrets or Secrets()
    gate.check_file(text)
    if path.exists() and not overwrite:
        present = path.read_text(encoding="utf-8", errors="replace")
        if present != text:
            lines = list(
                difflib.unified_diff(
                    present.splitlines(), text.splitlines(), "there", "new", lineterm="", n=1
                )
            )
            shown = lines[:40] + ([f"... {len(lines) - 40} more lines"] if len(lines) > 40 else [])
            raise BadInputError(
                f"{path} exists and differs:\n" + gate.redacted("\n".join(shown)),
                remedy="Review the difference; write over it with --force, or write elsewhere with --out.",
            )
    write_beside(path, text)


def write_beside(path: Path, text: str) -> None:
    """Write what belongs to an adoption, whole. Raises BadInputError when that cannot be done."""
    try:
        write_whole(path, text, folders=True)
    except UnwrittenError as error:
        raise _unwritable(path.parent, error.reason) from error


def check_writable(folder: Path) -> None:
    """Raise BadInputError when nothing can be written to ``folder``, or it cannot be made; it is not made yet."""
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    if not there.is_dir():
        raise _unwritable(folder, f"{there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise _unwritable(folder, "no permission")


def _unwritable(folder: Path, why: str) -> BadInputError:
    return BadInputError(
        f"no adoption file can be written to {folder}: {why}; what is there is as it was",
        remedy="Give a folder of yours with --out, or with the setting `adoption`.",
    )
