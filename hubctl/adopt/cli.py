"""``hubctl adopt``: take over an existing state and prove that nothing is replaced."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hubctl.core.command_line import GivenPath
from hubctl.core.console import err
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import ROOT
from stacks.registry import STACK_NAMES

if TYPE_CHECKING:
    from hubctl.adopt.request import Question


@click.command()
@click.option(
    "--stack", required=True, type=click.Choice(STACK_NAMES), help="Which stack takes the state over."
)
@click.option(
    "--state",
    metavar="FILE|-",
    help="State file, or `terraform show -json`; - reads standard input.",
)
@click.option(
    "--from-backend",
    "backend",
    metavar="DIR",
    type=GivenPath(),
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
@click.option("--keep-all", is_flag=True, help="Keep every argument as it is, which is the default.")
@click.option(
    "--improve",
    multiple=True,
    metavar="GROUP|ADDRESS.ARGUMENT",
    help="Let this get stronger in place, such as tls; `all` takes every improvement.",
)
@click.option(
    "--allow-updates/--strict",
    "allow_updates",
    default=None,
    help="--allow-updates takes every improvement in place, and tags; --strict takes none. Neither: those of --improve.",
)
@click.option(
    "--answers",
    metavar="FILE",
    type=GivenPath(dir_okay=False),
    help="What an earlier run asked, with your answers.",
)
@click.option("--interactive", is_flag=True, help="Ask for what is not given, one question after the other.")
@click.option("--refresh/--no-refresh", default=True, help="Compare with AWS, or with the state alone.")
@click.option(
    "--out",
    "folder",
    metavar="DIR",
    type=GivenPath(file_okay=False),
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
    improve: Sequence[str],
    allow_updates: bool | None,
    answers: Path | None,
    interactive: bool,
    refresh: bool,
    folder: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Take over an existing Terraform state, whatever the names in it.

    The settings are inferred, the resources matched, and a plan proves the result: exit status 0 when nothing would
    change but what --improve asks for, 1 when something would, 2 when the input cannot be used or a question has
    to be answered first, 3 when no plan could be made. The state is only read.
    """
    from hubctl.adopt.request import AdoptionRequest
    from hubctl.adopt.run import Run, check_writable, run_adoption
    from stacks.synthesis_place import LEFT_OVERRIDE, has_left_override, remove_left_override

    if allow_updates is False and improve:
        raise BadInputError(
            "--strict wants an empty plan, and --improve a change", remedy="Give one of the two options."
        )
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
        improve=improve,
        updates=bool(allow_updates),
        refresh=refresh,
        strict=allow_updates is False,
    )
    if removed := remove_left_override(ROOT / "cdktf.out" / "stacks" / stack):
        err.say(removed)
    if backend is not None and has_left_override(backend):  # the operator's own folder is only read
        err.say(
            f"warning: {backend / LEFT_OVERRIDE} lifts the protection of homes in every plan there: delete it"
        )
    folder = folder or _default_folder()
    check_writable(folder)  # not only after minutes of planning
    run = Run(
        state=state,
        backend=backend,
        folder=folder,
        answers=answers,
        options=_options(click.get_current_context()),
        force=force,
        as_json=as_json,
    )
    if not run_adoption(run, request, ask=_ask if interactive else None):
        raise click.exceptions.Exit(1)


def _ask(asked: "Question") -> str:
    """Ask for one answer."""
    from hubctl.adopt.answers import problem
    from hubctl.adopt.request import as_sentence

    while True:
        answer: str = click.prompt(as_sentence(asked), default=asked.proposal or None, err=True)
        mistake = problem(asked.part, answer)
        if mistake is None:
            return answer
        err.say(mistake)


def _options(context: click.Context) -> list[tuple[str, str | None]]:
    """Return the options as they were given, but for sensitive values: for the next command."""
    from hubctl.adopt.given_settings import sensitive_settings

    hidden = sensitive_settings(context.params["stack"])
    found: list[tuple[str, str | None]] = []
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        name = parameter.opts[-1]
        if parameter.name in ("answers", "interactive") or value is None or value == parameter.default:
            continue
        if parameter.name == "allow_updates":
            found.append(("--allow-updates" if value else "--strict", None))
        elif parameter.name == "refresh":
            found.append(("--no-refresh", None))
        elif value is True:
            found.append((name, None))
        elif isinstance(value, str | Path):
            found.append((name, str(value)))
        elif value is not False:
            secret = hidden if parameter.name in ("settings", "variables") else ()
            found += [(name, text) for text in value if text.partition("=")[0] not in secret]
    return found


def _default_folder() -> Path:
    from stacks.settings.common import CommonSettings
    from stacks.settings.loading import load_context

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
