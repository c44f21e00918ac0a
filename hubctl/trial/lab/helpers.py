"""Programs of this machine that a Lab needs beside its hosts, and what a killed Lab left: hosts, network, disks, programs."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.core.command_line import typed
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.trial.hosts.engine_disk import detach
from hubctl.trial.hosts.host import Host, start_ticks
from hubctl.trial.lab.settings import LAB_HOSTS, LocalLabSettings

READY_SECONDS = 180.0
END_SECONDS = 8.0


@contextmanager
def helper(name: str, *arguments: str, folder: Path) -> Iterator[None]:
    """Run a Python module of the project until the block ends; enter it once the module has written a line.

    Its errors go to NAME.log in ``folder``, its process id to NAME.pid. Raises HubctlError when it does not start.
    """
    log = folder / f"{name}.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # a Ctrl-C is the command's, which ends it in order
        )
    (folder / f"{name}.pid").write_text(f"{process.pid} {start_ticks(process.pid)}", encoding="utf-8")
    try:
        if not _first_line(process):
            tail = log.read_text(encoding="utf-8").strip()[-1500:]
            raise HubctlError(f"{name} did not start: {tail}", remedy="See its words above.")
        yield
    finally:
        _end(process)
        (folder / f"{name}.pid").unlink(missing_ok=True)


def end_leftovers(folder: Path) -> None:
    """Kill helpers whose Lab was killed."""
    for file in folder.glob("*.pid"):
        pid, _, since = file.read_text(encoding="utf-8").partition(" ")
        if pid.isdigit() and since and start_ticks(int(pid)) == since:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        file.unlink()


def _first_line(process: subprocess.Popen[str]) -> str:
    stdout = process.stdout
    assert stdout is not None  # noqa: S101 - it was asked for
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(stdout.readline()), daemon=True)
    reader.start()
    reader.join(READY_SECONDS)
    return lines[0] if lines else ""


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _use_it() -> str:
    use, stop = typed("local-lab status", root=True), typed("local-lab down", root=True)
    return f"Use it (`{use}`), or stop it with `{stop}`."


@contextmanager
def reserve_lab(settings: LocalLabSettings, *, remedy: str | None = None) -> Iterator[None]:
    """Keep a second Lab of this machine out for as long as the block lasts. Raises BadInputError."""
    settings.state.mkdir(parents=True, exist_ok=True)
    with (settings.state / "lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadInputError("a Lab runs on this machine already", remedy=remedy or _use_it()) from error
        yield


def clear_lab_leftovers(settings: LocalLabSettings) -> bool:
    """Stop what an earlier Lab left running, and delete its hosts; users' files and the image stay.

    Return whether there was anything.
    """
    disks = sorted(settings.hosts.iterdir()) if settings.hosts.is_dir() else []
    found = bool(disks) or LAB_HOSTS.exists()
    for number, disk in enumerate(disks, start=1):
        host = Host(name=disk.name, number=number, disk=disk, shared=settings.homes, network=LAB_HOSTS)
        host.kill()
        host.erase()
    detach(settings.work / "image")
    if settings.work.is_dir():
        end_leftovers(settings.work)
    if LAB_HOSTS.exists():
        LAB_HOSTS.delete()
    for folder in (settings.hosts, settings.work):
        shutil.rmtree(folder, ignore_errors=True)
    return found
