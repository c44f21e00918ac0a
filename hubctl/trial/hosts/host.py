"""A host of a trial: namespaces, its own disk, services. It can be killed, and started again."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.trial.hosts import name_service
from hubctl.trial.hosts.control_group import ControlGroup
from hubctl.trial.hosts.engine_disk import attach, detach, make_disk
from hubctl.trial.hosts.machine import COMMAND_SECONDS, run_command
from hubctl.trial.hosts.network import HostNetwork
from hubctl.trial.hosts.units import Unit, unit_document

HOST_PROGRAMS = Path(__file__).resolve().parent
HOST_START_SECONDS = 900.0
ENGINE_SOCKET = "/run/docker.sock"


@dataclass(kw_only=True)
class Host:
    """One host. ``disk`` is a folder of the machine; ``shared`` is what all hosts mount at ``mount_point``.

    Its engine starts with a copy of the disk ``engine``, where one is given, else with nothing. ``own`` are the folders
    that it lays its own disk over; neither ``disk`` nor ``shared`` may lie below one of them. Without ``at``, its
    address follows from its number.
    """

    name: str
    number: int
    disk: Path
    shared: Path
    network: HostNetwork
    engine: Path | None = None
    at: str | None = None
    mount_point: str = "/mnt/chef-hub"
    own: tuple[str, ...] = ("etc", "var", "usr/local")
    units: list[Unit] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def address(self) -> str:
        """The host's IPv4 address."""
        return self.at or self.network.address(self.number)

    @property
    def control_group(self) -> ControlGroup:
        """What the host's containers run in."""
        return ControlGroup(name=self.network.namespace(self.name))

    @property
    def engine_command(self) -> list[str]:
        """What runs the host's engine."""
        return [
            "dockerd",
            f"--data-root={self._engine_folder}",
            "--exec-root=/run/docker",
            "--pidfile=/run/docker.pid",
            f"--host=unix://{ENGINE_SOCKET}",
            self.control_group.option,
        ]

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file onto the host's disk, before it is started."""
        top = path.lstrip("/")
        if not top.startswith(tuple(f"{folder}/" for folder in self.own)):
            raise ValueError(f"{path} is not on a host's own disk")
        file = self.disk / "upper" / top
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def copy(self, source: Path, path: str, *, mode: int = 0o755) -> None:
        """Copy a file of the project onto the host's disk, before it is started."""
        self.write(path, source.read_text(encoding="utf-8"), mode=mode)

    def launch(self) -> None:
        """Start the host; return without waiting for its services."""
        self.disk.mkdir(parents=True, exist_ok=True)
        (self.disk / "state").unlink(missing_ok=True)
        self.write("/etc/resolv.conf", name_service.resolver_file(self.address))
        self._describe()
        if not self._engine_file.exists():
            make_disk(self._engine_file, like=self.engine)
        attach(self._engine_file, self._engine_folder)
        self.network.create_namespace(self.name, self.address, self.number)
        self.control_group.create()
        command = ["nsenter", f"--net=/run/netns/{self.network.namespace(self.name)}"]
        command += ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc", "--kill-child"]
        command += [
            "--propagation",
            "private",
            "bash",
            str(HOST_PROGRAMS / "enter_host.sh"),
            str(self.disk),
            self.name,
        ]
        command += [
            str(self.shared),
            sys.executable,
            str(HOST_PROGRAMS / "units.py"),
            self.mount_point,
            *self.own,
        ]
        with (self.disk / "host.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # The host must not see what leads the caller to an AWS.
                env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            )
        pid = self._process.pid
        (self.disk / "pid").write_text(f"{pid} {start_ticks(pid)}", encoding="utf-8")

    def reload(self, seconds: float = HOST_START_SECONDS) -> None:
        """Let a host that runs take its ``units`` and ``environment`` as they are now; return once they run.

        Services whose units have not changed are left alone, as after a Chef run. Raises HubctlError as
        :meth:`wait_until_ready` does.
        """
        self._describe()
        (self.disk / "state").write_text("", encoding="utf-8")
        self.run("kill", "-HUP", (self.disk / "supervisor").read_text(encoding="utf-8"))
        self.wait_until_ready(seconds)

    def _describe(self) -> None:
        """Write what the supervisor of the host reads, whole."""
        units = [Unit(name="names", command=name_service.name_server_command(self.address)), *self.units]
        document = {"units": [unit_document(unit) for unit in units], "environment": self.environment}
        write_whole(self.disk / "host.json", json.dumps(document, indent=1), durable=False)

    def wait_until_ready(self, seconds: float = HOST_START_SECONDS) -> None:
        """Wait until all services run; raise HubctlError with the end of the log when they do not."""
        deadline = time.monotonic() + seconds
        state = self.disk / "state"
        while not (state.exists() and state.read_text(encoding="utf-8")):
            if not self.running():
                raise self._failure("has ended")
            if time.monotonic() > deadline:
                raise self._failure(f"was not ready within {seconds:.0f} s")
            time.sleep(0.1)
        if (said := state.read_text(encoding="utf-8")) != "ready":
            raise self._failure(said)

    def running(self) -> bool:
        """Return whether the host's first process lives."""
        return self._outer() is not None

    def run(
        self, *command: str, seconds: float = COMMAND_SECONDS, check: bool = True, stdin: str | None = None
    ) -> str:
        """Run a command on the host; return its standard output."""
        inner = self._inner()
        if inner is None:
            raise HubctlError(f"the host {self.name} is not running", remedy="Start it first.")
        enter = ["nsenter", "-t", str(inner), "-m", "-u", "-i", "-n", "-p", "--"]
        return run_command(*enter, *command, seconds=seconds, check=check, stdin=stdin)

    def run_as_unit(self, *command: str, seconds: float = COMMAND_SECONDS) -> str:
        """Run a command on the host with the variables that its units have."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return self.run("env", *variables, *command, seconds=seconds)

    def stop(self, seconds: float = 30.0) -> None:
        """Shut the host down: its services end first."""
        inner = self._inner()
        if inner is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(inner, signal.SIGTERM)
            deadline = time.monotonic() + seconds
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.1)
        self.kill()

    def kill(self) -> None:
        """End the host as when its power fails: with its first process everything on it ends."""
        outer = self._outer()
        if outer is not None:
            inner = self._inner()
            for pid in (inner, outer):
                if pid is not None:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + 20
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.05)
        self._reap()
        (self.disk / "pid").unlink(missing_ok=True)
        self.network.delete_namespace(self.name)
        self.control_group.delete()
        detach(self._engine_folder)

    def erase(self) -> None:
        """Delete the disk of a host that does not run."""
        shutil.rmtree(self.disk, ignore_errors=True)

    def log_tail(self, lines: int = 25) -> str:
        """Return the end of the host's log."""
        log = self.disk / "host.log"
        return (
            "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
            if log.exists()
            else ""
        )

    @property
    def _engine_file(self) -> Path:
        return self.disk / "engine.img"

    @property
    def _engine_folder(self) -> Path:
        return self.disk / "docker"

    def _outer(self) -> int | None:
        """Return the id of the process that holds the host, None when it has ended."""
        try:
            pid, since = (self.disk / "pid").read_text(encoding="utf-8").split()
        except (FileNotFoundError, ValueError):
            return None
        self._reap()
        return int(pid) if start_ticks(int(pid)) == since else None

    def _inner(self) -> int | None:
        """Return the machine's id of the host's first process."""
        outer = self._outer()
        if outer is None:
            return None
        try:
            children = Path(f"/proc/{outer}/task/{outer}/children").read_text(encoding="utf-8").split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def _reap(self) -> None:
        """Take note of the end of a process that this one has started."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None

    def _failure(self, what: str) -> HubctlError:
        return HubctlError(
            f"the host {self.name} {what}\n{self.log_tail()}",
            remedy="What is left is cleared away at the next start, or by `down`.",
        )


def start_ticks(pid: int) -> str:
    """Return when a process started, in ticks since boot: with it, no later process of that id is mistaken."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
