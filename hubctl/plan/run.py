"""Run Terraform in the foreground, and price what it planned."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hubctl.calling import typed
from hubctl.configuration.missing_variables import described, missing_in, to_paste
from hubctl.configuration.stack import Stack, read_configuration
from hubctl.configuration.synthesized import JSON
from hubctl.configuration.variable_values import variable_values
from hubctl.console import err, out
from hubctl.cost.assumptions import Assumptions
from hubctl.cost.estimate import estimate
from hubctl.cost.report import print_estimate
from hubctl.environment.provider_mirror import terraform_environment
from hubctl.environment.tools import terraform_binary
from hubctl.errors import HubctlError
from hubctl.plan.arguments import read_arguments

STANDARD_ERROR = 2
PLANNED = (0, 2)  # 2 with -detailed-exitcode: there are changes


def run_plan(folder: Path, arguments: Sequence[str]) -> int:
    """Run ``terraform plan`` in a folder, after ``terraform init`` where that is missing; return its exit status.

    Input and output are Terraform's, and so is the operator's environment, with what finds the AWS provider on top.

    Raises:
        HubctlError: Terraform cannot be started, or the provider is nowhere to be found.

    """
    environment = {**os.environ, **terraform_environment()}
    data = Path(environment.get("TF_DATA_DIR") or ".terraform")
    if not (folder / data).is_dir() and not read_arguments(arguments).asks_help:
        err.say(f"initializing {folder}")
        colourless = [] if err.is_terminal and not err.no_color else ["-no-color"]
        status = _foreground(["init", "-input=false", *colourless], folder, environment, quiet=True)
        if status != 0:
            return status
    return _foreground(["plan", *arguments], folder, environment)


def check_variables(stack: str, folder: Path, arguments: Sequence[str]) -> None:
    """Name all variables without a value before Terraform does, one by one; where it will ask for them, only say so.

    Raises:
        HubctlError: Variables have no value, and nobody is there whom Terraform could ask.

    """
    added = [os.environ.get(name, "") for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_plan")]
    asked = read_arguments([*shlex.split(" ".join(added)), *arguments])
    if asked.asks_help:
        return
    try:
        files = [folder / file for file in asked.files]
        missing = missing_in(folder, files=files, told=asked.variables)
    except HubctlError:
        return  # what is wrong with a file is Terraform's to say
    if not missing:
        return
    message, remedy = f"{stack}: {described(missing)}", to_paste(missing, folder)
    if not sys.stdin.isatty() or asked.no_input or os.environ.get("TF_INPUT", "").lower() in ("0", "false"):
        raise HubctlError(message, remedy=remedy)
    err.say(f"{message}\nTerraform asks for them now. {remedy}")


def _foreground(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, quiet: bool = False
) -> int:
    """Run Terraform to its end; return its exit status, 128 + N when signal N ended it. ``quiet``: output is the plan's."""
    binary = terraform_binary()
    # Ctrl-C reaches Terraform from the terminal, and Terraform stops in order; this process waits for it. A handler,
    # unlike SIG_IGN, is not handed down to Terraform.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        process = subprocess.Popen(
            [binary, *arguments],
            cwd=folder,
            env=dict(environment),
            stdout=STANDARD_ERROR if quiet else None,
        )
        status = process.wait()
    except OSError as error:
        raise HubctlError(
            f"{binary} cannot be started: {error.strerror}", remedy="Run `make setup`, it checks the tools."
        ) from error
    finally:
        signal.signal(signal.SIGINT, before)
    return 128 - status if status < 0 else status


def print_next_step(stack: str, folder: Path, arguments: Sequence[str], status: int) -> None:
    """Say what an apply leaves to do: it gives running instances nothing new, and starts no replacement."""
    asked = read_arguments(arguments)
    if status not in PLANNED or asked.asks_help or asked.destroy:
        return
    try:
        configuration = read_configuration(folder / JSON)
    except HubctlError:
        return  # Terraform has planned it, so it was there a moment ago: nothing to bother anybody with
    if "aws_autoscaling_group" in configuration.get("resource", {}):
        console = err if asked.as_json else out
        console.say()
        console.say(
            "An apply replaces no instance that runs in an auto scaling group. After a change of their image or of what they "
            f"are told at their first boot: `{typed(f'rollout start --stack {stack}')}`"
        )


def print_cost(stack: str, folder: Path, arguments: Sequence[str], status: int) -> None:
    """Print the estimate of a stack that was planned; nothing when it was not, and no failure to price it."""
    asked = read_arguments(arguments)
    if status not in PLANNED or asked.asks_help:
        return
    console = err if asked.as_json else out
    if asked.destroy:
        console.say("after this destroy, only what it keeps is paid for")
        return
    try:
        configuration = read_configuration(folder / JSON)
        declared = configuration.get("variable", {})
        given = variable_values(
            declared,
            environment=os.environ,
            folder=folder,
            files=[folder / file for file in asked.files],
            told=asked.variables,
        )
        made = estimate(Stack(stack, configuration, given), Assumptions())
    except HubctlError as error:
        err.say(f"the cost could not be estimated: {error.message}")
        return
    console.say()
    print_estimate(made, console)
    console.say(f"`{typed(f'cost --stack {stack}')}` lists what is assumed, and changes it")
