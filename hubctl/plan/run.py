"""Run Terraform in the foreground, say what people at work notice of what it planned, and price it."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hubctl.calling import typed
from hubctl.changes.recognition import recognize
from hubctl.changes.report import print_recognized
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
from hubctl.plan.arguments import PlanArguments, read_arguments
from hubctl.terraform.driver import Terraform
from hubctl.terraform.plan import plan_from_json

STANDARD_ERROR = 2
# Where the plan is kept when the operator names no file, in Terraform's own folder: what it says to type then is true.
KEPT = "hubctl.tfplan"
PLANNED = (0, 2)  # 2 with -detailed-exitcode: there are changes


def run_plan(folder: Path, arguments: Sequence[str]) -> int:
    """Run ``terraform plan`` in a folder, after ``terraform init`` where that is missing; return its exit status.

    Input and output are Terraform's, and so is the operator's environment, with what finds the AWS provider on top. The plan
    is kept as a file, unless the arguments name one or the backend ``remote`` runs it, which keeps none.

    Raises:
        HubctlError: Terraform cannot be started, or the provider is nowhere to be found.

    """
    environment = {**os.environ, **terraform_environment()}
    asked = _all_arguments(arguments)
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
        # Not as an argument: those go to Terraform as they are.
        more = environment.get("TF_CLI_ARGS_plan", "")
        environment["TF_CLI_ARGS_plan"] = f"{more} {shlex.quote(f'-out={kept}')}".strip()
    before = os.umask(0o077)  # a plan may hold secrets
    try:
        status = _foreground(["plan", *arguments], folder, environment)
    finally:
        os.umask(before)
    if status not in PLANNED and kept is not None and asked.out is None:
        kept.unlink(missing_ok=True)  # Terraform keeps plans that failed, too
    return status


def kept_plan(folder: Path, asked: PlanArguments) -> Path | None:
    """Return where the plan lies after the run; None where Terraform keeps none."""
    if asked.asks_help or asked.destroy or _is_remote(folder):
        return None
    return (folder / (asked.out or _data_folder(folder) / KEPT)).absolute()


def _is_remote(folder: Path) -> bool:
    backend = read_configuration(folder / JSON).get("terraform", {}).get("backend", {})
    return "remote" in backend


def _data_folder(folder: Path) -> Path:
    return folder / (os.environ.get("TF_DATA_DIR") or ".terraform")


def _all_arguments(arguments: Sequence[str]) -> PlanArguments:
    """Read the arguments with those that the environment adds to them."""
    added = [os.environ.get(name, "") for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_plan")]
    return read_arguments([*shlex.split(" ".join(added)), *arguments])


def print_consequences(stack: str, folder: Path, arguments: Sequence[str], status: int) -> None:
    """Say what people at work would notice of the plan; nothing when there is none, and no failure to find it out."""
    asked = _all_arguments(arguments)
    kept = kept_plan(folder, asked)
    if status not in PLANNED or asked.asks_help or asked.destroy:
        return
    console = err if asked.as_json else out
    if kept is None or not kept.is_file():
        err.say(
            "this backend keeps no plan to look at: docs/reference/changes.md says what people at work notice"
        )
        return
    try:
        document = Terraform(folder, {**os.environ, **terraform_environment()}).show_plan_document(kept)
    except HubctlError as error:
        err.say(f"what people at work notice could not be found out: {error.message}")
        return
    if plan_from_json(document).is_empty:
        return
    print_recognized(recognize(document, stack), console)


def check_variables(stack: str, folder: Path, arguments: Sequence[str]) -> None:
    """Name all variables without a value before Terraform does, one by one; where it will ask for them, only say so.

    Raises:
        HubctlError: Variables have no value, and nobody is there whom Terraform could ask.

    """
    asked = _all_arguments(arguments)
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
