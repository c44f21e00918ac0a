"""What follows a plan: what people at work notice of it, what it costs, and what an apply leaves to do."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hubctl.core.command_line import typed
from hubctl.core.configuration.stack import Stack, read_configuration
from hubctl.core.configuration.synthesized import JSON
from hubctl.core.configuration.variable_values import planned_values, variable_values
from hubctl.core.console import Writer, err, out
from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform
from hubctl.core.terraform.plan import plan_from_json
from hubctl.core.terraform.provider_mirror import terraform_environment
from hubctl.cost.estimate import estimate
from hubctl.cost.items import CostAssumptions
from hubctl.cost.report import print_estimate
from hubctl.plan.change_recognition import print_recognized, recognize
from hubctl.plan.run import PLANNED_STATUSES, PlanArguments, all_arguments, kept_plan

Document = Mapping[str, Any]


def say_what_follows(stack: str, folder: Path, arguments: Sequence[str], status: int) -> None:
    """Say all of it after ``terraform plan`` ended with ``status``; what cannot be found out is not a failure.

    Beside a plan for programs (``-json``) it goes to standard error. The plan is read once, and holds secrets.
    """
    asked = all_arguments(arguments, folder, os.environ)
    if status not in PLANNED_STATUSES or asked.asks_help:
        return
    console = err if asked.as_json else out
    if asked.destroy:
        console.say("after this destroy, only what it keeps is paid for")
        return
    document = _planned(folder, asked)
    if document is not None and not plan_from_json(document).is_empty:
        print_recognized(recognize(document, stack), console)
    print_cost(stack, folder, asked, document, console)
    print_next_step(stack, folder, console)


def _planned(folder: Path, asked: PlanArguments) -> Document | None:
    """Return the plan that was made; None, with a message, where it cannot be read."""
    kept = kept_plan(folder, asked)
    if kept is None or not kept.is_file():
        err.say(
            "this backend keeps no plan to look at: docs/reference/changes.md says what people at work notice"
        )
        return None
    # Arguments for all commands, such as -var, are not for `terraform show`.
    environment = {name: text for name, text in os.environ.items() if not name.startswith("TF_CLI_ARGS")}
    try:
        return Terraform(folder, {**environment, **terraform_environment()}).show_plan_document(kept)
    except HubctlError as error:
        err.say(f"what people at work notice could not be found out: {error.message}")
        return None


def print_cost(
    stack: str, folder: Path, asked: PlanArguments, document: Document | None, console: Writer
) -> None:
    """Print the estimate of what was planned, with the values of the plan, or those that Terraform reads once more."""
    try:
        configuration = read_configuration(folder / JSON)
        declared = configuration.get("variable", {})
        given = planned_values(declared, document) if document is not None else None
        if given is None:
            given = variable_values(
                declared, environment=os.environ, folder=folder, definitions=asked.definitions
            )
        made = estimate(Stack(stack, configuration, given), CostAssumptions())
    except HubctlError as error:
        err.say(f"the cost could not be estimated: {error.message}")
        return
    console.say()
    print_estimate(made, console)
    console.say(f"`{typed(f'cost --stack {stack}')}` lists what is assumed, and changes it")


def print_next_step(stack: str, folder: Path, console: Writer) -> None:
    """Say what an apply leaves to do: it gives running instances nothing new, and starts no replacement."""
    try:
        configuration = read_configuration(folder / JSON)
    except HubctlError:
        return  # Terraform has planned it, so it was there a moment ago: not worth a message
    if "aws_autoscaling_group" in configuration.get("resource", {}):
        console.say()
        console.say(
            "An apply replaces no instance that runs in an auto scaling group. After a change of their image or of what they "
            f"get at their first boot: `{typed(f'rollout start --stack {stack}')}`"
        )
