"""Repeats a program as a systemd timer does that counts uptime: ``python -m hubctl.local_lab.timer SECONDS COMMAND...``.

A run begins every so many seconds after the one before began; one that takes longer delays the next.
"""

import subprocess
import sys
import time


def repeat(seconds: float, command: list[str]) -> None:
    """Run the command again and again; what it exits with is its own business."""
    due = time.monotonic()
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic() - seconds) + seconds
        subprocess.run(command, check=False)


if __name__ == "__main__":
    repeat(float(sys.argv[1]), sys.argv[2:])
