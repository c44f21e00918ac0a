"""``hubctl maintenance``: no new starts, with a sentence for users."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from hubctl.core.aws import aws_client, told_plainly
from hubctl.core.command_line import CommandGroup, typed
from hubctl.core.configuration.given_variables import OrderedCommand
from hubctl.core.console import err, out
from hubctl.core.live import deployment_options, find_deployment, iso, moment, spoken
from hubctl.maintenance.switch import SENTENCE, checked_sentence, read_switch, switch_off, switch_on

ON = 3


@click.group("maintenance", cls=CommandGroup)
def command() -> None:
    """Let only administrators start servers, for as long as you work on the hub.

    Running servers are not touched. Hubs follow within 15 seconds.
    """


@command.command("on", cls=OrderedCommand)
@deployment_options
@click.option("--sentence", default=SENTENCE, help="What users read who want to start a server.")
@click.option(
    "--until", "end", metavar="TIME", help="When it ends by itself: 90m, 8h, 18:30, 2026-12-01T18:30."
)
def on(
    stack: str,
    variables: tuple[str, ...],
    files: tuple[Path, ...],
    folder: Path | None,
    sentence: str,
    end: str | None,
) -> None:
    """Refuse new starts from now on; repeat it to change sentence or end."""
    now = datetime.now(UTC)
    shown = checked_sentence(sentence)
    until = moment(end, now, option="--until") if end is not None else None
    deployment = find_deployment(stack, folder, variables, files)
    ssm = _client("ssm", deployment.region)
    switch_on(ssm, deployment.prefix, sentence=shown, until=until, by=_who(deployment.region), now=now)
    out.say(f"{stack} starts no servers within 15 seconds; running servers go on")
    out.say(f"users read: {shown}")
    ends = spoken(until) if until else f"with `{typed(f'maintenance off --stack {stack}')}`"
    out.say(f"it ends {ends}")


@command.command("off", cls=OrderedCommand)
@deployment_options
def off(stack: str, variables: tuple[str, ...], files: tuple[Path, ...], folder: Path | None) -> None:
    """Let users start servers again."""
    deployment = find_deployment(stack, folder, variables, files)
    if switch_off(_client("ssm", deployment.region), deployment.prefix):
        out.say(f"{stack} starts servers again within 15 seconds")
    else:
        err.say(f"nothing was changed: there was no maintenance of {stack}")


@command.command("status", cls=OrderedCommand)
@deployment_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of sentences.")
def status(
    stack: str, variables: tuple[str, ...], files: tuple[Path, ...], folder: Path | None, as_json: bool
) -> None:
    """Say whether new starts are refused; exits with 0 when they are not, 3 when they are, 1 when it cannot be said."""
    deployment = find_deployment(stack, folder, variables, files)
    found = read_switch(_client("ssm", deployment.region), deployment.prefix)
    is_on = found is not None and found.on(datetime.now(UTC))
    if as_json:
        document: dict[str, Any] = {"version": 1, "stack": stack, "on": is_on}
        for name in ("sentence", "by"):
            document[name] = getattr(found, name) if found else None
        for name in ("since", "until"):
            point = getattr(found, name) if found else None
            document[name] = iso(point) if point else None
        out.paste(json.dumps(document, indent=2))
    elif found is None:
        out.say(f"{stack}: users may start servers")
    elif not is_on and found.until is not None:
        out.say(f"{stack}: users may start servers; the last maintenance ended {spoken(found.until)}")
    else:
        since = f" since {spoken(found.since)}" if found.since else ""
        by = f", by {found.by}" if found.by else ""
        out.say(f"{stack}: no new starts{since}{by}")
        out.say(f"users read: {found.sentence}")
        if found.until is not None:
            out.say(f"it ends {spoken(found.until)}")
    if is_on:
        raise click.exceptions.Exit(ON)


def _client(service: str, region: str | None) -> Any:
    with told_plainly(f"reach {service.upper()}"):
        return aws_client(service, region)


def _who(region: str | None) -> str:
    """Return who asks, as AWS sees them."""
    with told_plainly("ask AWS who you are"):
        return str(aws_client("sts", region).get_caller_identity()["Arn"])
