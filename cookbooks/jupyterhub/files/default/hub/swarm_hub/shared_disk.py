"""How full the shared file system is, and whether it answers at all.

A network file system that is away does not fail: calls hang. So a thread of its own asks, again and again, and
everyone else only reads what it last heard.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from swarm_hub.admission import Disk

# EFS says that it has 8 EiB: a size that says nothing.
ELASTIC = 1 << 50
PROBE_SECONDS = 5.0
STALE_SECONDS = 20.0


def measure(folder: Path) -> Disk:
    """Ask the file system; an elastic one has no capacity. Raises OSError when there is none."""
    answer = os.statvfs(folder)
    capacity = answer.f_blocks * answer.f_frsize
    used = (answer.f_blocks - answer.f_bfree) * answer.f_frsize
    if capacity < ELASTIC:
        # What is reserved for root is not to be had: as `df` counts.
        return Disk(answers=True, used=used, capacity=used + answer.f_bavail * answer.f_frsize)
    return Disk(answers=True, used=used)


def against_quotas(disk: Disk, *, users: int, quota: int, stored: int) -> Disk:
    """Return an elastic disk with what ``users`` have stored and may store; any other as it is.

    ``users`` are all who have files, not those who work at once: most of the files are of people who are away.
    """
    return disk if disk.capacity else replace(disk, stored=stored, allowed=users * quota)


class SharedDisk:
    """The last known state of the file system that ``folder`` lies on."""

    def __init__(
        self,
        folder: Path,
        *,
        probe_seconds: float = PROBE_SECONDS,
        stale_seconds: float = STALE_SECONDS,
        probe: Callable[[Path], Disk] = measure,
    ) -> None:
        self._folder = folder
        self._probe_seconds = probe_seconds
        self._stale_seconds = stale_seconds
        self._probe = probe
        self._state = Disk(answers=False)
        self._heard = float("-inf")
        self._stop = threading.Event()
        self._first = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="shared-disk", daemon=True)

    def start(self, patience: float = 2.0) -> None:
        """Start asking; return after the first answer, or after ``patience`` seconds without one."""
        self._thread.start()
        self._first.wait(patience)

    def stop(self, patience: float = 2.0) -> None:
        """Stop asking; return once the last question is answered, or after ``patience`` seconds."""
        self._stop.set()
        self._thread.join(patience)

    def state(self) -> Disk:
        """Return the last answer; one that does not answer when the last is too old."""
        if time.monotonic() - self._heard > self._stale_seconds:
            return Disk(answers=False)
        return self._state

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._state = self._probe(self._folder)
            except OSError:
                self._state = Disk(answers=False)
            self._heard = time.monotonic()
            self._first.set()
            self._stop.wait(self._probe_seconds)
