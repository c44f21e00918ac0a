"""Programs of this machine that a Lab needs beside its hosts, and what a killed Lab left of them."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.environment.project import ROOT
from hubctl.errors import HubctlError
from hubctl.local_swarm.host import started

READY_SECONDS = 60.0
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
    (folder / f"{name}.pid").write_text(f"{process.pid} {started(process.pid)}", encoding="utf-8")
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
        if pid.isdigit() and since and started(int(pid)) == since:
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
