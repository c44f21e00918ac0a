"""Which processes descend from which: from /proc where there is one, else from ``ps``."""

import contextlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ProcessEntry:
    """A process's parent, and whether it only waits for that parent to notice that it has ended.

    ``started`` tells it from an older process of the same id; empty where that cannot be had cheaply.
    """

    parent: int
    ended: bool
    started: str = ""


def process_table() -> dict[int, ProcessEntry]:
    """Return all processes of this machine by id."""
    return _from_proc() if Path("/proc/self/stat").exists() else _from_ps()


class Family:
    """A process that this one started and everything that ever descended from it, as far as was seen.

    A program whose parent has ended is no longer found as a descendant: call :meth:`grow` now and then while
    the first process runs.
    """

    def __init__(self, ancestor: int) -> None:
        self._members: dict[int, str] = {}
        table = process_table()
        if ancestor in table:
            self._members[ancestor] = table[ancestor].started

    def grow(self) -> None:
        """Take note of the descendants that run now."""
        table = process_table()
        level = self._alive(table)
        while level:
            level = {pid for pid, entry in table.items() if entry.parent in level} - self._members.keys()
            self._members.update({pid: table[pid].started for pid in level})

    def alive(self) -> set[int]:
        """Return the members that still run."""
        return self._alive(process_table())

    def send(self, number: int) -> None:
        """Send a signal to every member that still runs."""
        for pid in self.alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _alive(self, table: Mapping[int, ProcessEntry]) -> set[int]:
        return {
            pid
            for pid, started in self._members.items()
            if pid in table and not table[pid].ended and table[pid].started == started
        }


def _from_proc() -> dict[int, ProcessEntry]:
    table = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The program's name stands in parentheses and may itself hold spaces and parentheses.
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            table[int(folder.name)] = ProcessEntry(
                parent=int(fields[1]), ended=fields[0] in "ZX", started=fields[19]
            )
    return table


def _from_ps() -> dict[int, ProcessEntry]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    rows = [line.split() for line in listing.stdout.splitlines()]
    return {int(row[0]): ProcessEntry(parent=int(row[1]), ended=row[2].startswith("Z")) for row in rows}
