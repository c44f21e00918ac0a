"""The values of Terraform variables, from where Terraform itself takes them.

In the order of the Terraform documentation on variable definition precedence, later ones win: ``TF_VAR_`` in the
environment, ``terraform.tfvars``, ``terraform.tfvars.json``, ``*.auto.tfvars`` and ``*.auto.tfvars.json`` by name, and the
command line. Files in HCL are read by Terraform.
"""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hubctl.environment.tools import terraform_binary
from hubctl.errors import BadInputError
from hubctl.terraform.messages import error_text

PREFIX = "TF_VAR_"
SECONDS = 300
_NAMED = re.compile(r"^[ \t]*([A-Za-z_][\w-]*)[ \t]*=(?!=)", re.MULTILINE)


def variable_values(
    declared: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    files: Sequence[Path] = (),
    told: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the values given to variables, without defaults.

    Args:
        declared: The ``variable`` blocks of the configuration.
        environment: Where ``TF_VAR_`` variables are; those of no variable are left out, as Terraform does.
        folder: The synthesized folder, whose definition files count; None for none.
        files: Further definition files (``-var-file``).
        told: Texts given on the command line (``-var``).

    Raises:
        BadInputError: A name in ``told`` is no variable, or a file cannot be read.

    """
    unknown = sorted(set(told or {}) - set(declared))
    if unknown:
        raise BadInputError(
            f"there is no variable {', '.join(unknown)}",
            remedy="docs/reference/settings.md lists the Terraform variables of the stacks.",
        )
    found = _converted(
        {
            name.removeprefix(PREFIX): text
            for name, text in environment.items()
            if name.startswith(PREFIX) and name.removeprefix(PREFIX) in declared
        },
        declared,
    )
    for file in [*_definition_files(folder), *files]:
        found |= {name: value for name, value in _read(file, declared).items() if name in declared}
    return found | _converted(told or {}, declared)


def _definition_files(folder: Path | None) -> Iterable[Path]:
    if folder is None or not folder.is_dir():
        return
    for name in ("terraform.tfvars", "terraform.tfvars.json"):
        if (folder / name).is_file():
            yield folder / name
    yield from sorted(
        file for file in folder.iterdir() if file.name.endswith((".auto.tfvars", ".auto.tfvars.json"))
    )


def _converted(texts: Mapping[str, str], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return texts as the variables' types want them: plain for strings, JSON for the rest."""
    found: dict[str, Any] = {}
    for name, text in texts.items():
        found[name] = text
        if declared[name].get("type", "string") != "string":
            try:
                found[name] = json.loads(text)
            except ValueError:
                continue  # the check of the values says what is wrong with it
    return found


def _read(file: Path, declared: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            document = json.loads(text)
            return dict(document) if isinstance(document, dict) else {}
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"the variable definitions {file} cannot be read: {getattr(error, 'strerror', None) or error}",
            remedy="Correct the file, or name another.",
        ) from error
    names = sorted(set(_NAMED.findall(text)) & set(declared))
    return _evaluated(file, {name: declared[name] for name in names}) if names else {}


def _evaluated(file: Path, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Let ``terraform console`` evaluate a file of definitions, in a folder that declares the variables only."""
    blocks = {name: {"type": block.get("type", "any"), "default": None} for name, block in declared.items()}
    wanted = ", ".join(f"{name} = var.{name}" for name in declared)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    with tempfile.TemporaryDirectory(prefix="hubctl-variables-") as folder:
        Path(folder, "main.tf.json").write_text(json.dumps({"variable": blocks}), encoding="utf-8")
        try:
            finished = subprocess.run(
                [terraform_binary(), "console", f"-var-file={file.absolute()}"],
                input=f"jsonencode({{ {wanted} }})\n",
                cwd=folder,
                env={**environment, "CHECKPOINT_DISABLE": "1"},
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BadInputError(
                f"terraform could not read {file}: {error}", remedy="Run `make setup`, it checks the tools."
            ) from error
    lines = finished.stdout.strip().splitlines()
    if finished.returncode != 0 or not lines:
        raise BadInputError(
            f"the variable definitions {file} cannot be read:\n{error_text(finished.stdout, finished.stderr)}",
            remedy="Correct what Terraform names above.",
        )
    values: dict[str, Any] = json.loads(json.loads(lines[-1]))
    return {name: value for name, value in values.items() if value is not None}
