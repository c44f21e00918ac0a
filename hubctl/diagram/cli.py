"""``hubctl diagram``: architecture pictures of the synthesized stacks."""

from pathlib import Path

import click

from hubctl.core.command_line import GivenPath
from hubctl.core.console import out
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import ROOT
from stacks.registry import STACK_NAMES

FORMATS = ("svg", "png")


@click.command("diagram")
@click.option(
    "--stack",
    "stacks",
    multiple=True,
    type=click.Choice(STACK_NAMES),
    help="Draw only this stack; may be given several times. All by default.",
)
@click.option(
    "--output",
    "folder",
    type=GivenPath(),
    default=ROOT / "docs" / "pictures",
    show_default="docs/pictures",
    help="Folder to write STACK.svg and STACK.png to.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Write only this format; may be given several times. Both by default.",
)
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable's value.")
@click.option(
    "--folder",
    "synthesized_folder",
    type=GivenPath(),
    help="Synthesized folder; by default cdktf.out, or made anew.",
)
def command(
    stacks: tuple[str, ...],
    folder: Path,
    formats: tuple[str, ...],
    variables: tuple[str, ...],
    synthesized_folder: Path | None,
) -> None:
    """Draw the architecture of the stacks from their synthesized JSON, with AWS's icons.

    Needs Graphviz. Variables without a value appear as {name}.
    """
    from hubctl.core.configuration.given_variables import read_pairs
    from hubctl.diagram.rendering import draw

    if folder.exists() and not folder.is_dir():
        raise BadInputError(f"--output {folder} is a file", remedy="Name a folder.")
    values = read_pairs(variables, "--var")
    for file in draw(ROOT, stacks or STACK_NAMES, folder, formats or FORMATS, values, synthesized_folder):
        out.say(f"drawn: {file}")
