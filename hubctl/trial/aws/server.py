"""Start and stop the local AWS, and hand out what is needed to reach it; its arguments are checked before anything starts."""

import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.config import Config

from hub_constructs.core.aws_limits.regions import known_regions, region_of_zone
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.trial.aws.environment import (
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    isolated_session,
    local_environment,
    write_profile,
)
from hubctl.trial.aws.troubles import troubles

SCALING_SPEEDS = (1.0, 600.0)  # beyond, a minute would pass between two looks
_log = logging.getLogger(__name__)
LOG_TAIL_LINES = 15
STOP_SECONDS = 5.0
# What moto reads when it is imported.
_MOTO_SETTINGS = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # data.aws_iam_policy finds AWS's own policies
    "MOTO_ACM_VALIDATION_WAIT": "0",  # a certificate is issued at the first look, not after a minute
}


class LocalAws:
    """AWS APIs on 127.0.0.1 in a child process, for as long as the ``with`` block lasts.

    Args:
        port: TCP port, 0 (the default) for any free one.
        region: The region that :meth:`environment` and :meth:`client` name. The server answers for all.
        start_seconds: How long to wait until the server answers.
        scaling_speed: Evaluate alarms, and carry out scaling policies and lifecycle hooks, in a time that runs this
            many times as fast as the real one; None (the default) leaves groups as requests set them.
        without_zones: Availability zones, such as ``us-east-1f``, that this AWS lacks.

    Raises:
        BadInputError: The port, the region or the speed cannot be used.
        HubctlError: The server did not come up; the message ends with the last lines of its log.

    """

    def __init__(
        self,
        port: int = 0,
        region: str = "us-east-1",
        *,
        start_seconds: float = 300.0,
        scaling_speed: float | None = None,
        without_zones: Sequence[str] = (),
    ) -> None:
        check_arguments(port, region, scaling_speed, without_zones)
        self._without_zones = tuple(without_zones)
        self._scaling_speed = scaling_speed or 0.0
        self.region = region
        self._wanted_port = port
        self._start_seconds = start_seconds
        self._port: int | None = None
        self._clock_began: float | None = None
        self._process: subprocess.Popen[str] | None = None
        self._cleanup = contextlib.ExitStack()
        self._folder: Path | None = None
        self._session: Any = None
        self._session_lock = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def endpoint_url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        if self._port is None:
            raise HubctlError(
                "the local AWS is not running", remedy="Use it inside its `with` block, or call start()."
            )
        return f"http://127.0.0.1:{self._port}"

    @property
    def log_path(self) -> Path:
        """The child's log: one line per request, and tracebacks. Gone after :meth:`stop`."""
        return self._existing_folder() / "local-aws.log"

    def time(self) -> float:
        """Return what time it is for auto scaling, in seconds since the epoch; scheduled actions are given in that time."""
        now = time.time()
        if self._clock_began is None:
            return now
        return self._clock_began + (now - self._clock_began) * self._scaling_speed

    def environment(self) -> dict[str, str]:
        """Return the variables that point terraform, cdktf and boto3 at this server and nowhere else."""
        profile_file = self._existing_folder() / "config"
        return local_environment(
            endpoint_url=self.endpoint_url, region=self.region, profile_file=profile_file
        )

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 client of a service (``"ec2"``), bound to this server, untouched by profiles."""
        profile_file = str(self._existing_folder() / "config")
        with self._session_lock:  # not safe among threads, unlike the clients
            # A session of botocore's own would read AWS_PROFILE and fail on one that does not exist here.
            # One for all clients: it keeps the services' models, which take longer to read than a call takes.
            self._session = self._session or isolated_session(profile_file)
            return self._session.client(
                service,
                region_name=region or self.region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=ACCESS_KEY_ID,
                aws_secret_access_key=SECRET_ACCESS_KEY,
                config=Config(proxies={}, retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
            )

    def start(self) -> None:
        """Start the child and wait until it answers. Everything is cleaned up again if it does not."""
        if self._process is not None:
            raise HubctlError("the local AWS is running already", remedy="Start it once.")
        folder = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="hubctl-local-aws-"))
        self._folder = Path(folder)
        try:
            self._port = self._launch()
        except BaseException:
            self.stop()
            raise
        write_profile(self._folder, endpoint_url=self.endpoint_url, region=self.region)

    def stop(self) -> None:
        """Stop the child and remove its files; harmless when it is not running."""
        process, self._process, self._port = self._process, None, None
        if process is not None:
            _end(process)
            for line in troubles(self._log_lines()):
                _log.info("%s", line)
        self._cleanup.close()
        self._folder = None
        self._session = None  # it knew the profile in the folder

    def check_running(self) -> None:
        """Raise HubctlError, with the end of its log, if the child ended by itself."""
        if self._process is None or self._process.poll() is not None:
            raise self._failure("has ended unexpectedly")

    def _existing_folder(self) -> Path:
        if self._folder is None:
            raise HubctlError("the local AWS is not running", remedy="Use it inside its `with` block.")
        return self._folder

    def _launch(self) -> int:
        """Start the child; return the port that it reports once it listens, and keep when its clock began."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("MOTO_", "AWS_"))
        }
        command = [sys.executable, "-m", "hubctl.trial.aws.child", f"--port={self._wanted_port}"]
        command += [f"--without-zone={zone}" for zone in self._without_zones]
        with self.log_path.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [*command, f"--parent={os.getpid()}", f"--scaling-speed={self._scaling_speed}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**inherited, **_MOTO_SETTINGS, "PYTHONPATH": _import_path()},
            )
        return self._reported_port(self._process)

    def _reported_port(self, process: subprocess.Popen[str]) -> int:
        """Read the child's first line, which it writes when it listens, within the deadline."""
        lines: list[str] = []
        stdout = process.stdout
        assert stdout is not None  # noqa: S101 - the pipe was asked for
        reader = threading.Thread(target=lambda: lines.append(stdout.readline()), daemon=True)
        started = time.monotonic()
        reader.start()
        reader.join(self._start_seconds)
        if not lines:
            raise self._failure(f"did not answer within {self._start_seconds:g} s")
        if not lines[0].startswith("{"):
            process.wait(STOP_SECONDS)
            raise self._failure(f"ended after {time.monotonic() - started:.1f} s")
        reported = json.loads(lines[0])
        self._clock_began = reported["clock"]
        return int(reported["port"])

    def _log_lines(self) -> list[str]:
        try:
            return self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:  # the folder of temporary files was cleared
            return []

    def _failure(self, what: str) -> HubctlError:
        tail = self._log_lines()[-LOG_TAIL_LINES:]
        message = "\n".join([f"the local AWS on port {self._wanted_port} {what}", *tail])
        if any("cannot listen" in line for line in tail):
            return BadInputError(message, remedy="Choose another --port, or 0 for any free one.")
        return HubctlError(message, remedy="See the lines of its log above.")


def check_arguments(
    port: int, region: str, scaling_speed: float | None = None, without_zones: Sequence[str] = ()
) -> None:
    """Raise BadInputError with every mistake in a TCP port (0 for any), a region's name, a speed and zones' names."""
    mistakes = []
    if not 0 <= port <= 65535:
        mistakes.append(f"port {port} is not between 0 and 65535")
    if region not in known_regions():
        mistakes.append(f"region {region!r} is not one that AWS has")
    if scaling_speed is not None and not SCALING_SPEEDS[0] <= scaling_speed <= SCALING_SPEEDS[1]:
        mistakes.append(
            f"a scaling speed of {scaling_speed:g} is not between {SCALING_SPEEDS[0]:g} and {SCALING_SPEEDS[1]:g}"
        )
    for zone in without_zones:
        if region_of_zone(zone) not in known_regions():
            mistakes.append(f"{zone!r} is not an availability zone of a region that AWS has")
    if mistakes:
        raise BadInputError(
            "; ".join(mistakes),
            remedy="Give a port like 5000, a region like us-east-1, a zone like us-east-1f, a speed like 30.",
        )


def _import_path() -> str:
    """Return a PYTHONPATH under which the child finds this package, installed or not."""
    here = str(Path(__file__).resolve().parents[3])
    return os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))


def _end(process: subprocess.Popen[str]) -> None:
    """Close the child's standard input, which ends it; kill it if it lingers."""
    assert process.stdin is not None  # noqa: S101 - the pipes were asked for
    assert process.stdout is not None  # noqa: S101
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
