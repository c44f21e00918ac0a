"""Run one step of the set-up: a line now and then while it works, the end of its output when it fails."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import LOGS, ROOT

NEWS_EVERY = 5.0  # seconds between two signs of life
TAIL = 25  # lines shown of a step that failed

_printing = threading.Lock()


def say(text: str) -> None:
    """Print one line of progress to standard error; lines of steps side by side do not mix."""
    with _printing:
        print(text, file=sys.stderr, flush=True)


def run_setup_step(
    name: str,
    command: Sequence[str],
    *,
    remedy: str,
    environment: Mapping[str, str],
    stop: threading.Event,
    deadline: float = 1800.0,
    folder: Path | None = None,
) -> None:
    """Run one command with its output in a log file; raise HubctlError when it fails or is stopped.

    It runs in ``folder``, by default the project's. ``stop`` is set by the caller when a step beside this one
    failed or the operator interrupts.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name.replace(' ', '-')}.log"
    started = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=folder or ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(name, process, started, deadline, stop)
        finally:
            _end(process)
    if process.returncode != 0:
        raise HubctlError(
            _failure(name, command, process.returncode, log, stop), remedy=f"{remedy} (log: {log})"
        )


def _wait(
    name: str, process: subprocess.Popen[bytes], started: float, deadline: float, stop: threading.Event
) -> None:
    next_news = started + NEWS_EVERY
    while process.poll() is None and not stop.is_set():
        now = time.monotonic()
        if now - started > deadline:
            say(f"  {name}: no end after {deadline:.0f} s, giving up")
            return
        if now >= next_news:
            say(f"  {name}: still working, {now - started:.0f} s")
            next_news = now + NEWS_EVERY
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group of a step that still runs."""
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)


def _failure(name: str, command: Sequence[str], code: int, log: Path, stop: threading.Event) -> str:
    if stop.is_set():
        return f"{name}: stopped"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
    tail = "\n".join(f"    {line}" for line in lines)
    return f"{name} failed with exit code {code}: {Path(command[0]).name} said\n{tail}"
