"""Temporary folders for what must not outlive a command, such as copies of a state, which hold secrets.

A folder goes with its block, also when a signal arrives while it is being deleted. What a killed run left is deleted by the
next one.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from hubctl.core.errors import HubctlError

PREFIX = "hubctl-private-"
# What Terraform leaves where it runs when it cannot store the state: the only copy there is.
UNSTORED = "errored.tfstate"
_NEW = 60.0  # seconds in which a folder may not be locked yet by the run that makes it
_left: set[Path] = set()


@contextmanager
def private_folder(purpose: str) -> Iterator[Path]:
    """Give a folder for its owner alone, named after ``purpose``; it goes with the block.

    Raises HubctlError when none can be made.
    """
    _sweep()
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{purpose}-"))
    except OSError as error:
        place = f" at {error.filename}" if error.filename else ""
        raise HubctlError(
            f"no temporary folder can be made{place}: {error.strerror or error}",
            remedy="Make room there, or name a folder that can be written to with the variable TMPDIR.",
        ) from error
    _left.add(folder)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        _delete(folder)
        os.close(lock)


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _left.discard(folder)


@atexit.register
def _delete_left() -> None:
    """Delete what a signal in the midst of the deletion has left."""
    for folder in list(_left):
        _delete(folder)


def _sweep() -> None:
    """Delete the folders of runs that were killed; one that holds a state nowhere else stays."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        status = folder.lstat()
        if not folder.is_dir() or folder.is_symlink() or status.st_uid != os.getuid():
            return False
        if time.time() - status.st_ctime < _NEW:
            return False
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(lock)
    except OSError:
        return False  # in use, or gone
    # Only now: one that is in use need not be searched.
    return not any(folder.rglob(UNSTORED)) and not _is_worked_in(folder)


def _is_worked_in(folder: Path) -> bool:
    """Tell whether a program of the killed run lives on there, such as Terraform in the midst of a destroy."""
    inside = Path(os.path.realpath(folder))
    places = (
        process.info["cwd"] for process in psutil.process_iter(["cwd"])
    )  # None where it may not be read
    return any(place and Path(place).is_relative_to(inside) for place in places)
