"""Where the JSON of a stack is: in the output folder, or synthesized on the spot."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from hubctl.core.command_line import GivenPath
from hubctl.core.configuration.given_variables import given_order
from hubctl.core.configuration.stack import Stack, read_configuration
from hubctl.core.configuration.variable_values import (
    PREFIX,
    Definition,
    all_values,
    read_definitions,
    variable_values,
)
from hubctl.core.console import err
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.processes import run_program
from hubctl.core.temporary import private_folder
from hubctl.core.tool_versions import check_node
from stacks.registry import STACK_NAMES, STACKS
from stacks.settings.common import CommonSettings
from stacks.settings.loading import load_context

JSON = "cdk.tf.json"
SOURCES = ("main.py", "stacks", "constructs", "cdktf.json")
SECONDS = 300
GIVEN_SETTINGS_ONLY = "--given-settings-only"  # main.py's option
LINES = 40  # of what the app says when it fails; it names every mistake in the settings
_EXAMPLES = {name: value for stack in STACKS.values() for name, value in stack.example_variables.items()}


@contextmanager
def synthesized(project: Path, stack: str, folder: Path | None) -> Iterator[Path]:
    """Give the JSON file of a stack: of ``folder`` (such as cdktf.out), or of the project as it is now.

    Without a folder the stack is taken from cdktf.out if that is newer than its sources, and synthesized otherwise.

    Raises:
        BadInputError: The folder holds no such stack, or the settings are wrong.

    """
    if folder is not None:
        for file in (folder / "stacks" / stack / JSON, folder / JSON):
            if file.is_file():
                yield file
                return
        raise BadInputError(
            f"{folder} holds no stack {stack}", remedy="Synthesize the stacks with `make synth`."
        )
    if is_current(project, stack):
        yield project / "cdktf.out" / "stacks" / stack / JSON
        return
    err.say(f"synthesizing {stack}, because cdktf.out is not up to date")
    with private_folder("synthesized") as temporary:
        synthesize(project, temporary)
        yield temporary / "stacks" / stack / JSON


def is_current(project: Path, stack: str) -> bool:
    """Tell whether cdktf.out holds the stack as its sources and settings are now."""
    file = project / "cdktf.out" / "stacks" / stack / JSON
    if os.environ.get("CDKTF_CONTEXT_JSON") or not file.is_file():
        return False
    return file.stat().st_mtime > _newest(project)


def _newest(project: Path) -> float:
    """Return when the stacks' sources, settings and adoption files were last changed."""
    files = [
        file
        for source in (*SOURCES, *_named_by_settings(project))
        for file in ((project / source).rglob("*") if (project / source).is_dir() else [project / source])
        if file.suffix in {".py", ".json", ".sh", ".yaml", ".yml", ".ics"} and file.is_file()
    ]
    return max(file.stat().st_mtime for file in files)


def _named_by_settings(project: Path) -> list[str]:
    """Return the folder of the adoption files, and the timetable where there is one."""
    context, _ = load_context(project, {})
    settings, _ = CommonSettings.check({key: context[key] for key in ("adoption",) if key in context})
    timetable = context.get("timetable")
    return [settings.adoption, *([timetable] if isinstance(timetable, str) else [])]


def synthesize(project: Path, folder: Path) -> None:
    """Write all stacks to a folder such as cdktf.out.

    Raises:
        BadInputError: Something is wrong with the settings; the message says what.
        HubctlError: Node is missing or too old, or the machine has no room or is too slow.

    """
    if problem := check_node():
        raise HubctlError(f"the stacks cannot be synthesized: {problem.message}", remedy=f"{problem.remedy}.")
    run_app(project, folder, environment=os.environ)


def run_app(
    project: Path,
    folder: Path,
    *,
    environment: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
    alone: bool = False,
    on_tick: Callable[[], None] | None = None,
    log: Path | None = None,
) -> None:
    """Run the project's app, which writes all stacks to ``folder``, and what it says to ``log``.

    ``settings`` take the place of CDKTF_CONTEXT_JSON; ``alone`` leaves out the project's cdktf.json and adoption files.

    Raises:
        BadInputError: Something is wrong with the settings; the message has the app's own words.
        HubctlError: It failed otherwise.

    """
    context = {} if settings is None else {"CDKTF_CONTEXT_JSON": json.dumps(settings)}
    finished = run_program(
        [sys.executable, str(project / "main.py"), *([GIVEN_SETTINGS_ONLY] if alone else [])],
        folder=project,
        environment={**environment, **context, "CDKTF_OUTDIR": str(folder.absolute())},
        deadline=SECONDS,
        on_tick=on_tick,
    )
    if log is not None:
        log.write_text(finished.output + finished.errors, encoding="utf-8")
    if finished.exit_code == 0:
        return
    last = [line[:300] for line in (finished.errors or finished.output).strip().splitlines()[-LINES:]]
    message = "\n".join(["the stacks cannot be synthesized:", *last])
    if finished.exit_code == BadInputError.exit_code:
        raise BadInputError(message, remedy="Correct the settings and try again.")
    raise HubctlError(message, remedy="Set right what is named above, and try again.")


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
    defined = {each.name for each in definitions if each.name is not None}
    unknown = sorted(
        name for name in defined if all(name not in one.get("variable", {}) for one in found.values())
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

    Nothing is missing where the run is remote: the workspace may have other variables, which are not known here.

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
