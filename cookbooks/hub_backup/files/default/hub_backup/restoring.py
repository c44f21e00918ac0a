"""Restore: give a new leader what it lacks, from the newest copy that is whole."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path

from hub_backup.sealing import published_key, unpacked, unseal
from hub_backup.settings import DATABASE, BackupError, Settings, copies, log, need_mount, write


def restore(settings: Settings) -> None:
    """Give back what is lacking; raise BackupError when there are copies and none can be used."""
    need_mount(settings)
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = lacking(settings)
    if wanted and copies(settings):
        key = published_key(settings)
        if key is None:
            raise BackupError(
                f"there are backups in {settings.folder}, but no key at {settings.key_parameter} to open them. Put the key "
                "back, or move the folder away to start as a new hub"
            )
        path, parts = newest_whole(settings, key)
        log(f"giving back {', '.join(sorted(wanted))} from {path}")
        give_back(settings, wanted, parts)
    else:
        log("nothing to give back: " + ("there are no backups" if wanted else "this leader has everything"))
    write(settings.state / "settled", b"")


def lacking(settings: Settings) -> set[str]:
    """Return what this leader does not have: only that is given back."""
    found = set()
    if not settings.database.exists():
        found.add("database")
    if not settings.secrets.exists():
        found.add("secrets")
    if not (settings.swarm / "docker-state.json").exists():
        found.add("swarm")
    return found


def newest_whole(settings: Settings, key: str) -> tuple[Path, dict[str, bytes]]:
    """Return the newest copy that can be opened, with its parts."""
    for path in copies(settings):
        try:
            parts = unpacked(unseal(key, path.read_bytes()))
            if "database" in parts:
                check_database(parts["database"], settings)
            return path, parts
        except (BackupError, OSError, ValueError, KeyError, tarfile.TarError, sqlite3.Error) as problem:
            log(f"{path} cannot be used, looking at the one before it: {problem}")
    raise BackupError(
        f"none of the {len(copies(settings))} copies in {settings.folder} can be used. To start as a new hub without users' "
        f"tokens, groups and running servers, move the folder away and converge again"
    )


def check_database(content: bytes, settings: Settings) -> None:
    """Raise BackupError when SQLite finds a database damaged."""
    with tempfile.TemporaryDirectory(dir=settings.state) as work:
        copy = Path(work) / DATABASE
        copy.write_bytes(content)
        with contextlib.closing(sqlite3.connect(copy)) as database:
            answer = database.execute("PRAGMA integrity_check").fetchone()[0]
    if answer != "ok":
        raise BackupError(f"SQLite finds its database damaged: {answer}")


def give_back(settings: Settings, wanted: set[str], parts: dict[str, bytes]) -> None:
    """Put the wanted parts where hub and engine look for them."""
    if "secrets" in wanted and "secrets" in parts:
        settings.secrets.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        write(settings.secrets, parts["secrets"])
    if "swarm" in wanted:
        give_back_swarm(
            settings, {k.partition("/")[2]: v for k, v in parts.items() if k.startswith("swarm/")}
        )
    if "database" in wanted and "database" in parts:
        settings.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(settings.database, parts["database"])


def give_back_swarm(settings: Settings, files: dict[str, bytes]) -> None:
    """Replace the state of the Swarm whole, with the engine stopped."""
    if not files:
        return
    # The engine reads the state when it starts, and writes over it while it runs.
    stop_engine()
    new = settings.swarm.with_name(f".{settings.swarm.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    for name, content in files.items():
        target = new / name
        if new.resolve() not in target.resolve().parents:
            raise BackupError(f"{name} leads out of the Swarm's folder")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(target, content)
    shutil.rmtree(settings.swarm, ignore_errors=True)
    new.replace(settings.swarm)
    # Until it leads: a state that the engine refuses must not keep the hub away for ever.
    write(settings.state / "swarm-restored", b"")


def stop_engine() -> None:
    """Stop Docker and its socket, where systemd runs."""
    if shutil.which("systemctl") is None:
        return
    for unit in ("docker.socket", "docker.service"):
        active = (
            subprocess.run(["systemctl", "is-active", "--quiet", unit], timeout=60, check=False).returncode
            == 0
        )
        if active:
            subprocess.run(["systemctl", "stop", unit], timeout=300, check=True)
