"""Starts a unit's program again and again, as its systemd timer does that counts uptime.

``python -m hubctl.trial.lab.timer SECONDS UNIT_FILE``. A run begins every so many seconds after the one before began; one that
takes longer delays the next.
"""

import subprocess
import sys
import time
from pathlib import Path

from hubctl.trial.hosts.systemd_service import prepare


def repeat(seconds: float, unit: Path) -> None:
    """Run the unit's program for ever; what it exits with is its own business."""
    due = time.monotonic()
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic() - seconds) + seconds
        try:
            start = prepare(unit)
            subprocess.run(
                start.command, env=start.variables, cwd=start.folder, umask=start.umask, check=False
            )
        except OSError as error:  # such as a file that the unit names and that is not there yet
            print(f"{unit.name} was not started: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    repeat(float(sys.argv[1]), Path(sys.argv[2]))
