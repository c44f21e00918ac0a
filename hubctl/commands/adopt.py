"""``hubctl adopt``: take over an existing state and prove that nothing is replaced."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from hubctl.console import err, out
from hubctl.environment.project import ROOT
from hubctl.errors import BadInputError

STACKS = ("aws-lab", "chef-hub")


@click.command()
@click.option("--stack", required=True, type=click.Choice(STACKS), help="Which stack takes the state over.")
@click.option(
    "--state", metavar="FILE|-", help="State file, or `terraform show -json`; - reads standard input."
)
@click.option(
    "--from-backend",
    "backend",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the existing configuration; its state is read with `terraform state pull`.",
)
@click.option(
    "--settings", multiple=True, metavar="NAME=VALUE", help="A setting that the state does not tell."
)
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable; like --settings.")
@click.option("--match", multiple=True, metavar="OURS=THEIRS", help="Decide which existing resource is ours.")
@click.option(
    "--forget", multiple=True, metavar="ADDRESS", help="Let go of an existing resource, undestroyed."
)
@click.option("--carry", multiple=True, metavar="ADDRESS", help="Go on managing one that the design has not.")
@click.option("--leave-out", multiple=True, metavar="ADDRESS", help="Do not create this resource of ours.")
@click.option("--import", "imports", multiple=True, metavar="ADDRESS=ID", help="Take in what is in no state.")
@click.option("--keep", multiple=True, metavar="ADDRESS.ARGUMENT", help="Keep this argument as it is.")
@click.option("--keep-all", is_flag=True, help="Keep every argument as it is.")
@click.option(
    "--allow-updates/--strict",
    "allow_updates",
    default=True,
    help="Whether changes in place are fine (the default), or the plan must be empty: --strict implies --keep-all.",
)
@click.option("--refresh/--no-refresh", default=True, help="Compare with AWS, or with the state alone.")
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the adoption file goes; by default the folder of the setting `adoption`.",
)
@click.option("--force", is_flag=True, help="Write over an adoption file that differs.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(
    stack: str,
    state: str | None,
    backend: Path | None,
    settings: Sequence[str],
    variables: Sequence[str],
    match: Sequence[str],
    forget: Sequence[str],
    carry: Sequence[str],
    leave_out: Sequence[str],
    imports: Sequence[str],
    keep: Sequence[str],
    keep_all: bool,
    allow_updates: bool,
    refresh: bool,
    folder: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Take over an existing Terraform state, whatever the names in it.

    The settings are inferred, the resources matched, and a plan proves the result: exit status 0 when nothing would
    be created, destroyed or replaced, 1 when something would, 2 when the input cannot be used. The state is only read.
    """
    from hubctl.adopt.adoption import adopt
    from hubctl.adopt.mapping_file import check_writable, target, write_file
    from hubctl.adopt.report import outcome_json, print_outcome
    from hubctl.adopt.request import AdoptionRequest
    from hubctl.adopt.sources import state_from
    from stacks.left_override import FILE, has_left_override, remove_left_override

    request = AdoptionRequest(
        stack=stack,
        project=ROOT,
        settings=_pairs("--settings or --var", [*settings, *variables]),
        match=_pairs("--match", match),
        forget=forget,
        carry=carry,
        leave_out=leave_out,
        imports=_pairs("--import", imports),
        keep=keep,
        keep_all=keep_all,
        refresh=refresh,
        strict=not allow_updates,
    )
    if removed := remove_left_override(ROOT / "cdktf.out" / "stacks" / stack):
        err.say(removed)
    if backend is not None and has_left_override(backend):  # the operator's own folder is only read
        err.say(f"warning: {backend / FILE} lifts the protection of homes in every plan there: delete it")
    existing = state_from(state, backend)
    folder = folder or _default_folder()
    check_writable(folder)  # not only after minutes of planning
    with err.status("reading") as status:
        outcome = adopt(existing, request, say=status.update)
    path = target(folder, stack, proven=outcome.proven)
    write_file(path, outcome.file, overwrite=force or not outcome.proven, secrets=outcome.secrets)
    if as_json:
        out.print_json(json.dumps(outcome_json(outcome, path)))
    else:
        print_outcome(outcome, path, out)
    if not outcome.proven:
        raise click.exceptions.Exit(1)


def _default_folder() -> Path:
    from stacks.common_settings import CommonSettings
    from stacks.settings import load_context

    context, _ = load_context(ROOT, os.environ)
    given = {key: context[key] for key in ("adoption",) if key in context}
    return ROOT / CommonSettings.check(given)[0].adoption


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise BadInputError(f"{option} {text!r} has no NAME=VALUE", remedy=f"Write {option} NAME=VALUE.")
        found[name.strip()] = value
    return found
