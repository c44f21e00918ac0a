"""Run a program to its end, or end it with everything it started: on a deadline, an error or an interrupt."""

import contextlib
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.core.process_tree import Family

GRACE = 10.0  # seconds a program has to stop by itself after it was asked to


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a program left: its exit code and everything it wrote."""

    exit_code: int
    output: str
    errors: str


def run_program(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    deadline: float,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
    grace: float = GRACE,
) -> Finished:
    """Run a program without input in ``folder``, with exactly this environment.

    ``on_line`` is called with each line of its standard output as it comes, ``on_tick`` about four times a
    second; both from the calling thread. Raises HubctlError when the program cannot be started or does not
    end within ``deadline`` seconds. Whatever is raised, nothing the program started stays behind: it has
    ``grace`` seconds to stop by itself, then it is ended.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise HubctlError(
            f"{command[0]} cannot be started: {error.strerror}",
            remedy="Run `make setup`, it checks the tools.",
        ) from error
    family = Family(process.pid)
    streams = _Streams(process)
    try:
        _follow(process, streams, family, Path(command[0]).name, deadline, on_line, on_tick)
    finally:
        end_program(process, family, grace=grace)
        streams.close()
    return Finished(exit_code=process.returncode, output=streams.output, errors=streams.errors)


def end_program(process: subprocess.Popen[str], family: Family, *, grace: float = GRACE) -> None:
    """End a program and its family; the program is asked first, so that Terraform can write its state.

    Programs in other sessions are reached too: cdktf runs Terraform in pseudo terminals, where no
    signal to the process group would arrive.
    """
    family.grow()
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        _wait_until_gone(process, family, grace)
    elif family.alive():
        _wait_until_gone(process, family, 1.0)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not family.alive():
            break
        family.grow()
        family.send(number)
        _wait_until_gone(process, family, 5.0)
    # Seen as ended, it can still have threads that are ending: until then there is nothing to reap.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5.0)


def _follow(
    process: subprocess.Popen[str],
    streams: "_Streams",
    family: Family,
    name: str,
    deadline: float,
    on_line: Callable[[str], None] | None,
    on_tick: Callable[[], None] | None,
) -> None:
    """Pass lines on until the program has ended and its output is read."""
    ends = time.monotonic() + deadline
    next_count = 0.0
    silent_since_end = 0
    # A process left behind may hold the output open: once the program has ended, two quiet looks are enough.
    while streams.open and silent_since_end < 2:
        line = streams.next_line()
        if line is not None and on_line is not None:
            on_line(line)
        if line is None and process.poll() is not None:
            silent_since_end += 1
        if on_tick is not None:
            on_tick()
        now = time.monotonic()
        if now > next_count:
            family.grow()
            next_count = now + 1.0
        if now > ends:
            raise HubctlError(
                f"{name} did not end within {deadline:.0f} s",
                remedy="Look at what it wrote last; run it again when the cause is gone.",
            )
    with contextlib.suppress(subprocess.TimeoutExpired):  # it closed its output but works on
        process.wait(timeout=max(1.0, ends - time.monotonic()))


def _wait_until_gone(process: subprocess.Popen[str], family: Family, patience: float) -> None:
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        process.poll()  # reaps it
        if not family.alive():
            return
        time.sleep(0.05)


class _Streams:
    """Both outputs of a program, read by threads so that neither can block the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._output: list[str] = []
        self._errors: list[str] = []
        self.open = True
        self._process = process
        self._threads = [
            threading.Thread(target=self._read_output, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def output(self) -> str:
        return "".join(self._output)

    @property
    def errors(self) -> str:
        return "".join(self._errors)

    def next_line(self) -> str | None:
        """Return the next line of the output, None when no line comes for a quarter of a second."""
        try:
            line = self._lines.get(timeout=0.25)
        except queue.Empty:
            return None
        if line is None:
            self.open = False
        return line

    def close(self) -> None:
        for thread in self._threads:
            thread.join(timeout=5)
        for stream, thread in zip((self._process.stdout, self._process.stderr), self._threads, strict=True):
            if stream is not None and not thread.is_alive():
                stream.close()

    def _read_output(self) -> None:
        for line in self._process.stdout or ():
            self._output.append(line)
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _read_errors(self) -> None:
        for line in self._process.stderr or ():
            self._errors.append(line)
