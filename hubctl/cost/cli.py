"""``hubctl cost``: what a stack costs in a month."""

import json
from pathlib import Path

import click

from hub_constructs.core.aws_limits.regions import explained_region, partition
from hubctl.core.configuration.given_variables import OrderedCommand, check_variables, read_numbers
from hubctl.core.configuration.synthesized import load_stacks, stack_options
from hubctl.core.console import out
from hubctl.core.project_folders import ROOT


@click.command("cost", cls=OrderedCommand)
@stack_options
@click.option("--region", help="Prices of this region; by default the stack's.")
@click.option(
    "--assume",
    "assumed",
    multiple=True,
    metavar="NAME=NUMBER",
    help="What the stack does not say: users=120.",
)
@click.option("--json", "as_json_wanted", is_flag=True, help="Print JSON instead (docs/reference/cost.md).")
def command(
    stacks: tuple[str, ...],
    variables: tuple[str, ...],
    files: tuple[Path, ...],
    folder: Path | None,
    region: str | None,
    assumed: tuple[str, ...],
    as_json_wanted: bool,
) -> None:
    """Estimate what the synthesized stacks cost in a month, at their smallest, a typical and their largest size.

    Prices come from the dated files in hubctl/prices, which are yours to edit; no network is needed. Everything that is
    assumed is printed. The Terraform variables are taken from where Terraform takes them and from --var.
    """
    from hubctl.cost.estimate import estimate
    from hubctl.cost.items import CostAssumptions
    from hubctl.cost.report import VERSION, as_json, print_assumptions, print_estimate
    from hubctl.prices.files import price_files

    if region is not None and partition(region) is None:
        raise click.BadParameter(explained_region(region), param_hint="--region")
    assumptions = CostAssumptions().changed(read_numbers(assumed, "--assume"))
    price_files()  # what is wrong with them is said before anything else takes its time
    loaded = load_stacks(ROOT, stacks, folder=folder, variables=variables, files=files)
    for stack in loaded:
        check_variables(stack.name, dict(stack.given))
    made = [estimate(stack, assumptions, region) for stack in loaded]
    if as_json_wanted:
        document = {"version": VERSION, "stacks": [as_json(each) for each in made]}
        out.paste(json.dumps(document, indent=2))
        return
    for each in made:
        print_estimate(each, out)
        out.say()
    print_assumptions(made, out)
