"""The control group of a host's containers: a host of a trial gets its share of the processors, as a machine has its own.

By itself Docker puts the containers of all hosts into one group, which the kernel serves as if it were a single process of the
machine: on a busy one the hub, its proxy and all notebook servers together would get what one command line gets.
"""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
TRIALS = "hubctl-trial"
# What the containers of all hosts get together, where another process of the machine gets 1.
SHARE = 8
END_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class ControlGroup:
    """The group of one host, whose name no other host of the machine has."""

    name: str
    root: Path = ROOT

    @property
    def option(self) -> str:
        """What the host's engine is started with, so that its containers are in the group."""
        return f"--cgroup-parent=/{TRIALS}/{self.name}"

    def create(self) -> None:
        """Create the group, and give the hosts together their share. Where the kernel refuses, the host is slower, no more."""
        with contextlib.suppress(OSError):
            if (self.root / "cgroup.controllers").exists():  # version 2
                (self.root / "cgroup.subtree_control").write_text("+cpu", encoding="utf-8")
                controller, file, usual = self.root, "cpu.weight", 100
            else:
                controller, file, usual = self.root / "cpu", "cpu.shares", 1024
            (controller / TRIALS).mkdir(exist_ok=True)
            (controller / TRIALS / file).write_text(str(usual * SHARE), encoding="utf-8")
            (controller / TRIALS / self.name).mkdir(exist_ok=True)

    def delete(self) -> None:
        """Delete the group and those of its containers, which outlive a kill; those of processes that still end stay."""
        deadline = time.monotonic() + END_SECONDS
        trials = left = [self.root / TRIALS, *self.root.glob(f"*/{TRIALS}")]
        while (left := [folder for folder in left if self._left_in(folder)]) and time.monotonic() < deadline:
            time.sleep(0.05)
        for folder in trials:
            with contextlib.suppress(OSError):
                folder.rmdir()  # unless other hosts run

    def _left_in(self, trials: Path) -> bool:
        """Delete what can be deleted of the group in one controller, the innermost first; return whether something is left."""
        own = trials / self.name
        for group in (*sorted(own.rglob("*/"), key=lambda one: len(one.parts), reverse=True), own):
            with contextlib.suppress(OSError):
                group.rmdir()
        return own.exists()
