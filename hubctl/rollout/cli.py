"""``hubctl rollout``: replace instances of an older version, without ending work before a deadline."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from hubctl.core.aws import aws_client, told_plainly
from hubctl.core.command_line import CommandGroup, typed
from hubctl.core.configuration.given_variables import OrderedCommand
from hubctl.core.console import err, out
from hubctl.core.errors import HubctlError
from hubctl.core.live import Deployment, deployment_options, find_deployment, moment, spoken
from hubctl.core.tables import Sheet
from hubctl.maintenance.switch import checked_sentence
from hubctl.nodes.statuses import age
from hubctl.rollout.group import LaunchedGroup, old_in_pool, read_group, renew_pool
from hubctl.rollout.start import (
    RUNNING,
    InstanceReport,
    RolloutProspect,
    abort,
    begin,
    default_sentence,
    new_record,
    prospect,
    read_progress,
    read_record,
)
from hubctl.rollout.status import Standing, standing, users_of

UNDER_WAY = 3
_COLOURS = {"new": "green", "closing": "yellow", "leaving": "yellow", "no word": "red", "no hub": "red"}


@click.group("rollout", cls=CommandGroup)
def command() -> None:
    """Replace instances that an apply has left on an older version: Lab instances, or Swarm workers.

    Newer ones start first. Old ones take no new users, and leave when they are empty, or at the deadline. The instances carry
    it out themselves: nothing on your machine has to run.
    """


@command.command(cls=OrderedCommand)
@deployment_options
@click.option(
    "--deadline", default="24h", show_default=True, metavar="TIME",
    help="When old instances leave although users work on them: 8h, 2d, 18:30, 2026-12-01T18:30.",
)  # fmt: skip
@click.option("--sentence", help="What users read who want to start a server on an old instance.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def start(
    stack: str,
    variables: tuple[str, ...],
    files: tuple[Path, ...],
    folder: Path | None,
    deadline: str,
    sentence: str | None,
    yes: bool,
) -> None:
    """Show which instances are old and who works on them, ask, and begin.

    Exits with 1 when there is nothing to do, no room for a newer instance, or a rollout already.
    """
    now = datetime.now(UTC)
    end = moment(deadline, now, option="--deadline")
    given = checked_sentence(sentence) if sentence is not None else None
    deployment = find_deployment(stack, folder, variables, files)
    ssm, autoscaling = _clients(deployment, "ssm", "autoscaling")
    group = _group(deployment, autoscaling)
    found = prospect(deployment, group, read_record(ssm, deployment.prefix))
    said = read_progress(ssm, deployment.prefix)
    _show(deployment, group, found, said, end, now)
    if not yes:
        _agree(stack)
    record = new_record(
        group, found, deadline=end, sentence=given or default_sentence(deployment, end), now=now
    )
    begin(ssm, autoscaling, deployment, record, found, said, group)
    try:
        waiting = old_in_pool(autoscaling, deployment, group)
        renew_pool(aws_client("ec2", deployment.region), waiting)
    except HubctlError as error:  # those give way by themselves, or are replaced once they serve
        err.say(f"the warm pool is left as it is: {error}")
    else:
        if waiting:
            out.say(f"in the warm pool newer instances take the place of {', '.join(waiting)}")
    out.say(f"the rollout to version {record.version} has begun; it ends {spoken(end)} at the latest")
    out.say(f"`{typed(f'rollout status --stack {stack}')}` shows how far it is")


@command.command(cls=OrderedCommand)
@deployment_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def status(
    stack: str, variables: tuple[str, ...], files: tuple[Path, ...], folder: Path | None, as_json: bool
) -> None:
    """Show every instance with version, users and state, and the deadline.

    Exits with 0 when no rollout is running, 3 while one is, 1 when it is long past its deadline or cannot be read.
    """
    deployment = find_deployment(stack, folder, variables, files)
    ssm, autoscaling = _clients(deployment, "ssm", "autoscaling")
    now = datetime.now(UTC)
    found = standing(
        _group(deployment, autoscaling),
        read_record(ssm, deployment.prefix),
        read_progress(ssm, deployment.prefix),
        now,
    )
    if as_json:
        out.paste(json.dumps(found.document(stack), indent=2))
    else:
        _print(found, stack, now)
    if found.late:
        raise click.exceptions.Exit(1)
    if found.running:
        raise click.exceptions.Exit(UNDER_WAY)


@command.command("abort", cls=OrderedCommand)
@deployment_options
def abort_(stack: str, variables: tuple[str, ...], files: tuple[Path, ...], folder: Path | None) -> None:
    """End a rollout where it stands: closed instances take users again within a minute or two."""
    deployment = find_deployment(stack, folder, variables, files)
    ssm, autoscaling = _clients(deployment, "ssm", "autoscaling")
    record = abort(ssm, deployment, read_record(ssm, deployment.prefix))
    out.say(f"the rollout to version {record.version} is aborted; instances that are closed take users again")
    group = _group(deployment, autoscaling)
    newer = [one.id for one in group.instances if one.counts and one.version == record.version]
    if newer:
        out.say(f"{deployment.counted(len(newer), 'newer')} on version {record.version}: {', '.join(newer)}.")
        out.say(
            "The group shrinks again when few users are "
            "left, and takes old ones first. Are the newer ones broken? Apply the earlier image again, and start a rollout: "
            "it replaces them."
        )


def _clients(deployment: Deployment, *services: str) -> list[Any]:
    with told_plainly("reach AWS"):
        return [aws_client(service, deployment.region) for service in services]


def _group(deployment: Deployment, autoscaling: Any) -> LaunchedGroup:
    return read_group(autoscaling, aws_client("ec2", deployment.region), deployment)


def _show(
    deployment: Deployment,
    group: LaunchedGroup,
    found: RolloutProspect,
    said: dict[str, InstanceReport],
    deadline: datetime,
    now: datetime,
) -> None:
    table = Sheet("instance", "version", "users", "at the deadline")
    for one in found.old:
        users = users_of(one, said.get(one.id), now)
        outcome = "leaves before, being empty" if users in ("0", "none") else "sessions end, files stay"
        table.add(one.id, one.version, users, outcome)
    table.show(out)
    room = found.desired - group.desired
    out.say(
        f"to replace by version {found.target}: {deployment.counted(len(found.old))} of {group.name}, {room} at a time; the "
        f"deadline is {spoken(deadline)}"
    )
    if room < len(found.old):
        out.say(
            f"{deployment.largest} is {group.largest}: with more room all of them would close at once, and users would have "
            "the whole time to finish"
        )


def _agree(stack: str) -> None:
    try:
        agreed = click.confirm(f"Replace them in {stack}?", err=True)
    except click.Abort as error:
        raise HubctlError(
            "nothing was changed: there is no terminal to ask on",
            remedy="Give --yes to begin without a question.",
        ) from error
    if not agreed:
        raise HubctlError("nothing was changed: you did not agree", remedy="Answer y, or give --yes.")


def _print(found: Standing, stack: str, now: datetime) -> None:
    record = found.record
    if record is None:
        out.say(f"{stack}: there has been no rollout")
    elif record.state == RUNNING:
        end = f", deadline {spoken(record.deadline)}" if record.deadline else ", without a deadline"
        out.say(f"{stack}: rollout to version {record.version} since {spoken(record.started)}{end}")
    else:
        out.say(f"{stack}: the last rollout, to version {record.version}, is {record.state}")
    table = Sheet("instance", "version", "users", "state", "since")
    for line in found.lines:
        state = Text(line.state, style=_COLOURS.get(line.state, ""))
        since = f"{age(line.since, now)} ago" if line.since else ""
        table.add(line.instance, line.version, line.users, state, since)
    if found.lines:
        table.show(out)
    _say_what_is_left(found, stack)


def _say_what_is_left(found: Standing, stack: str) -> None:
    old: Sequence[Any] = found.old
    if found.running:
        out.say(f"{len(old)} of {len(found.lines)} are old")
    elif old:
        out.say(
            f"{len(old)} of {len(found.lines)} are older than version {found.launches}: "
            f"`{typed(f'rollout start --stack {stack}')}` replaces them"
        )
    for problem in found.problems:
        err.say(problem)
