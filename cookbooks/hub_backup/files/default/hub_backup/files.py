"""The copies on the shared files, and files that are replaced whole."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from hub_backup.settings import CALL_SECONDS, NAME, BackupError, Settings


def write(path: Path, content: bytes) -> None:
    """Replace a file whole, readable for root only, and have it on the disk before it gets its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def copies(settings: Settings) -> list[Path]:
    """Return the copies, the newest first."""
    if not settings.folder.is_dir():
        return []
    return sorted((path for path in settings.folder.iterdir() if NAME.match(path.name)), reverse=True)


def need_mount(settings: Settings) -> None:
    """Raise BackupError where the shared files are not mounted: a copy on the root disk would die with the leader."""
    if settings.mount_point and not mounted(settings.mount_point):
        raise BackupError(
            f"the shared files are not mounted at {settings.mount_point}: systemctl status chef-hub-efs"
        )


def mounted(path: str) -> bool:
    """Return whether a file system is mounted just there."""
    command = ["findmnt", "--noheadings", "--mountpoint", path]
    return (
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=CALL_SECONDS, check=False).returncode == 0
    )
