"""The variables that a stack needs and that have no value: all of them at once, with lines to paste."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.configuration.definitions import Definition
from hubctl.configuration.stack import read_configuration
from hubctl.configuration.synthesized import JSON
from hubctl.configuration.variable_values import PREFIX, all_values
from hubctl.demo.stacks import DEMO_STACKS
from hubctl.errors import HubctlError

_EXAMPLES = {name: value for stack in DEMO_STACKS for name, value in stack.for_real.items()}


@dataclass(frozen=True, kw_only=True)
class MissingVariable:
    """A required variable without a value, and what the stack says of it."""

    name: str
    description: str

    @property
    def export(self) -> str:
        """The line for a shell that sets it, with a value to replace."""
        return f"export {PREFIX}{self.name}={shlex.quote(_EXAMPLES.get(self.name, 'VALUE'))}"


def missing_variables(declared: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[MissingVariable, ...]:
    """Return the variables of ``variable`` blocks that have no default and are not given, by name."""
    return tuple(
        MissingVariable(name=name, description=str(block.get("description", "")))
        for name, block in sorted(declared.items())
        if "default" not in block and given.get(name) is None
    )


def missing_in(folder: Path, definitions: Sequence[Definition] = ()) -> tuple[MissingVariable, ...]:
    """Return what Terraform would miss in a synthesized folder, with what its command line says.

    Nothing is missing where the run is remote: the workspace has variables of its own, which are not known here.

    Raises:
        BadInputError: The folder or a file of definitions cannot be read.

    """
    configuration = read_configuration(folder / JSON)
    if is_remote(configuration):
        return ()
    declared = configuration.get("variable", {})
    known = [each for each in definitions if each.name is None or each.name in declared]
    at_hand = {
        name.removeprefix(PREFIX): text for name, text in os.environ.items() if name.startswith(PREFIX)
    }
    at_hand |= {each.name: each.text for each in known if each.name is not None}
    if not missing_variables(declared, at_hand):
        return ()  # without asking Terraform, which will say what is wrong with them
    given = all_values(declared, environment=os.environ, folder=folder, definitions=known)
    return missing_variables(declared, given)


def is_remote(configuration: Mapping[str, Any]) -> bool:
    """Tell whether Terraform Cloud runs the stack."""
    terraform = configuration.get("terraform", {})
    return "cloud" in terraform or "remote" in terraform.get("backend", {})


def described(missing: Sequence[MissingVariable]) -> str:
    """Return how many variables have no value, and a line about each."""
    count = "1 variable has" if len(missing) == 1 else f"{len(missing)} variables have"
    return "\n".join(
        [f"{count} no value", *(f"       - {each.name}: {each.description}" for each in missing)]
    )


def to_paste(missing: Sequence[MissingVariable], folder: Path) -> str:
    """Return how to give the values: lines for a shell, or a file."""
    file = folder / "terraform.tfvars"
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    lines = "\n".join(f"  {each.export}" for each in missing)
    return f'Set them, with values of your own, and run it again:\n{lines}\nor write them as NAME = "VALUE" into {shown}.'


def need_variables(stack: str, folder: Path) -> None:
    """Raise HubctlError that names every variable of the stack in ``folder`` without a value."""
    if missing := missing_in(folder):
        raise HubctlError(f"{stack}: {described(missing)}", remedy=to_paste(missing, folder))
