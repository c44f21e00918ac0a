#!/usr/local/lib/aws-cli/bin/python
"""Ships the machine's journal to the deployment's log group, so that logs outlive the machine.

Every image holds it; the machine's settings name region and group. It remembers how far it has come and goes on from
there after a restart, a reboot or an outage of AWS. What it has sent twice because an answer was lost stays there twice.
"""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("ship-journal")

SETTINGS = (Path("/etc/jupyterhub-lab/instance.json"), Path("/etc/chef-hub/contract.json"))
CURSOR = Path("/var/lib/ship-journal/cursor")
# With --all, since journalctl leaves out texts above 4 KB from JSON otherwise
JOURNAL = ("journalctl", "--output=json", "--all", "--no-pager", "--quiet")
METADATA = "http://169.254.169.254/latest"
# Seconds between two rounds: when all is well, and at most when AWS refuses
EVERY, LONGEST_PAUSE = 10.0, 300.0
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MOST_EVENTS, MOST_BYTES, EVENT_OVERHEAD, LONGEST_SPAN_MS = 10_000, 1_048_576, 26, 86_400_000
LONGEST_TEXT = 200_000  # bytes of one entry


class ShippingError(Exception):
    """A round ended early; the message says why. The next one begins where it ended."""


@dataclass(frozen=True)
class Place:
    """Where the journal goes."""

    region: str
    group: str
    kind: str


@dataclass
class Batch:
    """Events for one call of PutLogEvents, and the cursor of the last one."""

    events: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0
    cursor: str = ""

    def takes(self, event: dict[str, Any], size: int) -> bool:
        """Tell whether the event fits as well."""
        if not self.events:
            return True
        times = [event["timestamp"], self.events[0]["timestamp"], self.events[-1]["timestamp"]]
        return (
            len(self.events) < MOST_EVENTS
            and self.size + size <= MOST_BYTES
            and max(times) - min(times) < LONGEST_SPAN_MS
        )


def find_place(files: Sequence[Path] = SETTINGS) -> Place | None:
    """Return what the machine's settings say, None as long as there are none. ``group`` may be empty."""
    for file in files:
        try:
            settings = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # not there, or just being written
            continue
        settings = settings.get("chef_hub", {"node_kind": "lab", **settings})
        kind = str(settings["node_kind"]).replace("_", "-")
        return Place(region=settings["region"], group=settings.get("log_group") or "", kind=kind)
    return None


def instance_id(endpoint: str = METADATA) -> str:
    """Return this instance's id (IMDSv2)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    header = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    asking = urllib.request.Request(f"{endpoint}/api/token", method="PUT", headers=header)  # noqa: S310
    try:
        with opener.open(asking, timeout=5) as answer:
            token = answer.read().decode()
        asking = urllib.request.Request(  # noqa: S310
            f"{endpoint}/meta-data/instance-id", headers={"X-aws-ec2-metadata-token": token}
        )
        with opener.open(asking, timeout=5) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.URLError) as error:
        raise ShippingError(f"the instance metadata service does not answer: {error}") from error


def connect(region: str) -> Any:
    """Return a client of CloudWatch Logs with bounded calls."""
    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
    return botocore.session.get_session().create_client("logs", region_name=region, config=config)


class Shipper:
    """One machine's journal and the log stream that it goes to."""

    def __init__(
        self, client: Any, group: str, stream: str, *, cursor: Path = CURSOR, journal: Sequence[str] = JOURNAL
    ) -> None:
        self._client = client
        self._where = {"logGroupName": group, "logStreamName": stream}
        self._cursor = cursor
        self._journal = list(journal)

    def ship(self) -> int:
        """Send what is new and return how many entries that was; raise ShippingError when something is in the way."""
        sent, batch = 0, Batch()
        for entry in self._entries():
            event = _event(entry)
            size = len(event["message"].encode()) + EVENT_OVERHEAD
            if not batch.takes(event, size):
                sent += self._send(batch)
                batch = Batch()
            batch.events.append(event)
            batch.size += size
            batch.cursor = entry["__CURSOR"]
        return sent + self._send(batch) if batch.events else sent

    def _entries(self) -> Iterator[dict[str, Any]]:
        after = self._cursor.read_text(encoding="utf-8").strip() if self._cursor.exists() else ""
        command = [*self._journal, *([f"--after-cursor={after}"] if after else [])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as journal:
            try:
                for line in journal.stdout or ():
                    yield json.loads(line)
                complaint = journal.stderr.read().decode("utf-8", "replace").strip() if journal.stderr else ""
                journal.wait(timeout=30)
            finally:
                journal.kill()  # when it is in the middle, because AWS has refused something
        if journal.returncode != 0:
            self._cursor.unlink(missing_ok=True)  # one that this journal does not know
            raise ShippingError(f"journalctl: {complaint or f'exit code {journal.returncode}'}")

    def _send(self, batch: Batch) -> int:
        events = sorted(batch.events, key=lambda event: event["timestamp"])  # as AWS demands
        try:
            try:
                answer = self._client.put_log_events(**self._where, logEvents=events)
            except self._client.exceptions.ResourceNotFoundException:
                self._make_stream()
                answer = self._client.put_log_events(**self._where, logEvents=events)
        except (BotoCoreError, ClientError) as error:
            raise ShippingError(f"CloudWatch Logs does not take the journal: {error}") from error
        refused = answer.get("rejectedLogEventsInfo")
        if refused:
            log.warning("CloudWatch Logs left out entries that are too old or too new: %s", refused)
        self._cursor.parent.mkdir(parents=True, exist_ok=True)
        new = self._cursor.with_suffix(".new")
        new.write_text(batch.cursor, encoding="utf-8")
        new.replace(self._cursor)
        return len(events)

    def _make_stream(self) -> None:
        with contextlib.suppress(self._client.exceptions.ResourceAlreadyExistsException):
            self._client.create_log_stream(**self._where)


def _event(entry: dict[str, Any]) -> dict[str, Any]:
    text = entry.get("MESSAGE") or ""
    if isinstance(text, list):  # bytes that are not UTF-8; or one entry with several texts
        text = (
            bytes(text).decode("utf-8", "replace")
            if all(isinstance(one, int) for one in text)
            else " ".join(text)
        )
    who = entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or "?"
    pid = f"[{entry['_PID']}]" if entry.get("_PID") else ""
    message = f"{who}{pid}: {text}".encode()[:LONGEST_TEXT].decode("utf-8", "ignore")
    return {"timestamp": int(entry["__REALTIME_TIMESTAMP"]) // 1000, "message": message}


def run(ship: Callable[[], int], stopping: threading.Event, *, every: float = EVERY) -> None:
    """Ship again and again; once more after ``stopping`` is set, for the machine's last words."""
    pause = every
    while True:
        last = stopping.is_set()
        try:
            ship()
            pause = every
        except ShippingError as error:
            pause = min(pause * 2, LONGEST_PAUSE)
            log.error("%s; next attempt in %.0f s", error, pause)
        if last:
            return
        stopping.wait(pause)


def main() -> int:
    """Wait for the first boot to write the settings, then ship until the machine goes down."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s", stream=sys.stderr)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while (place := find_place()) is None:
        if stopping.wait(5):
            return 0
    if not place.group:
        log.info("the deployment has no log group: logs stay on this machine")
        return 0
    shipper: list[Shipper] = []

    def ship() -> int:
        if not shipper:
            stream = f"{place.kind}-{instance_id()}"
            log.info("shipping the journal to %s, stream %s", place.group, stream)
            shipper.append(Shipper(connect(place.region), place.group, stream))
        return shipper[0].ship()

    run(ship, stopping)
    return 0


if __name__ == "__main__":
    sys.exit(main())
