"""Whether a command exists as it is written: its program, its subcommand, its options."""

import functools
import importlib.util
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import botocore.session
import click
from botocore import xform_name

from hubctl.cli import hubctl
from hubctl.core.tool_versions import terraform_binary
from tests.support.waiting import PATIENCE

PROJECT = Path(__file__).resolve().parent.parent.parent.parent
# Programs of every system, whose options are not checked
ORDINARY = frozenset(
    """apt-get brew cd chmod cp curl diff dirname echo env export git grep install jq journalctl ls mkdir mktemp mv nsenter printf
    read rm sed source ssh sudo systemctl tar tee umask xargs""".split()  # noqa: SIM905 (a list of them would be a page)
)
# Of programs that are not on every machine: their subcommands and options that the pages may use
KNOWN: Mapping[str, Mapping[str, frozenset[str]]] = {
    # https://developer.hashicorp.com/packer/docs/commands
    "packer": {
        "init": frozenset(),
        "validate": frozenset({"-var-file", "-var", "-only"}),
        "build": frozenset({"-var-file", "-var", "-only"}),
    },
    # https://docs.docker.com/reference/cli/docker/
    "docker": {
        "login": frozenset({"--username", "--password-stdin"}),
        "service": frozenset({"--no-trunc"}),
        "node": frozenset(),
        "swarm": frozenset(),
        "info": frozenset(),
        "logs": frozenset(),
        "run": frozenset({"--env-file"}),
    },
    # https://docs.chef.io/workstation/knife/
    "knife": {"cookbook": frozenset({"--cookbook-path"}), "role": frozenset()},
    "npm": {"install": frozenset({"--save-exact", "--save-dev"}), "uninstall": frozenset()},
}


class UnknownCommandError(Exception):
    """A page tells its readers to type something that does not exist."""


def check(words: list[str], *, exactly: bool) -> None:
    """Raise UnknownCommandError when a command does not exist as it is written.

    ``exactly`` asks for values too, as in a block; otherwise NAME and … may stand for them, as in a sentence.
    """
    while words and words[0] in {"sudo", "env"} and len(words) > 1:
        words = words[1:]
    program, arguments = words[0], words[1:]
    name = Path(program).name
    checker = CHECKERS.get(name)
    if checker is not None:
        checker(arguments, exactly)
    elif name in KNOWN:
        _known(name, arguments)
    elif "/" in program:
        if not (PROJECT / program).is_file():
            raise UnknownCommandError(f"{program} is not a file of the project")
    elif name not in ORDINARY:
        raise UnknownCommandError(f"{program} is not a program that the pages use: see {__name__}")


def _hubctl(arguments: list[str], exactly: bool) -> None:
    command: click.Command = hubctl
    path = "hubctl"
    context = click.Context(hubctl, info_name="hubctl")
    if "--" in arguments:  # what follows is another command, as of local-aws
        check(arguments[arguments.index("--") + 1 :], exactly=exactly)
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        found = command.get_command(context, arguments[0])
        if found is None:
            raise UnknownCommandError(f"hubctl has no command {arguments[0]}")
        path = f"{path} {arguments[0]}"
        command, arguments = found, arguments[1:]
    if exactly and not isinstance(command, click.Group):
        try:
            command.make_context(command.name, list(arguments))
        except click.exceptions.Exit:  # --help
            return
        except click.ClickException as error:
            raise UnknownCommandError(f"{path}: {error.format_message()}") from error
        return
    known = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
    before_other_command = arguments[: arguments.index("--")] if "--" in arguments else arguments
    _options(path, before_other_command, known)


def _make(arguments: list[str], exactly: bool) -> None:
    del exactly
    text = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", text, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z][A-Z0-9]*) \?=", text, re.MULTILINE))
    for argument in arguments:
        variable, is_variable, _ = argument.partition("=")
        if variable not in (variables if is_variable else targets):
            raise UnknownCommandError(
                f"the Makefile has no {'variable' if is_variable else 'target'} {variable}"
            )


def _terraform(arguments: list[str], exactly: bool) -> None:
    del exactly
    if not arguments:
        return
    subcommand, rest = arguments[:1], arguments[1:]
    if subcommand[0] in {"state", "workspace", "providers"} and rest:
        subcommand, rest = arguments[:2], arguments[2:]
    known = _terraform_options(tuple(subcommand))
    _options(f"terraform {' '.join(subcommand)}", [word for word in rest if word != "-"], known)


@functools.cache
def _terraform_options(subcommand: tuple[str, ...]) -> frozenset[str]:
    finished = _ask(terraform_binary(), *subcommand, "-help")
    if (
        finished.returncode not in {0, 127}
        or "Usage: terraform [global options] <subcommand>" in finished.stdout
    ):
        raise UnknownCommandError(f"terraform has no command {' '.join(subcommand)}")
    # Of terraform plan and what shares its options, the help of plan lists them
    text = finished.stdout + (
        _ask(terraform_binary(), "plan", "-help").stdout if subcommand[0] in {"apply", "destroy"} else ""
    )
    return frozenset(re.findall(r"^\s+(-[a-z-]+)", text, re.MULTILINE))


def _cdktf(arguments: list[str], exactly: bool) -> None:
    del exactly
    if arguments:
        _options(f"cdktf {arguments[0]}", arguments[1:], _cdktf_options(arguments[0]))


@functools.cache
def _cdktf_options(subcommand: str) -> frozenset[str]:
    finished = _ask(str(PROJECT / "node_modules" / ".bin" / "cdktf"), subcommand, "--help")
    if finished.returncode != 0 or f"cdktf {subcommand}" not in finished.stdout + finished.stderr:
        raise UnknownCommandError(f"cdktf has no command {subcommand}")
    return frozenset(re.findall(r"(--[a-z-]+)", finished.stdout + finished.stderr))


def _aws(arguments: list[str], exactly: bool) -> None:
    del exactly
    if not arguments:
        return
    if len(arguments) < 2:
        raise UnknownCommandError("aws needs a service and an operation")
    session = botocore.session.get_session()
    service, operation = arguments[:2]
    if service not in session.get_available_services():
        raise UnknownCommandError(f"AWS has no service {service}")
    model = session.get_service_model(service)
    named = {xform_name(name, "-"): name for name in model.operation_names}
    if (service, operation) == (
        "ecr",
        "get-login-password",
    ):  # made of GetAuthorizationToken by the command line
        return
    if operation not in named:
        raise UnknownCommandError(f"{service} has no operation {operation}")
    shape = model.operation_model(named[operation]).input_shape
    known = {f"--{xform_name(member, '-')}" for member in (shape.members if shape else {})}
    # https://docs.aws.amazon.com/cli/latest/reference/#options, and what the command line adds to operations
    known |= {
        "--region",
        "--output",
        "--query",
        "--profile",
        "--cli-input-json",
        "--no-cli-pager",
        "--max-items",
    }
    negated = {f"--no-{option[2:]}" for option in known}
    _options(f"aws {service} {operation}", arguments[2:], known | negated)


def _python(arguments: list[str], exactly: bool) -> None:
    del exactly
    if arguments[:1] == ["-m"]:
        if len(arguments) < 2 or importlib.util.find_spec(arguments[1]) is None:
            raise UnknownCommandError(f"there is no module {' '.join(arguments[1:2])}")
    elif arguments and not (PROJECT / arguments[0]).is_file():
        raise UnknownCommandError(f"{arguments[0]} is not a file of the project")


def _pytest(arguments: list[str], exactly: bool) -> None:
    del exactly
    for argument in arguments:
        if argument not in {"--update-golden", "-q", "-n", "-k"} and not (PROJECT / argument).exists():
            raise UnknownCommandError(f"{argument} is neither an option nor a test")


def _known(program: str, arguments: list[str]) -> None:
    if arguments and arguments[0] not in KNOWN[program]:
        raise UnknownCommandError(f"{program} {arguments[0]} is not known to {__name__}")
    if arguments:
        _options(f"{program} {arguments[0]}", arguments[1:], KNOWN[program][arguments[0]])


def _options(command: str, arguments: list[str], known: frozenset[str] | set[str]) -> None:
    for argument in arguments:
        option = argument.partition("=")[0]
        if option.startswith("-") and option != "-" and option not in known:
            raise UnknownCommandError(f"{command} has no option {option}")


def _ask(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=PROJECT)


CHECKERS: Mapping[str, Callable[[list[str], bool], None]] = {
    "aws": _aws,
    "cdktf": _cdktf,
    "hubctl": _hubctl,
    "make": _make,
    "pytest": _pytest,
    "python": _python,
    "terraform": _terraform,
}
