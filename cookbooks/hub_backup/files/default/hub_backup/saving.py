"""Save: gather the parts while hub and engine run, seal them, read the copy back, and delete what is too old."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from hub_backup.sealing import digest, packed, saving_key, seal, unpacked, unseal
from hub_backup.settings import KINDS, BackupError, Settings, copies, log, need_mount, write

# What names a Swarm's manager. Not `worker`: the tasks of this node, in a file that cannot be copied while it is written.
SWARM_PARTS = ("certificates", "docker-state.json", "state.json", "raft")


def save(settings: Settings, kind: str) -> None:
    """Make a copy, unless nothing has changed since the last and ``kind`` is ``recent``."""
    need_mount(settings)
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = gather(settings)
    if "database" not in parts and "secrets" not in parts:
        log("there is nothing to save yet")
        return
    key = saving_key(settings, kind)
    known = settings.state / "saved"
    content = digest(json.dumps({name: digest(part) for name, part in sorted(parts.items())}).encode())
    newest = copies(settings)
    if kind == "recent" and newest and known.exists() and known.read_text(encoding="ascii") == content:
        os.utime(known)
        return
    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.folder.chmod(0o700)
    target = settings.folder / f"{when}.{kind}.backup"
    write(target, seal(key, packed(parts, when)))
    unpacked(unseal(key, target.read_bytes()))  # read back as a new leader would
    prune(settings)
    write(known, content.encode("ascii"))
    if kind != "recent":
        log(f"saved {', '.join(sorted({name.partition('/')[0] for name in parts}))} as {target}")


def gather(settings: Settings) -> dict[str, bytes]:
    """All that a copy holds, by name."""
    with tempfile.TemporaryDirectory(dir=settings.state) as work:
        database = database_copy(settings.database, Path(work))
    made = secret_lines(settings)
    # The Swarm after the database: a server that the database knows is then in the Swarm too.
    parts = {f"swarm/{name}": content for name, content in swarm_files(settings.swarm).items()}
    if database is not None:
        parts["database"] = database
    if made:
        parts["secrets"] = made
    return parts


def database_copy(source: Path, work: Path) -> bytes | None:
    """Return a consistent copy by SQLite's online backup, also while the hub writes; None where there is no database."""
    if not source.exists():
        return None
    copy = work / "copy.sqlite"
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as live,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        live.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    return copy.read_bytes()


def secret_lines(settings: Settings) -> bytes | None:
    """Return the secrets that the leader made; those of the login come from SSM again."""
    if not settings.secrets.exists():
        return None
    lines = settings.secrets.read_text(encoding="utf-8").splitlines()
    return "".join(f"{line}\n" for line in lines if line.partition("=")[0] in settings.generated).encode()


def swarm_files(folder: Path) -> dict[str, bytes]:
    """Return the manager's state by path.

    Snapshots before the log: a log that is newer than its snapshot is read on, not the reverse.
    """
    if not (folder / "docker-state.json").exists():
        return {}
    for _ in range(5):
        before = swarm_paths(folder)
        try:
            found = {path: (folder / path).read_bytes() for path in before}
        except FileNotFoundError:
            continue  # a new snapshot has replaced an old one: once more
        if swarm_paths(folder) == before:
            return found
    raise BackupError(f"{folder} changes too fast to be copied")


def swarm_paths(folder: Path) -> list[str]:
    """Return the files of the state, relative to the folder, the log last."""
    found = []
    for part in SWARM_PARTS:
        top = folder / part
        files = [top] if top.is_file() else top.rglob("*")
        found += [
            str(file.relative_to(folder))
            for file in files
            if file.is_file() and not file.name.endswith(".tmp")
        ]
    return sorted(found, key=lambda name: ("/wal" in name, name))


def prune(settings: Settings) -> None:
    """Delete what is more than the kept number of each kind, and what a killed run has left."""
    for kind, kept in KINDS.items():
        for old in [path for path in copies(settings) if path.name.endswith(f".{kind}.backup")][kept:]:
            old.unlink()
    for left in settings.folder.glob(".*.new"):
        if time.time() - left.stat().st_mtime > 3600:
            left.unlink()
