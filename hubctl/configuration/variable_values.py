"""The values of Terraform variables, as Terraform itself reads them.

Terraform is asked: it plans a private folder that declares the same variables and shows them as an output. So definition
files, ``TF_VAR_`` texts and ``-var`` mean here what they mean in a plan, in every notation, in Terraform's order, and with
its conversions (``"8"`` and ``8.0`` are 8 where the type is number).
https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hubctl.configuration.definitions import Definition, Given
from hubctl.configuration.refused_values import CONFIGURATION, refusal
from hubctl.environment.tools import terraform_binary
from hubctl.errors import BadInputError, HubctlError
from hubctl.processes import Finished, run_program
from hubctl.temporary import private_folder

PREFIX = "TF_VAR_"
SECONDS = 300.0
PLAN = "values.tfplan"
OUTPUT = "values"
# Not validations, which may speak of what is not there, and not that it is sensitive: its value is needed.
_ASPECTS = ("type", "default", "nullable")
_WITHOUT_DEFAULT = {"default": None, "nullable": True}  # to have no value is not for this reader to refuse


def variable_values(
    declared: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    definitions: Sequence[Definition] = (),
) -> dict[str, Any]:
    """Return the values given to variables that are not their defaults.

    Args:
        declared: The ``variable`` blocks of the configuration.
        environment: Where ``TF_VAR_`` variables are; those of no variable are left out, as Terraform does.
        folder: The synthesized folder, whose definition files count; None for none.
        definitions: What the command line says, in its order.

    Raises:
        BadInputError: A ``-var`` names no variable, or Terraform refuses a value or a file; the message has its words.
        HubctlError: Terraform cannot be started.

    """
    found = all_values(declared, environment=environment, folder=folder, definitions=definitions)
    return _given(declared, found)


def all_values(
    declared: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    definitions: Sequence[Definition] = (),
) -> dict[str, Any]:
    """Return the value of every variable, its default where nothing is given, and None where it has none.

    Takes and raises what :func:`variable_values` does. Terraform is not started when nothing is given.
    """
    unknown = sorted({each.name for each in definitions if each.name is not None} - set(declared))
    if unknown:
        raise BadInputError(
            f"there is no variable {', '.join(unknown)}",
            remedy="docs/reference/settings.md lists the Terraform variables of the stacks.",
        )
    texts = {name: text for name in declared if (text := environment.get(PREFIX + name)) is not None}
    given = Given(texts=texts, files=tuple(_automatic_files(folder)), definitions=definitions)
    if given.nothing:
        return {name: block.get("default") for name, block in declared.items()}
    return _evaluated(declared, given)


def planned_values(declared: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values that are not defaults in a plan, from the JSON of ``terraform show -json PLAN``.

    That holds them as they were given: a number may be a text there. They are converted like those of a file in JSON.
    Returns None when the plan tells nothing of variables. Raises what :func:`variable_values` does.
    """
    told = document.get("variables")
    if not isinstance(told, Mapping):
        return None
    values = {
        name: entry.get("value")
        for name, entry in told.items()
        if name in declared and isinstance(entry, Mapping)
    }
    if not values:
        return {}
    content = json.dumps(values).encode()
    file = Definition(option="var-file", text="planned.tfvars.json", content=content)
    return _given(declared, _evaluated(declared, Given(texts={}, files=(), definitions=(file,))))


def _given(declared: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in values.items()
        # Not compared in Python, where True is 1
        if json.dumps(value, sort_keys=True) != json.dumps(declared[name].get("default"), sort_keys=True)
    }


def _automatic_files(folder: Path | None) -> Iterator[Path]:
    """Yield the files of a folder that Terraform may load by itself; which of them it does, and in which order, it knows."""
    try:
        names = sorted(os.listdir(folder)) if folder is not None else []  # noqa: PTH208 (of dangling links, too)
    except OSError:  # Terraform looks for none there, either
        return
    for name in names:
        if name in ("terraform.tfvars", "terraform.tfvars.json") or name.endswith(
            (".auto.tfvars", ".auto.tfvars.json")
        ):
            yield Path(folder or "", name).absolute()


def _evaluated(declared: Mapping[str, Any], given: Given) -> dict[str, Any]:
    try:
        with private_folder("variables") as private:
            return _planned_output(private, declared, given)
    except OSError as error:
        raise HubctlError(
            f"Terraform cannot read the variables: {error.filename or 'a temporary folder'}: {error.strerror}",
            remedy="Free some space, or name a folder that can be written in TMPDIR.",
        ) from error


def _planned_output(folder: Path, declared: Mapping[str, Any], given: Given) -> dict[str, Any]:
    (folder / CONFIGURATION).write_text(_configuration(declared), encoding="utf-8")
    settings = folder / "empty.rc"  # the operator's settings of Terraform change nothing here
    settings.touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment |= {PREFIX + name: text for name, text in given.texts.items()}
    environment |= {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(settings)}

    def run(*arguments: str) -> Finished:
        return run_program(
            [terraform_binary(), *arguments], folder=folder, environment=environment, deadline=SECONDS
        )

    options = ["-input=false", "-json", "-lock=false", "-refresh=false", f"-out={PLAN}"]
    planned = run("plan", *options, *given.laid_out(folder))
    if planned.exit_code != 0:
        raise refusal(planned, declared, given)
    shown = run("show", "-json", PLAN)
    try:
        values = json.loads(shown.output, parse_int=_whole)["planned_values"]["outputs"][OUTPUT]["value"]
        return {name: values[name] for name in declared}
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise HubctlError(
            f"terraform show printed no values of variables: {(shown.output or shown.errors)[:60]!r}",
            remedy="Check that `terraform` on PATH is Terraform itself and not a wrapper around it.",
        ) from error


def _whole(digits: str) -> float:
    """Return a whole number; one of more digits than Python takes is beyond every bound."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def _configuration(declared: Mapping[str, Any]) -> str:
    """Return a configuration that declares the variables and shows them.

    The block of each variable is a line, the first one the second line: Terraform's errors name lines.
    """
    blocks = []
    for name, block in declared.items():
        kept = {aspect: block[aspect] for aspect in _ASPECTS if aspect in block}
        if "default" not in block:
            kept |= _WITHOUT_DEFAULT
        blocks.append(f"{json.dumps(name)}: {json.dumps(kept)}")
    shown = {OUTPUT: {"value": {name: f"${{var.{name}}}" for name in declared}}}
    variables = ",\n".join(blocks)
    return f'{{"variable": {{\n{variables}\n}}, "output": {json.dumps(shown)}}}\n'
