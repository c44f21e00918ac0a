"""A user's own directory on the shared file system: made at the first start, closed to everybody else."""

from __future__ import annotations

import os
from pathlib import Path

from swarm_hub.names import directory_name

# User and group of the notebook's process, as in the images of Jupyter's docker-stacks.
NOTEBOOK_UID = 1000
NOTEBOOK_GID = 100
OWN = 0o700


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
