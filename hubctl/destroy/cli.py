"""``hubctl destroy``: take a stack down, and keep the users' homes."""

import os
from pathlib import Path

import click

from hubctl.core.aws import aws_client
from hubctl.core.command_line import GivenPath
from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.destroy.holdings import region_of
from hubctl.destroy.report import agreed, print_destroyed
from hubctl.destroy.run import DestroyProspect, DestroyRequest, destroy
from stacks.registry import STACK_NAMES

SAVED = "destroyed"


@click.command("destroy")
@click.option("--stack", required=True, type=click.Choice(STACK_NAMES), help="Stack to destroy.")
@click.option(
    "--folder",
    metavar="DIR",
    type=GivenPath(file_okay=False),
    help="The stack's synthesized folder; by default cdktf.out/stacks/STACK.",
)
@click.option("--delete-homes", is_flag=True, help="Delete the file system with the users' files, too.")
@click.option("--delete-backups", is_flag=True, help="Delete the backups of the users' files, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(stack: str, folder: Path | None, delete_homes: bool, delete_backups: bool, yes: bool) -> None:
    """Destroy a stack, except for the users' homes and their backups, unless you say so by name.

    Looks first at what holds data, asks, saves the state, and only then changes anything. The next deployment takes
    what was kept again. Terraform's variables come from the environment (TF_VAR_...) or from terraform.tfvars, as always.
    """
    from hubctl.core.configuration.synthesized import need_variables
    from hubctl.core.terraform.driver import Terraform, driver_environment
    from hubctl.core.terraform.stored_state import managed_resources
    from hubctl.destroy.private_copy import SYNTHESIZED
    from stacks.settings.common import CommonSettings
    from stacks.settings.loading import load_context
    from stacks.synthesis_place import remove_left_override

    folder = (folder or ROOT / "cdktf.out" / "stacks" / stack).absolute()
    if not (folder / SYNTHESIZED).is_file():
        raise BadInputError(
            f"there is no synthesized stack in {folder}",
            remedy="Run `make synth`, or give the folder of the stack that was deployed with --folder.",
        )
    if removed := remove_left_override(folder):
        err.say(removed)
    context, mistakes = load_context(ROOT, os.environ)
    settings, refused = CommonSettings.check({key: context[key] for key in ("adoption",) if key in context})
    if mistakes or refused:
        raise BadInputError("\n".join([*mistakes, *map(str, refused)]), remedy="Correct the settings first.")
    terraform = Terraform(folder, driver_environment())

    def agree(prospect: DestroyProspect) -> bool:
        if not agreed(prospect, stack, yes=yes):
            raise HubctlError(
                "nothing was changed: you did not agree", remedy=f"Type {stack} when asked, or give --yes."
            )
        return True

    terraform.init()
    state = terraform.stored_state()
    if managed_resources(state):
        need_variables(stack, folder)
    region = region_of(state)
    done = destroy(
        DestroyRequest(
            stack=stack,
            delete_homes=delete_homes,
            delete_backups=delete_backups,
            saved=ROOT / SAVED,
            adoption=ROOT / settings.adoption,
        ),
        terraform,
        lambda service: aws_client(service, region),
        agree=agree,
        say=lambda line: err.say(line),
        on_line=_progress,
    )
    if done is None:
        err.say(f"nothing was changed: {stack} has no resources in its state")
        return
    print_destroyed(stack, done, out)


def _progress(line: str) -> None:
    if "Destruction complete" in line or line.startswith("Destroy complete"):
        err.say(f"  {line}")
