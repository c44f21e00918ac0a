"""The ``hubctl`` entry point: finds the command, runs it, and turns failures into plain sentences."""

import contextlib
import importlib
import io
import sys
from typing import cast

import click

from hubctl.core.command_line import NAME, CommandGroup, typed
from hubctl.core.console import err, say_error
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.stopping import Stopped, stopping_in_order
from stacks.settings.text_files import EditedFileError

# The folder of each command; its `cli` holds a click command named `command`, which is imported when it is
# called, so that `hubctl --help` and quick commands stay quick.
COMMANDS: dict[str, str] = {
    "adopt": "hubctl.adopt",
    "cookbooks": "hubctl.cookbooks",
    "cost": "hubctl.cost",
    "demo": "hubctl.demo",
    "destroy": "hubctl.destroy",
    "doctor": "hubctl.doctor",
    "diagram": "hubctl.diagram",
    "local-aws": "hubctl.trial.aws",
    "local-lab": "hubctl.trial.lab",
    "local-swarm": "hubctl.trial.swarm",
    "maintenance": "hubctl.maintenance",
    "nodes": "hubctl.nodes",
    "plan": "hubctl.plan",
    "rehearse": "hubctl.rehearse",
    "rollout": "hubctl.rollout",
    "simulate": "hubctl.simulate",
    "timetable": "hubctl.timetable",
}


class LazyGroup(CommandGroup):
    """A click group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, or None when there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{COMMANDS[cmd_name]}.cli")
        return cast(click.Command, module.command)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    package_name="jupyterhub-on-aws", message="hubctl %(version)s", help="Show the version and exit."
)
def hubctl() -> None:
    """Operate JupyterHub on AWS: try it locally, deploy it, adopt what exists, foresee and check."""


def main() -> None:
    """Run hubctl; exit 0 on success, 1 on failure, 2 on bad input, 128 + N when signal N stopped it (130 for Ctrl-C)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal of another encoding shows ? for what it lacks
            stream.reconfigure(errors="replace")
    try:
        with stopping_in_order():
            sys.exit(hubctl.main(prog_name=NAME, standalone_mode=False) or 0)
    except Stopped as stopped:
        with contextlib.suppress(OSError):  # the terminal may be closed
            err.say(f"stopped by {stopped.signal_name}")
        raise
    except click.ClickException as error:
        _say_misuse(error)
        sys.exit(error.exit_code)
    except HubctlError as error:
        say_error(error.message, error.remedy)
        sys.exit(error.exit_code)
    except EditedFileError as error:
        say_error(str(error), error.remedy)
        sys.exit(BadInputError.exit_code)
    except OSError as error:  # such as a full disk
        say_error(
            f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}",
            "Set that right, and run it again.",
        )
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        err.say("interrupted")
        sys.exit(130)


def _say_misuse(error: click.ClickException) -> None:
    """Say what click refuses, as click itself does, but wrapped, and with a command that works as it is typed."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        path = context.command_path.partition(" ")[2]
        err.say(context.get_usage())
        err.say(f"Try `{typed(f'{path} --help'.strip())}` for help.")
        err.say()
    err.say(error.format_message(), label="Error: ")
