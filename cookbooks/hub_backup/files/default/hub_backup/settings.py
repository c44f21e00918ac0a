"""Where things lie on the leader, from the environment that the units give; the copies, and files replaced whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

KINDS = {"recent": 5, "nightly": 14, "stop": 3}  # how many copies of each are kept
NAME = re.compile(r"^(\d{8}T\d{6}Z)\.(recent|nightly|stop)\.backup$")
DATABASE = "jupyterhub.sqlite"
CALL_SECONDS = 30


class BackupError(Exception):
    """Something is wrong; the message says what, and never holds a secret."""


def log(text: str) -> None:
    """Say something to the journal."""
    print(f"hub-backup: {text}", file=sys.stderr, flush=True)


class Settings:
    """Places and names, from the environment that the unit gives."""

    def __init__(self) -> None:
        wanted = (
            "AWS_REGION", "CHEF_HUB_PREFIX", "BACKUP_FOLDER", "BACKUP_STATE", "HUB_STATE", "HUB_SECRETS",
            "HUB_GENERATED", "SWARM_FOLDER",
        )  # fmt: skip
        missing = [name for name in wanted if not os.environ.get(name)]
        if missing:
            raise BackupError(
                f"{', '.join(missing)} not set: run it as its units do (systemctl cat chef-hub-backup)"
            )
        self.region = os.environ["AWS_REGION"]
        self.key_parameter = f"{os.environ['CHEF_HUB_PREFIX']}/hub_leader/backup-key"
        self.folder = Path(os.environ["BACKUP_FOLDER"])
        self.state = Path(os.environ["BACKUP_STATE"])
        self.database = Path(os.environ["HUB_STATE"]) / DATABASE
        self.secrets = Path(os.environ["HUB_SECRETS"])
        self.generated = set(os.environ["HUB_GENERATED"].split(","))
        self.swarm = Path(os.environ["SWARM_FOLDER"])
        self.mount_point = os.environ.get("MOUNT_POINT", "")


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
