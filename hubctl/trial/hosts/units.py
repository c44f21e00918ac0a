"""Runs a host's services and timers as systemd would: in order, restarted, repeated, logged, and as ``systemctl`` asks.

Runs inside the host, started by enter_host.sh; needs nothing but the standard library.
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

# What systemctl exits with: a unit that is not active, one that does not exist; anything else that went wrong.
INACTIVE, UNKNOWN, FAILED = 3, 5, 1


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
    start_seconds: float = 600.0
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
        self._turns: dict[str, threading.Lock] = {}  # one run of a program at a time, whatever starts it
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

    def ask(self, verb: str, name: str) -> tuple[int, str]:
        """Do what ``systemctl VERB NAME`` does; return its exit code and what went wrong. Safe among threads."""
        unit = self._units.get(name.removesuffix(".service"))
        if verb == "reset-failed":
            return 0, ""  # what fails here is started again for ever
        if unit is None:
            return (INACTIVE if verb.startswith("is-") else UNKNOWN), f"there is no unit {name}"
        verbs: dict[str, Callable[[Unit], int]] = {
            "is-active": self._is_active,
            "is-failed": lambda _: FAILED,
            "start": self._start_by_hand,
            "restart": self._restart,
            "reload-or-restart": self._reload_service,
        }
        if verb not in verbs:
            return FAILED, f"{verb} is not known here"
        code = verbs[verb](unit)
        return code, "" if code == 0 or verb.startswith("is-") else f"{verb} {name} failed"

    def _process(self, unit: Unit) -> subprocess.Popen[bytes] | None:
        """Return what runs of a unit: one that is just being started, too."""
        with self._starting:
            return self._running.get(unit.name)

    def _is_active(self, unit: Unit) -> int:
        process = self._process(unit)
        return 0 if process is not None and process.poll() is None else INACTIVE

    def _start_by_hand(self, unit: Unit) -> int:
        """Run a program now; a service that has ended is started again by itself."""
        if unit.kind == "service":
            return 0
        return 0 if self._run_once(unit) else FAILED

    def _restart(self, unit: Unit) -> int:
        """End a service, which is then started again; return once that one is there."""
        before = self._process(unit)
        if before is None:
            return 0  # its turn comes, as the host is starting
        _end(before)
        deadline = time.monotonic() + unit.start_seconds
        while self._running[unit.name] is before or not _is_there(unit):
            if self._stopping.is_set() or time.monotonic() > deadline:
                return FAILED
            time.sleep(0.05)
        return 0 if self._is_active(unit) == 0 else FAILED

    def _reload_service(self, unit: Unit) -> int:
        process = self._process(unit)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGHUP)
        return 0  # else it reads its files when its turn comes

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
        while not _is_there(unit):
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
        with self._turn(unit.name):
            code = self._command(unit, unit.command).wait()
        self._note_end(unit, code)
        return code == 0

    def _turn(self, name: str) -> threading.Lock:
        return self._turns.setdefault(name, threading.Lock())

    def _note_end(self, unit: Unit, code: int) -> None:
        if code and not self._stopping.is_set():
            self._say(f"{unit.name} ended with {code}")

    def _repeat(self, name: str) -> None:
        while (unit := self._units.get(name)) is not None and not self._stopping.wait(unit.every):
            with self._turn(name):
                with self._starting:
                    unit = self._units.get(name)
                    if unit is None or self._stopping.is_set():
                        return
                    process = self._running[name] = self._command(unit, unit.command)
                code = process.wait()
            self._note_end(unit, code)

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


def _is_there(unit: Unit) -> bool:
    return unit.ready is None or Path(unit.ready).exists()


def answer_systemctl(listener: socket.socket, supervisor: Supervisor) -> None:
    """Answer systemctl.py, each question in a thread, until the listener is closed."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer_one, args=(connection, supervisor), daemon=True).start()


def _answer_one(connection: socket.socket, supervisor: Supervisor) -> None:
    with connection, connection.makefile("rw", encoding="utf-8") as stream:
        verb, *names = json.loads(stream.readline())
        answers = [supervisor.ask(verb, name) for name in names]
        code = next((code for code, _ in answers if code), 0)
        stream.write(json.dumps([code, "\n".join(said for _, said in answers if said)]) + "\n")


def unit_document(unit: Unit) -> dict[str, Any]:
    """Return the unit for host.json."""
    return dataclasses.asdict(unit)


def main(path: str) -> None:
    """Run the host that the file describes until a signal ends it; write ``ready`` or ``failed`` into ``state`` beside the file.

    A HUP has the file read again. The process id, as the host knows it, stands in ``supervisor``; ``control`` is the socket
    that systemctl.py asks.
    """
    file = Path(path)
    state = file.with_name("state")
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: asked.put(number))
    file.with_name("supervisor").write_text(str(os.getpid()), encoding="utf-8")
    control = file.with_name("control")
    control.unlink(missing_ok=True)
    with (
        file.with_name("host.log").open("ab", buffering=0) as log,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        supervisor = Supervisor(*_described(file), log)
        listener.bind(str(control))
        listener.listen(16)
        threading.Thread(target=answer_systemctl, args=(listener, supervisor), daemon=True).start()
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
