"""``hubctl demo``: the whole thing on one machine."""

import click

from hubctl.core.project_folders import ROOT
from stacks.registry import STACK_NAMES, chosen_stacks


@click.command()
@click.option(
    "--stack",
    "stacks",
    multiple=True,
    type=click.Choice(STACK_NAMES),
    help="Deploy only this stack; may be given several times. All by default.",
)
def command(stacks: tuple[str, ...]) -> None:
    """Deploy to an AWS on this machine, show that a second plan is empty, and stop it again.

    Nothing outside this machine is contacted, and nothing but the project's .demo folder is written to.
    """
    from hubctl.demo.run import run_demo

    run_demo(ROOT, chosen_stacks(stacks))
