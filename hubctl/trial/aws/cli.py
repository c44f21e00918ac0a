"""``hubctl local-aws``: serve AWS on this machine, or run one command against it."""

import os
import shlex
import sys
from pathlib import Path

import click

from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError
from hubctl.core.stopping import run_in_foreground, told_to_stop
from hubctl.core.tables import Sheet
from hubctl.core.terraform.driver import variable_environment
from hubctl.trial.aws.seed import DEFAULT_QUOTAS, AccountSeed, SeededAccount, check_seed, seed_account
from hubctl.trial.aws.server import LocalAws
from stacks.registry import demo_variables

COMMAND_NOT_FOUND = 127
COMMAND_NOT_EXECUTABLE = 126
PARENT_POLL_SECONDS = 1.0


@click.command("local-aws")
@click.option("--port", type=int, default=0, help="Port on 127.0.0.1; 0, the default, takes any free one.")
@click.option("--region", default="us-east-1", show_default=True, help="AWS region.")
@click.option(
    "--domain", default="lab.example.test", show_default=True, help="Name of the hosted zone to prepare."
)
@click.option("--bucket", default=None, help="S3 bucket to prepare.")
@click.option(
    "--scaling",
    "scaling_speed",
    type=float,
    metavar="SPEED",
    help="Carry out alarms, scaling policies and lifecycle hooks, SPEED times as fast as AWS; 1 is as fast as AWS.",
)
@click.option(
    "--quota",
    "quotas",
    multiple=True,
    metavar="SERVICE/CODE=NUMBER",
    help="A service quota of the account, such as ec2/L-1216C47A=5 (vCPUs on demand); may be given several times.",
)
@click.option(
    "--without-zone",
    "without_zones",
    multiple=True,
    metavar="ZONE",
    help="An availability zone that is not there, such as us-east-1f; may be given several times.",
)
@click.argument("command_line", nargs=-1, metavar="[-- COMMAND ARGS...]")
def command(
    port: int,
    region: str,
    domain: str,
    bucket: str | None,
    scaling_speed: float | None,
    quotas: tuple[str, ...],
    without_zones: tuple[str, ...],
    command_line: tuple[str, ...],
) -> None:
    """Serve AWS on this machine, on loopback only.

    Without a COMMAND it serves until Ctrl-C and prints what to paste into another shell. With one it runs
    that, with the environment that points at the local AWS, and exits with its status. Nothing outlives it.
    The environment has the Terraform variables of both stacks for the prepared domain, unless you set your own.
    """
    seed = AccountSeed(domain=domain, bucket=bucket, quotas={**DEFAULT_QUOTAS, **_quotas(quotas)})
    check_seed(seed)
    with (
        told_to_stop() as stop,
        LocalAws(port=port, region=region, scaling_speed=scaling_speed, without_zones=without_zones) as aws,
    ):
        account = seed_account(aws, seed)
        handed_out = {**aws.environment(), **_variables(domain)}
        if command_line:
            raise click.exceptions.Exit(_run(handed_out, command_line))
        _announce(aws, account, handed_out)
        # A wait without a time-out would not let Python handle the signal on every platform.
        while not stop.wait(PARENT_POLL_SECONDS):
            aws.check_running()
    err.say("stopped")


def _quotas(texts: tuple[str, ...]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        service, _, code = name.partition("/")
        try:
            found[service, code] = float(value)
        except ValueError:
            raise BadInputError(
                f"--quota {text!r} is not SERVICE/CODE=NUMBER", remedy="Write --quota ec2/L-1216C47A=5."
            ) from None
    return found


def _variables(domain: str) -> dict[str, str]:
    """Return the stacks' variables for the prepared account as environment; what the caller has set stays."""
    prepared = variable_environment(demo_variables(domain.rstrip(".")))
    return {name: value for name, value in prepared.items() if name not in os.environ}


def _run(handed_out: dict[str, str], command_line: tuple[str, ...]) -> int:
    """Run the command to its end; return its exit status, 128 + N when signal N ended it."""
    # `hubctl local-aws -- hubctl doctor` finds hubctl, whether its environment is activated or not.
    path = os.pathsep.join(filter(None, [os.environ.get("PATH"), str(Path(sys.executable).parent)]))
    try:
        return run_in_foreground(command_line, environment={**os.environ, **handed_out, "PATH": path})
    except FileNotFoundError:
        err.say(f"error: {command_line[0]}: command not found")
        return COMMAND_NOT_FOUND
    except PermissionError:
        err.say(f"error: {command_line[0]}: not executable")
        return COMMAND_NOT_EXECUTABLE


def _announce(aws: LocalAws, account: SeededAccount, handed_out: dict[str, str]) -> None:
    """Print the endpoint, lines to paste, and a table of what was prepared."""
    out.say(f"AWS answers at {aws.endpoint_url} until Ctrl-C. For another shell:\n")
    for name, value in handed_out.items():
        out.paste(f"export {name}={shlex.quote(value)}")
    out.say()
    table = Sheet("prepared", "name", "id")
    table.add("hosted zone", account.domain, account.hosted_zone_id)
    for name, image_id in account.image_ids.items():
        table.add("image", name, image_id)
    table.add("key pair", account.key_pair, "")
    if account.bucket:
        table.add("bucket", account.bucket, "")
    table.show(out)
