"""What a run leaves for the next one, below /run: gone at a reboot, like the machine's uptime that it counts in.

Durations are taken from the uptime, which no correction of the clock changes.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

STEP_SECONDS = 30.0  # more than chrony slews in a minute


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Wall clock (seconds since the epoch) and uptime (seconds since boot), read together."""

    wall: float
    uptime: float

    @classmethod
    def now(cls) -> "Moment":
        """Read both clocks."""
        return cls(wall=time.time(), uptime=time.clock_gettime(time.CLOCK_BOOTTIME))


@dataclass(frozen=True, kw_only=True)
class Report:
    """What this instance last wrote about itself into SSM, at which uptime; ``since`` is the wall clock's."""

    uptime: float
    state: str
    users: int | None
    since: float


@dataclass(frozen=True, kw_only=True)
class Memory:
    """When the last run was, when the clock was last seen to jump, when draining and when entering began (uptimes).

    ``closing`` is the rollout for which this instance takes no new users, ``raised`` the one for which it has asked for more
    instances, ``reported`` what it last wrote about itself. ``held``: a rollout needs this instance, also without users.
    """

    last: Moment | None = None
    stepped: float | None = None
    draining: float | None = None
    closing: str | None = None
    raised: str | None = None
    reported: Report | None = None
    held: bool = False
    entering: float | None = None

    def step(self, now: Moment) -> float:
        """Return by how many seconds the clock was set since the last run, 0 for less than it drifts."""
        if self.last is None:
            return 0.0
        jumped = (now.wall - self.last.wall) - (now.uptime - self.last.uptime)
        return jumped if abs(jumped) > STEP_SECONDS else 0.0


def recall(file: Path) -> Memory:
    """Return what the last run left; an empty memory when there is none that can be read."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        last = known["last"]
        return Memory(
            last=Moment(wall=float(last["wall"]), uptime=float(last["uptime"])) if last else None,
            stepped=None if known["stepped"] is None else float(known["stepped"]),
            draining=None if known["draining"] is None else float(known["draining"]),
            closing=known.get("closing"),
            raised=known.get("raised"),
            held=bool(known.get("held")),
            entering=None if known.get("entering") is None else float(known["entering"]),
            reported=_report(known),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Memory()


def _report(known: dict[str, Any]) -> Report | None:
    # An agent of an earlier release calls it "told".
    report = known.get("reported") or known.get("told")
    return Report(**report) if report else None


def remember(file: Path, memory: Memory) -> None:
    """Write the memory, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(asdict(memory)), encoding="utf-8")
    new.replace(file)
