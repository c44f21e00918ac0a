"""``hubctl local-aws``: serve AWS on this machine, or run one command against it."""

import os
import shlex
import signal
import subprocess
import threading
from types import FrameType

import click
from rich.table import Table

from hubctl.console import err, out
from hubctl.local_aws.seed import AccountSeed, SeededAccount, seed_account
from hubctl.local_aws.server import LocalAws

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
@click.argument("command_line", nargs=-1, metavar="[-- COMMAND ARGS...]")
def command(
    port: int,
    region: str,
    domain: str,
    bucket: str | None,
    scaling_speed: float | None,
    command_line: tuple[str, ...],
) -> None:
    """Serve AWS on this machine, on loopback only.

    Without a COMMAND it serves until Ctrl-C and prints what to paste into another shell. With one it runs
    that, with the environment that points at the local AWS, and exits with its status. Nothing outlives it.
    """
    stop = threading.Event()
    _stop_on_signals(stop)
    with LocalAws(port=port, region=region, scaling_speed=scaling_speed) as aws:
        account = seed_account(aws, AccountSeed(domain=domain, bucket=bucket))
        if command_line:
            raise click.exceptions.Exit(_run(aws, command_line))
        _announce(aws, account)
        # A wait without a time-out would not let Python handle the signal on every platform.
        while not stop.wait(PARENT_POLL_SECONDS):
            aws.check_running()
    err.print("stopped")


def _stop_on_signals(stop: threading.Event) -> None:
    """Let SIGTERM and Ctrl-C end the waiting; a command that runs meanwhile gets Ctrl-C by itself."""

    def handle(signal_number: int, frame: FrameType | None) -> None:
        del signal_number, frame
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def _run(aws: LocalAws, command_line: tuple[str, ...]) -> int:
    """Run the command to its end; return its exit status, 128 + N when signal N ended it."""
    environment = {**os.environ, **aws.environment()}
    try:
        process = subprocess.Popen(command_line, env=environment)
    except FileNotFoundError:
        err.print(f"error: {command_line[0]}: command not found", markup=False)
        return COMMAND_NOT_FOUND
    except PermissionError:
        err.print(f"error: {command_line[0]}: not executable", markup=False)
        return COMMAND_NOT_EXECUTABLE
    # Ctrl-C reaches the command from the terminal; SIGTERM reaches only this process, so pass it on.
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    status = process.wait()
    return 128 - status if status < 0 else status


def _announce(aws: LocalAws, account: SeededAccount) -> None:
    """Print the endpoint, lines to paste, and a table of what was prepared."""
    out.print(f"AWS answers at {aws.endpoint_url} until Ctrl-C. For another shell:\n", markup=False)
    for name, value in aws.environment().items():
        out.print(f"export {name}={shlex.quote(value)}", markup=False)
    out.print()
    table = Table("prepared", "name", "id")
    table.add_row("hosted zone", account.domain, account.hosted_zone_id)
    for name, image_id in account.image_ids.items():
        table.add_row("image", name, image_id)
    table.add_row("key pair", account.key_pair, "")
    if account.bucket:
        table.add_row("bucket", account.bucket, "")
    out.print(table)
