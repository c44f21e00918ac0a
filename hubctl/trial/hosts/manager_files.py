"""What the manager of a trial writes down: its process, its log, and how to use the trial while it is up.

A manager is the process that holds a trial which outlives the command that started it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.trial.hosts.host import start_ticks


@dataclass(frozen=True, kw_only=True)
class ManagerFiles:
    """The files of a manager in the folder ``state``."""

    state: Path

    @property
    def log(self) -> Path:
        """What it says."""
        return self.state / "manager.log"

    @property
    def process(self) -> Path:
        """Its process id, and when that started."""
        return self.state / "manager.pid"

    @property
    def cluster(self) -> Path:
        """How to use the trial; it exists while the trial is up."""
        return self.state / "cluster.json"

    @property
    def certificate(self) -> Path:
        """The certificate that browsers are shown, in PEM, readable by all users."""
        return self.state / "certificate.pem"

    def running(self) -> int | None:
        """Return the manager's process id, None when there is none."""
        try:
            pid, since = self.process.read_text(encoding="utf-8").split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if start_ticks(int(pid)) == since else None

    def description(self) -> dict[str, Any] | None:
        """Return what cluster.json says, None when no trial is up."""
        if self.running() is None or not self.cluster.exists():
            return None
        found: dict[str, Any] = json.loads(self.cluster.read_text(encoding="utf-8"))
        return found

    def last_line(self) -> str:
        """Return what the manager said last."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return text.splitlines()[-1] if text else "nothing said yet"
