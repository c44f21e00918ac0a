"""What processes use: processor time and memory, from /proc."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Use:
    """``seconds`` of processor time so far, those for which they could run and others did, and ``megabytes`` of memory now."""

    seconds: float
    megabytes: float
    waited: float = 0.0


def use_of(pids: Iterable[int]) -> Use:
    """Return what these processes use together; those that have ended use nothing."""
    seconds = megabytes = waited = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
        seconds += (int(fields[11]) + int(fields[12])) / TICKS
        megabytes += pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        waited += _waited(pid)
    return Use(seconds=seconds, megabytes=megabytes, waited=waited)


def _waited(pid: int) -> float:
    """Return how long the main thread was kept from running by others: https://docs.kernel.org/scheduler/sched-stats.html"""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):  # a kernel without it
        return 0.0


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that come from it: of a hub, its helpers."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # it has ended
            continue
        for child in children:
            yield from family(int(child))
