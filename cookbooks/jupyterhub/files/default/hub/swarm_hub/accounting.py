"""How much disk each user's directory takes: counted in the background, kept in a file across restarts.

A network file system without quotas of its own has to be walked. One thread walks one directory at a time, so
that counting never competes with the users' own work for long.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("swarm_hub.accounting")


def directory_size(directory: Path) -> int:
    """Return the bytes that a directory's files occupy; links count as themselves, a file with two names once."""
    total = 0
    seen: set[tuple[int, int]] = set()
    pending = [directory]
    while pending:
        try:
            entries = list(os.scandir(pending.pop()))
        except (FileNotFoundError, NotADirectoryError, PermissionError):  # it changed meanwhile, or is closed
            continue
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
            total += status.st_blocks * 512
            if entry.is_dir(follow_symlinks=False):
                pending.append(Path(entry.path))
    return total


class Accounting:
    """The last counts, by directory name, and the thread that renews them."""

    def __init__(
        self, users_folder: Path, file: Path, *, size: Callable[[Path], int] = directory_size
    ) -> None:
        self._users_folder = users_folder
        self._file = file
        self._size = size
        self._counts: dict[str, int] = _load(file)
        self._counted: dict[str, float] = {}
        self._wanted: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._queued: set[str] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="accounting", daemon=True)

    def start(self) -> None:
        """Start counting what is asked for."""
        self._thread.start()

    def stop(self, patience: float = 2.0) -> None:
        """Count no more; return once the count that runs is done, or after ``patience`` seconds."""
        self._wanted.put(None)
        self._thread.join(patience)

    def used(self, name: str) -> int:
        """Return the bytes last counted in a directory, 0 when it was never counted."""
        return self._counts.get(name, 0)

    def counts(self) -> dict[str, int]:
        """Return all last counts, in bytes."""
        return dict(self._counts)

    def recount(self, name: str) -> None:
        """Ask for a new count of a directory; returns at once."""
        with self._lock:
            if name in self._queued:
                return
            self._queued.add(name)
        self._wanted.put(name)

    def recount_if_older(self, name: str, seconds: float) -> None:
        """Ask for a new count unless the last is at most so many seconds old."""
        if time.monotonic() - self._counted.get(name, float("-inf")) > seconds:
            self.recount(name)

    def _work(self) -> None:
        while (name := self._wanted.get()) is not None:
            with self._lock:
                self._queued.discard(name)
            began = time.monotonic()
            try:
                size = self._size(self._users_folder / name)
                self._counts[name] = size
                self._counted[name] = time.monotonic()
                _save(self._file, self._counts)
            except OSError as error:
                log.warning("cannot count %s: %s", name, error)
                continue
            log.debug("%s takes %d bytes, counted in %.1f s", name, size, time.monotonic() - began)


def _load(file: Path) -> dict[str, int]:
    try:
        counts = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): int(size) for name, size in counts.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError) as error:
        log.warning("%s cannot be read (%s): counting anew", file, error)
        return {}


def _save(file: Path, counts: dict[str, int]) -> None:
    new = file.with_suffix(".new")
    new.write_text(json.dumps(counts, sort_keys=True), encoding="utf-8")
    new.replace(file)
