"""``hubctl local-lab``: the AWS Lab on this machine, its instances as real hosts, to open in a browser or to watch it scale."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hubctl.core.command_line import CommandGroup, GivenPath, typed
from hubctl.core.console import err, out
from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.core.tables import Sheet

UP_SECONDS = 1800.0
DOWN_SECONDS = 180.0
NOT_RUNNING = 3
_OPTIONS = (
    click.option("--speed", type=float, default=10.0, show_default=True, help="How much faster than AWS the group's time runs."),
    click.option("--max-size", type=int, default=3, show_default=True, help="Most instances of the group."),
    click.option("--scale-up", "scale_up_threshold", type=int, default=3, show_default=True,
                 help="Average sessions per instance at which instances are added."),
    click.option("--scale-down", "scale_down_threshold", type=int, default=1, show_default=True,
                 help="Average sessions per instance below which one is taken away."),
)  # fmt: skip


def _with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group("local-lab", cls=CommandGroup)
def command() -> None:
    """Run the AWS Lab on this machine: the applied stack, a real host for each instance, a balancer in front.

    Needs root and the packages that `make system-packages` installs. Users' files stay between runs; nothing else does.
    """


@command.command()
@_with_options
def up(**chosen: Any) -> None:
    """Start the Lab, and say how to open it."""
    from hubctl.trial.lab.manager import LAB_FILES

    _check(chosen)
    LAB_FILES.state.mkdir(parents=True, exist_ok=True)
    LAB_FILES.log.write_text("", encoding="utf-8")
    with LAB_FILES.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hubctl.trial.lab.manager", json.dumps(chosen)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _follow(process)
    except BaseException:
        process.terminate()
        process.wait(DOWN_SECONDS)
        raise
    _announce()


@command.command()
def down() -> None:
    """Stop the Lab and delete its hosts; users' files and the image stay."""
    from hubctl.trial.hosts.machine import need_root
    from hubctl.trial.lab.helpers import clear_lab_leftovers, reserve_lab
    from hubctl.trial.lab.manager import LAB_FILES
    from hubctl.trial.lab.settings import LocalLabSettings

    need_root()
    pid = LAB_FILES.running()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + DOWN_SECONDS
        while LAB_FILES.running() is not None:
            if time.monotonic() > deadline:
                raise HubctlError(
                    f"the Lab did not stop within {DOWN_SECONDS:.0f} s",
                    remedy=f"Look at {LAB_FILES.log}, then run `{typed('local-lab down', root=True)}` again.",
                )
            time.sleep(0.2)
    settings = LocalLabSettings()
    with reserve_lab(settings, remedy="It is one of a demonstration or a test: end that with Ctrl-C."):
        found = clear_lab_leftovers(settings)
    for file in (LAB_FILES.cluster, LAB_FILES.process):
        file.unlink(missing_ok=True)
    left = "cleared away what a killed Lab left" if found else "nothing was running"
    err.say("stopped" if pid is not None else left)


@command.command()
def status() -> None:
    """Say whether the Lab runs, how to open it, and what its group, its balancer and its alarms say."""
    from hubctl.trial.lab.manager import LAB_FILES

    if LAB_FILES.running() is None:
        out.say("no Lab is running")
        raise click.exceptions.Exit(NOT_RUNNING)
    if LAB_FILES.description() is None:
        out.say(f"the Lab is starting: {LAB_FILES.last_line()}")
        return
    _announce()
    _show_state()


@command.command()
@_with_options
@click.option(
    "--users", type=click.IntRange(1, 30), default=8, show_default=True, help="How many users come."
)
@click.option(
    "--out", "folder", type=GivenPath(file_okay=False), default=Path("build/local-lab"),
    show_default=True, help="Folder for timeline.png and timeline.csv.",
)  # fmt: skip
def demo(users: int, folder: Path, **chosen: Any) -> None:
    """Start a Lab, let users come and go, show how it grows and shrinks, and stop it again.

    Users log in by script with the test login. The course is printed, drawn and written as CSV.
    """
    from hubctl.trial.lab.demonstration import DemonstrationPlan, run_demonstration

    settings = _check(chosen)
    folder.mkdir(parents=True, exist_ok=True)
    run_demonstration(settings, DemonstrationPlan(users=users), folder)


def _check(chosen: dict[str, Any]) -> Any:
    """Check settings and machine, and that no other Lab runs; return the settings."""
    from hubctl.trial.lab.helpers import reserve_lab
    from hubctl.trial.lab.settings import LocalLabSettings, check_machine

    settings = LocalLabSettings(**chosen)
    settings.check()
    check_machine()
    with reserve_lab(settings):
        return settings


def _follow(process: subprocess.Popen[bytes]) -> None:
    """Show what the manager says until the Lab is up; raise HubctlError when it does not come up."""
    from hubctl.trial.lab.manager import LAB_FILES

    deadline = time.monotonic() + UP_SECONDS
    shown = 0
    while True:
        up = LAB_FILES.description() is not None
        lines = LAB_FILES.log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines[shown:]:
            err.say(line)
        shown = len(lines)
        if up:
            return
        if process.poll() is not None:
            raise HubctlError("the Lab did not come up", remedy=f"See the lines above, and {LAB_FILES.log}.")
        if time.monotonic() > deadline:
            raise HubctlError(
                f"the Lab was not up within {UP_SECONDS:.0f} s", remedy=f"Look at {LAB_FILES.log}."
            )
        time.sleep(0.2)


def _announce() -> None:
    from hubctl.trial.hosts.announcement import RunningTrial, announce
    from hubctl.trial.hosts.image import IMAGE_CACHE
    from hubctl.trial.lab.manager import LAB_FILES
    from hubctl.trial.lab.settings import LocalLabSettings

    found = LAB_FILES.description()
    if found is None:
        raise HubctlError("the Lab has ended", remedy=f"Look at {LAB_FILES.log}.")
    trial = RunningTrial(
        name="Lab",
        command="local-lab",
        url=found["url"],
        hostname=found["domain"],
        address=found["address"],
        password=found["password"],
        administrators=(),
        certificate=LocalLabSettings().certificate,
        kept=[LAB_FILES.state, IMAGE_CACHE],
    )
    announce(trial, out)


def _show_state() -> None:
    """Show instances and alarms."""
    from hubctl.trial.lab.instances import LabGroupReader
    from hubctl.trial.lab.manager import LAB_FILES, LabAccess
    from hubctl.trial.lab.monitor import METRIC, sessions_on
    from hubctl.trial.lab.settings import LocalLabSettings

    access = LabAccess.read(LAB_FILES.description() or {})
    settings = LocalLabSettings()
    instances = LabGroupReader(access, access.group)
    group, running = instances.group(), instances.instances()
    health = settings.target_health()
    table = Sheet("instance", "address", "group", "balancer", "sessions", "protected", figures=(4,))
    for name, instance in running.items():
        sessions = sessions_on(settings.hosts / name, instance.address)
        member = group.members.get(name)
        table.add(
            name,
            instance.address,
            member.state if member else "-",
            health.get(name, {}).get("state", "-"),
            "-" if sessions is None else str(sessions),
            "yes" if member and member.protected else "no",
        )
    table.show(out)
    out.say(f"desired: {group.desired}; time runs {access.speed:g} times as fast as AWS")
    for alarm in access.client("cloudwatch").describe_alarms()["MetricAlarms"]:
        if alarm.get("MetricName") == METRIC:
            out.say(f"alarm {alarm['AlarmName']}: {alarm['StateValue']}")
