"""Runs a host's services and timers as systemd would: in order, restarted, repeated, logged.

Runs inside the host, started by enter_host.sh; needs nothing but the standard library.
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A service, or a program that a timer repeats.

    ``command`` and the commands ``before`` and ``after`` it (whose failures do not matter) are argument lists.
    ``kind``: ``service`` is restarted when it ends, after ``restart_seconds``; ``oneshot`` has to succeed before
    the next unit, and is repeated ``every`` so many seconds where that is set. ``ready`` is a path to wait for.
    ``stop`` is run when the host is shut down, once what was started later has ended.
    """

    name: str
    command: list[str]
    kind: str = "service"
    before: list[list[str]] = field(default_factory=list)
    after: list[list[str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    every: float | None = None
    ready: str | None = None
    start_seconds: float = 120.0
    restart_seconds: float = 1.0
    stop: list[str] = field(default_factory=list)


class Supervisor:
    """The services of one host. Nothing of it outlives the host's first process."""

    def __init__(self, units: list[Unit], environment: dict[str, str], log: IO[bytes]) -> None:
        self._units = {unit.name: unit for unit in units}
        self._environment = environment
        self._log = log
        self._stopping = threading.Event()
        self._starting = threading.Lock()  # held while a service is being started, or the units are exchanged
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start all units in order; raise RuntimeError when one that others need does not come up."""
        for unit in list(self._units.values()):
            if self._stopping.is_set():
                return
            self._begin(unit)

    def reload(self, units: list[Unit], environment: dict[str, str]) -> None:
        """Take other units, as systemd after a Chef run: what is new or changed is started, what is left out ends.

        A service that runs as it should is left alone. Raises RuntimeError as :meth:`start` does.
        """
        with self._starting:
            before, self._units = self._units, {unit.name: unit for unit in units}
            self._environment = environment
            ending = [
                process
                for name, process in self._running.items()
                if before.get(name) != self._units.get(name) and process.poll() is None
            ]
        for process in ending:
            _end(process)
        for unit in units:
            known = before.get(unit.name)
            if known == unit:
                continue
            if known is None:
                self._begin(unit)
            elif unit.kind == "oneshot" and not self._run_once(unit) and unit.every is None:
                raise RuntimeError(f"{unit.name} failed")

    def stop(self) -> None:
        """End the services and what runs now of the repeated programs, the last first; one that is just being started, too.

        What comes after a service still runs. When this returns, nothing starts or is logged any more.
        """
        with self._starting:
            self._stopping.set()
        for name in reversed(self._units):
            process = self._running.get(name)
            if process and process.poll() is None:
                _end(process)
            if self._units[name].stop:
                self._command(self._units[name], self._units[name].stop).wait()
        for thread in self._threads:
            thread.join()

    def _begin(self, unit: Unit) -> None:
        if unit.kind == "service":
            self._start_service(unit)
        elif not self._run_once(unit) and unit.every is None:
            raise RuntimeError(f"{unit.name} failed")
        if unit.kind == "oneshot" and unit.every is not None:
            self._in_thread(self._repeat, unit.name)

    def _in_thread(self, work: Callable[[str], None], name: str) -> None:
        self._threads.append(threading.Thread(target=work, args=(name,), daemon=True))
        self._threads[-1].start()

    def _start_service(self, unit: Unit) -> None:
        self._in_thread(self._keep, unit.name)
        deadline = time.monotonic() + unit.start_seconds
        while unit.ready and not Path(unit.ready).exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{unit.name}: {unit.ready} did not appear")
            time.sleep(0.05)

    def _keep(self, name: str) -> None:
        while (unit := self._units.get(name)) is not None and not self._stopping.is_set():
            for command in unit.before:
                self._command(unit, command).wait()
            with self._starting:
                if self._stopping.is_set():
                    return
                if self._units.get(name) != unit:  # exchanged meanwhile
                    continue
                process = self._running[name] = self._command(unit, unit.command)
            code = process.wait()
            for command in unit.after:
                self._command(unit, command).wait()
            if not self._stopping.is_set():
                self._say(f"{name} ended with {code}: starting it again")
                self._stopping.wait(unit.restart_seconds)

    def _run_once(self, unit: Unit) -> bool:
        code = self._command(unit, unit.command).wait()
        self._note_end(unit, code)
        return code == 0

    def _note_end(self, unit: Unit, code: int) -> None:
        if code and not self._stopping.is_set():
            self._say(f"{unit.name} ended with {code}")

    def _repeat(self, name: str) -> None:
        while (unit := self._units.get(name)) is not None and not self._stopping.wait(unit.every):
            with self._starting:
                unit = self._units.get(name)
                if unit is None or self._stopping.is_set():
                    return
                process = self._running[name] = self._command(unit, unit.command)
            self._note_end(unit, process.wait())

    def _command(self, unit: Unit, command: list[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **self._environment, **unit.environment}
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=environment
        )

    def _say(self, sentence: str) -> None:
        self._log.write(f"units: {sentence}\n".encode())


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def unit_document(unit: Unit) -> dict[str, Any]:
    """Return the unit for host.json."""
    return dataclasses.asdict(unit)


def main(path: str) -> None:
    """Run the host that the file describes until told to end; write ``ready`` or ``failed`` into ``state`` beside the file.

    A HUP has the file read again. The process id, as the host knows it, stands in ``supervisor``.
    """
    file = Path(path)
    state = file.with_name("state")
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: asked.put(number))
    file.with_name("supervisor").write_text(str(os.getpid()), encoding="utf-8")
    with file.with_name("host.log").open("ab", buffering=0) as log:
        supervisor = Supervisor(*_described(file), log)
        work: Callable[[], None] = supervisor.start
        while True:
            try:
                work()
                state.write_text("ready", encoding="utf-8")
            except Exception as error:
                log.write(f"units: {error}\n".encode())
                state.write_text(f"failed: {error}", encoding="utf-8")
            if asked.get() != signal.SIGHUP:
                break
            work = partial(supervisor.reload, *_described(file))
        supervisor.stop()


def _described(file: Path) -> tuple[list[Unit], dict[str, str]]:
    document = json.loads(file.read_text(encoding="utf-8"))
    return [Unit(**unit) for unit in document["units"]], document["environment"]


if __name__ == "__main__":
    main(sys.argv[1])
