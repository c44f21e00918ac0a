"""Users' files: each user's own directory, and how full the file system with all of them is.

A directory is made at the first start, and closed to everybody else. A network file system that is away does not fail:
calls hang. So one thread asks how full it is, again and again, and all others only read its last answer.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hub_common.admission import Disk
from hub_common.names import directory_name

# Where a notebook server sees its user's directory.
HOME = "/home/jovyan"
# User and group of the notebook's process, as in the images of Jupyter's docker-stacks.
NOTEBOOK_UID = 1000
NOTEBOOK_GID = 100
OWN = 0o700
# EFS says that it has 8 EiB: a size that says nothing.
ELASTIC = 1 << 50
PROBE_SECONDS = 5.0
STALE_SECONDS = 20.0


def datasets_folder(shared_folder: Path) -> Path:
    """Return where the data sets are that all users read and administrators write."""
    return shared_folder / "datasets"


def make_datasets(folder: Path) -> None:
    """Make the folder of the data sets unless it is there; a server whose mount has no source cannot start."""
    folder.mkdir(mode=0o755, exist_ok=True)


def user_directory(users_folder: Path, user_name: str) -> Path:
    """Return where the user's files are."""
    return users_folder / directory_name(user_name)


def make_user_directory(users_folder: Path, user_name: str) -> Path:
    """Make the directory unless it is there, for the notebook's user alone; return its path.

    A directory that exists keeps its content; only its owner and mode are put right. Raises OSError when the
    file system refuses, FileNotFoundError when ``users_folder`` is not there, so that the file system is not
    mounted, and NotADirectoryError when something else, such as a symbolic link, stands in its place.
    """
    directory = user_directory(users_folder, user_name)
    directory.mkdir(mode=OWN, exist_ok=True)
    # Opened without following links: the owner and mode of nothing else are ever changed.
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(handle)
        if (status.st_uid, status.st_gid) != (NOTEBOOK_UID, NOTEBOOK_GID) and os.geteuid() == 0:
            os.fchown(handle, NOTEBOOK_UID, NOTEBOOK_GID)
        if status.st_mode & 0o777 != OWN:
            os.fchmod(handle, OWN)
    finally:
        os.close(handle)
    return directory


def measure(folder: Path) -> Disk:
    """Ask the file system; an elastic one has no capacity. Raises OSError when it does not answer."""
    answer = os.statvfs(folder)
    capacity = answer.f_blocks * answer.f_frsize
    used = (answer.f_blocks - answer.f_bfree) * answer.f_frsize
    if capacity < ELASTIC:
        # Without what is reserved for root, as `df` counts.
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
