"""The commands of hub-backup."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

from hub_backup.restoring import restore
from hub_backup.saving import save
from hub_backup.settings import KINDS, BackupError, Settings, copies, log

USAGE = """\
hub-backup save recent|nightly|stop   database, secrets and Swarm state into one sealed file on the shared files
hub-backup restore                    what a new leader lacks, from the newest copy that is whole
hub-backup list                       the copies, the newest first"""


def show(settings: Settings) -> None:
    """Print the copies: when, which kind, bytes, file."""
    for path in copies(settings):
        when, kind, _ = path.name.split(".")
        print(f"{when}  {kind:8}  {path.stat().st_size:>10}  {path}")


def main(words: list[str]) -> int:
    """Run one command; return 0, 1 after an error that the log names, or 2 for bad use."""
    os.umask(0o077)
    try:
        settings = Settings()
        if words[:1] == ["save"] and len(words) == 2 and words[1] in KINDS:
            save(settings, words[1])
        elif words == ["restore"]:
            restore(settings)
        elif words == ["list"]:
            show(settings)
        else:
            print(USAGE, file=sys.stderr)
            return 2
    except (BackupError, OSError, sqlite3.Error, subprocess.SubprocessError) as problem:
        log(f"error: {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
