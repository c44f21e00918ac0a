"""Where things lie on the leader, from the environment that the units give, and how the program speaks."""

from __future__ import annotations

import os
import re
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
