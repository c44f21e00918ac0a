"""Run Terraform in the foreground, and keep what it planned."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hubctl.configuration.missing_variables import described, missing_in, to_paste
from hubctl.configuration.stack import read_configuration
from hubctl.configuration.synthesized import JSON
from hubctl.console import err
from hubctl.environment.provider_mirror import terraform_environment
from hubctl.environment.tools import terraform_binary
from hubctl.errors import HubctlError
from hubctl.plan.arguments import NO, PlanArguments, all_arguments
from hubctl.stopping import run_in_foreground

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


def check_variables(stack: str, folder: Path, arguments: Sequence[str]) -> None:
    """Name all variables without a value before Terraform does, one by one; where it will ask for them, only say so.

    Raises:
        HubctlError: Variables have no value, and nobody is there whom Terraform could ask.

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
    if not sys.stdin.isatty() or asked.no_input or os.environ.get("TF_INPUT") in NO:
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
