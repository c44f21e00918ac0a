"""Run Terraform in the foreground, and keep what it planned.

What is said of a plan depends on Terraform's own arguments, those of the environment included: the words of
``TF_CLI_ARGS`` are split as Terraform splits them.
"""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.configuration.stack import read_configuration
from hubctl.core.configuration.synthesized import JSON, described, missing_in, to_paste
from hubctl.core.configuration.variable_values import Definition
from hubctl.core.console import err
from hubctl.core.errors import HubctlError
from hubctl.core.stopping import run_in_foreground
from hubctl.core.terraform.provider_mirror import terraform_environment
from hubctl.core.tool_versions import terraform_binary

_SPACE = " \t\r\n"
_QUOTES = "'\"`"
_ENDS = ";|&<>"
_STAY = "`)"  # the ends of quotations that are kept with their quotes
_OPTIONS_WITH_VALUE = (
    "var",
    "var-file",
    "out",
    "target",
    "replace",
    "state",
    "lock-timeout",
    "parallelism",
    "generate-config-out",
)
NO_WORDS = ("0", "f", "F", "false", "False", "FALSE")  # what Terraform reads as no (strconv.ParseBool of Go)
STANDARD_ERROR = 2
# Where the plan is kept when the operator names no file, in Terraform's own folder: what it says to type then is true.
PLAN_FILE = "hubctl.tfplan"
PLANNED_STATUSES = (0, 2)  # 2 with -detailed-exitcode: there are changes


def environment_words(environment: Mapping[str, str], command: str = "plan") -> list[str]:
    """Return the arguments that the environment adds to a command, in the order in which Terraform then reads them.

    It puts those of ``TF_CLI_ARGS`` after the command's name, and then those of the command before them. None are returned of
    a text that Terraform refuses.
    """
    return [
        word
        for name in (f"TF_CLI_ARGS_{command}", "TF_CLI_ARGS")
        for word in split_words(environment.get(name, "")) or ()
    ]


def split_words(text: str) -> list[str] | None:
    """Return the words of a text, None where Terraform refuses it."""
    words: list[str] = []
    word: str | None = None
    end = ""  # of the quotation that is open
    letters = iter(text)
    for letter in letters:
        if letter == "\\" and end != "'":
            following = next(letters, None)
            if following is None:
                return None
            word = (word or "") + (letter + following if end and end in _STAY else following)
        elif end:
            word = (word or "") + (letter if letter != end or end in _STAY else "")
            end = "" if letter == end else end
        elif letter in _SPACE:
            words += [] if word is None else [word]
            word = None
        elif letter in _QUOTES or (letter == "(" and (word or "").endswith("$")):
            word = (word or "") + (letter if letter in "`(" else "")
            end = ")" if letter == "(" else letter
        elif letter in "()":
            return None
        elif letter in _ENDS:
            break
        else:
            word = (word or "") + letter
    if end:
        return None
    return words if word is None else [*words, word]


@dataclass(frozen=True, kw_only=True)
class PlanArguments:
    """What arguments of ``terraform plan`` say.

    Attributes:
        definitions: ``-var`` and ``-var-file`` in the order given; paths start at the folder.
        destroy: Whether everything would be destroyed.
        as_json: Whether standard output is a stream for programs.
        asks_help: Whether Terraform only explains itself.
        no_input: Whether Terraform may not ask for what is missing.
        out: Path of ``-out``, as given; None where no plan file is asked for.

    """

    definitions: tuple[Definition, ...]
    destroy: bool
    as_json: bool
    asks_help: bool
    no_input: bool = False
    out: Path | None = None


def all_arguments(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> PlanArguments:
    """Read the arguments with those that the environment adds to them."""
    return read_arguments([*environment_words(environment), *arguments], folder)


def read_arguments(arguments: Sequence[str], folder: Path) -> PlanArguments:
    """Read what matters of a plan in ``folder``; whatever is wrong with the arguments is Terraform's to say."""
    options = list(_options(arguments))
    names = {name for name, _ in options}
    flags = {name: value not in NO_WORDS for name, value in options}  # the last one counts
    return PlanArguments(
        definitions=tuple(
            Definition.value(value) if name == "var" else Definition.file(value, folder)
            for name, value in options
            if name in ("var", "var-file")
        ),
        destroy=flags.get("destroy", False),
        as_json=flags.get("json", False),
        asks_help=bool(names & {"help", "h"}),
        no_input=not flags.get("input", True),
        out=next((Path(value) for name, value in reversed(options) if name == "out"), None),
    )


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield names without hyphens and values; Terraform takes ``-name value`` and ``-name=value``, with one hyphen or two."""
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            continue
        name, separator, value = argument.lstrip("-").partition("=")
        yield name, value if separator or name not in _OPTIONS_WITH_VALUE else next(rest, "")


def run_plan(folder: Path, arguments: Sequence[str]) -> int:
    """Run ``terraform plan`` in a folder, after ``terraform init`` where that is missing; return its exit status.

    Input and output are Terraform's, and so is the operator's environment, with what finds the AWS provider on top. The plan
    is kept as a file, unless the arguments name one or the backend ``remote`` runs it, which keeps none.

    Raises:
        HubctlError: Terraform cannot be started, or the provider is nowhere to be found.

    """
    # TF_INPUT is that of unattended runs: here Terraform may ask, unless the operator says no.
    provider = {name: text for name, text in terraform_environment().items() if name != "TF_INPUT"}
    environment = {**os.environ, **provider}
    asked = all_arguments(arguments, folder, os.environ)
    if not _data_folder(folder).is_dir() and not asked.asks_help:
        err.say(f"initializing {folder}")
        colourless = [] if err.is_terminal and not err.no_color else ["-no-color"]
        status = _foreground(["init", "-input=false", *colourless], folder, environment, quiet=True)
        if status != 0:
            return status
    kept = kept_plan(folder, asked)
    if kept is not None and asked.out is None:
        kept.unlink(missing_ok=True)  # one that is interrupted must leave no older one to apply
        kept.parent.mkdir(parents=True, exist_ok=True)  # a configuration without providers leaves none
        # Not as an argument: those go to Terraform as they are. Before the operator's own, which may end early.
        more = environment.get("TF_CLI_ARGS_plan", "")
        environment["TF_CLI_ARGS_plan"] = f"{shlex.quote(f'-out={kept}')} {more}".strip()
    before = os.umask(0o077)  # a plan may hold secrets
    try:
        status = _foreground(["plan", *arguments], folder, environment)
    finally:
        os.umask(before)
    if status not in PLANNED_STATUSES and kept is not None and asked.out is None:
        kept.unlink(missing_ok=True)  # Terraform keeps plans that failed, too
    return status


def kept_plan(folder: Path, asked: PlanArguments) -> Path | None:
    """Return where the plan lies after the run; None where Terraform keeps none."""
    if asked.asks_help or asked.destroy or _is_remote(folder):
        return None
    return (folder / (asked.out or _data_folder(folder) / PLAN_FILE)).absolute()


def _is_remote(folder: Path) -> bool:
    backend = read_configuration(folder / JSON).get("terraform", {}).get("backend", {})
    return "remote" in backend


def _data_folder(folder: Path) -> Path:
    return folder / (os.environ.get("TF_DATA_DIR") or ".terraform")


def check_variables(stack: str, folder: Path, arguments: Sequence[str]) -> None:
    """Name all variables without a value before Terraform does, one by one; where it will ask for them, only say so.

    Raises:
        HubctlError: Variables have no value, and there is no terminal on which Terraform could ask.

    """
    asked = all_arguments(arguments, folder, os.environ)
    if asked.asks_help:
        return
    try:
        missing = missing_in(folder, asked.definitions)
    except HubctlError:
        return  # what is wrong with a file or a value is Terraform's to say
    if not missing:
        return
    message, remedy = f"{stack}: {described(missing)}", to_paste(missing, folder)
    if not sys.stdin.isatty() or asked.no_input or os.environ.get("TF_INPUT") in NO_WORDS:
        raise HubctlError(message, remedy=remedy)
    err.say(f"{message}\nTerraform asks for them now. {remedy}")


def _foreground(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, quiet: bool = False
) -> int:
    """Run Terraform to its end; return its exit status, 128 + N when signal N ended it. ``quiet``: output is the plan's."""
    binary = terraform_binary()
    try:
        return run_in_foreground(
            [binary, *arguments],
            folder=folder,
            environment=environment,
            stdout=STANDARD_ERROR if quiet else None,
        )
    except OSError as error:
        raise HubctlError(
            f"{binary} cannot be started: {error.strerror}", remedy="Run `make setup`, it checks the tools."
        ) from error
