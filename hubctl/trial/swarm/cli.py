"""``hubctl local-swarm``: the hub on a Swarm of several hosts on this machine, to open in a browser."""

import os
import signal
import subprocess
import sys
import time

import click

from hubctl.core.command_line import CommandGroup, typed
from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.trial.hosts.announcement import RunningTrial, announce
from hubctl.trial.hosts.machine import need_programs, need_root
from hubctl.trial.hosts.manager_files import ManagerFiles
from hubctl.trial.swarm.settings import (
    ADMINISTRATORS,
    STATE,
    SWARM_HOSTS,
    clear_cluster_leftovers,
    reserve_cluster,
)

UP_SECONDS = 1200.0
DOWN_SECONDS = 180.0
TOOLS = (
    "curl",
    "dockerd",
    "ip",
    "iptables",
    "jq",
    "mmdebstrap",
    "mkfs.ext4",
    "nginx",
    "npm",
    "nsenter",
    "openssl",
    "setpriv",
    "unshare",
)


@click.group("local-swarm", cls=CommandGroup)
def command() -> None:
    """Run the hub on a trial cluster: a leader and two workers, as separate hosts on this machine.

    Needs root and the packages that `make system-packages` installs. Users' files stay between runs; nothing else does.
    """


@command.command()
def up() -> None:
    """Start the cluster, and say how to open the hub."""
    files = ManagerFiles(state=STATE)
    _check(files)
    files.state.mkdir(parents=True, exist_ok=True)
    files.log.write_text("", encoding="utf-8")
    with files.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hubctl.trial.swarm.manager"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _follow(files, process)
    except BaseException:
        process.terminate()
        process.wait(DOWN_SECONDS)
        raise
    _announce(files)


@command.command()
def down() -> None:
    """Stop the cluster and delete its hosts; users' files and the image stay."""
    need_root()
    files = ManagerFiles(state=STATE)
    pid = files.running()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + DOWN_SECONDS
        while files.running() is not None:
            if time.monotonic() > deadline:
                raise HubctlError(
                    f"the cluster did not stop within {DOWN_SECONDS:.0f} s",
                    remedy=f"Look at {files.log}, then run `{typed('local-swarm down', root=True)}` again.",
                )
            time.sleep(0.2)
    with reserve_cluster(files.state):
        clear_cluster_leftovers(files.state, SWARM_HOSTS)
    for file in (files.cluster, files.certificate):
        file.unlink(missing_ok=True)
    err.say("stopped" if pid is not None else "nothing was running")


@command.command()
def status() -> None:
    """Say whether the cluster runs, and how to open the hub."""
    files = ManagerFiles(state=STATE)
    if files.running() is None:
        out.say("no trial cluster is running")
        raise click.exceptions.Exit(3)
    if files.description() is None:
        out.say(f"the cluster is starting: {files.last_line()}")
        return
    _announce(files)


def _check(files: ManagerFiles) -> None:
    need_root()
    if files.running() is not None:
        raise BadInputError(
            "a trial cluster runs already",
            remedy=f"Use it (`{typed('local-swarm status', root=True)}`), or stop it "
            f"(`{typed('local-swarm down', root=True)}`).",
        )
    need_programs(TOOLS)


def _follow(files: ManagerFiles, process: subprocess.Popen[bytes]) -> None:
    """Show what the manager says until the cluster is up; raise HubctlError when it does not come up."""
    deadline = time.monotonic() + UP_SECONDS
    shown = 0
    while files.description() is None:
        lines = files.log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines[shown:]:
            err.say(line)
        shown = len(lines)
        if process.poll() is not None:
            raise HubctlError("the cluster did not come up", remedy=f"See the lines above, and {files.log}.")
        if time.monotonic() > deadline:
            raise HubctlError(
                f"the cluster was not up within {UP_SECONDS:.0f} s", remedy=f"Look at {files.log}."
            )
        time.sleep(0.2)


def _announce(files: ManagerFiles) -> None:
    found = files.description()
    if found is None:
        raise HubctlError("the cluster has ended", remedy=f"Look at {files.log}.")
    trial = RunningTrial(
        name="hub",
        command="local-swarm",
        url=found["url"],
        hostname=found["hostname"],
        address=found["address"],
        password=found["password"],
        administrators=ADMINISTRATORS,
        certificate=files.certificate,
        kept=[files.state],
    )
    announce(trial, out)
