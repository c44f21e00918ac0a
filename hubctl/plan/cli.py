"""``hubctl plan``: Terraform's plan of a synthesized stack, what people at work notice of it, and what a month costs."""

from pathlib import Path

import click

from hubctl.core.command_line import GivenPath
from hubctl.core.console import err
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import ROOT
from stacks.registry import STACK_NAMES

# Without -h: click would find it in the letters of Terraform's own options, such as -refresh.
_SETTINGS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command("plan", context_settings=_SETTINGS)
@click.option("--stack", required=True, type=click.Choice(STACK_NAMES), help="Stack to plan.")
@click.option(
    "--folder",
    type=GivenPath(),
    help="Folder of the stack's JSON; by default cdktf.out/stacks/NAME, synthesized anew when it is out of date.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[TERRAFORM ARGUMENTS...]")
def command(stack: str, folder: Path | None, arguments: tuple[str, ...]) -> None:
    """Run `terraform plan` in the synthesized folder, say what people at work notice of it, and estimate the cost of a month.

    It warns before a change that ends servers: docs/reference/changes.md has them all. Arguments go to Terraform as they are,
    such as -out=plan or -detailed-exitcode; paths in them start at the folder. Without -out, the plan is kept in Terraform's
    own folder, and Terraform says how to apply it. The exit status is Terraform's. The folder is initialized first when it has
    not been.
    """
    from hubctl.core.configuration.synthesized import JSON, is_current, synthesize
    from hubctl.plan.afterwards import say_what_follows
    from hubctl.plan.run import check_variables, run_plan
    from stacks.synthesis_place import remove_left_override

    if folder is None:
        folder = ROOT / "cdktf.out" / "stacks" / stack
        if not is_current(ROOT, stack):
            err.say(f"synthesizing {stack}, because cdktf.out is not up to date")
            synthesize(ROOT, ROOT / "cdktf.out")
    elif not (folder / JSON).is_file():
        raise BadInputError(
            f"{folder} holds no {JSON}",
            remedy="Give the folder of a synthesized stack, or leave --folder out.",
        )
    if removed := remove_left_override(folder):
        err.say(removed)
    check_variables(stack, folder, arguments)
    status = run_plan(folder, arguments)
    say_what_follows(stack, folder, arguments, status)
    raise click.exceptions.Exit(status)
