"""From the command line's options to stacks: synthesized where needed, with the values that Terraform would give."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from hubctl.configuration.definitions import read_definitions
from hubctl.configuration.option_order import given_order
from hubctl.configuration.stack import Stack, read_configuration
from hubctl.configuration.synthesized import JSON, synthesized
from hubctl.configuration.variable_values import variable_values
from hubctl.errors import BadInputError
from hubctl.given_path import GivenPath
from stacks.backend_settings import STACK_NAMES


def configuration_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where the configuration is, and with which variables; for an :class:`OrderedCommand`."""
    for option in (
        click.option(
            "--folder",
            type=GivenPath(),
            help="Synthesized folder; by default cdktf.out, or made anew.",
        ),
        click.option(
            "--var-file",
            "files",
            multiple=True,
            type=GivenPath(),
            help="Definitions, as for Terraform; of these and --var, the last wins.",
        ),
        click.option(
            "--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable's value."
        ),
    ):
        command = option(command)
    return command


def stack_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which stacks are meant, and with which variables."""
    stacks = click.option(
        "--stack",
        "stacks",
        multiple=True,
        type=click.Choice(STACK_NAMES),
        help="This stack only; both by default.",
    )
    return stacks(configuration_options(command))


def load_stacks(
    project: Path,
    names: Sequence[str],
    *,
    folder: Path | None = None,
    variables: Sequence[str] = (),
    files: Sequence[Path] = (),
) -> list[Stack]:
    """Return the named stacks, or both.

    ``variables`` are ``NAME=VALUE``; each is given to the stacks that know it. Definition files beside the synthesized JSON
    and ``TF_VAR_`` count too, as they do for Terraform. Where variables and files tell of the same, the last one given wins.

    Raises:
        BadInputError: The settings are wrong, the folder holds no such stack, no stack knows a variable, or Terraform
            refuses a value.

    """
    chosen = list(names) or list(STACK_NAMES)
    definitions = read_definitions(variables, files, given_order())
    with synthesized(project, chosen[0], folder) as first:
        found = {chosen[0]: read_configuration(first)}
        for name in chosen[1:]:
            file = first.parent.parent / name / JSON
            found[name] = read_configuration(file)
    told = {each.name for each in definitions if each.name is not None}
    unknown = sorted(
        name for name in told if all(name not in one.get("variable", {}) for one in found.values())
    )
    if unknown:
        raise BadInputError(
            f"{' and '.join(chosen)} {'has' if len(chosen) == 1 else 'have'} no variable {', '.join(unknown)}",
            remedy="docs/reference/settings.md lists the Terraform variables of the stacks.",
        )
    result = []
    for name, configuration in found.items():
        declared = configuration.get("variable", {})
        runs_in = _run_folder(project, folder, name)
        given = variable_values(
            declared,
            environment=os.environ,
            folder=runs_in,
            definitions=[each for each in definitions if each.name is None or each.name in declared],
        )
        result.append(Stack(name, configuration, given, folder=runs_in))
    return result


def _run_folder(project: Path, folder: Path | None, name: str) -> Path:
    """Return the folder that Terraform is run in, whose definition files count."""
    if folder is None:
        return project / "cdktf.out" / "stacks" / name
    inner = folder / "stacks" / name
    return inner if inner.is_dir() else folder
