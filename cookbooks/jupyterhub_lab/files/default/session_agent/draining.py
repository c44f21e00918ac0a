"""A terminating instance: no new servers, time for those that run, and an end at the deadline."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from session_agent.sessions import Sessions

Step = Literal["wait", "let go"]
WAITING = "Terminating:Wait"


@dataclass(frozen=True, kw_only=True)
class DrainPlan:
    """What to do in this run, and why."""

    step: Step
    reason: str


def plan(sessions: Sessions | None, elapsed: float, timeout: float) -> DrainPlan:
    """Return the next step, ``elapsed`` seconds after draining began; ``sessions`` is None when the hub is silent.

    A silent hub does not mean that nobody works here: containers of users outlive their hub. So it is waited for as well.
    """
    if sessions is not None and sessions.running == 0:
        return DrainPlan(step="let go", reason="no session is left")
    who = "the hub is silent" if sessions is None else f"{sessions.running} sessions are left"
    if elapsed >= timeout:
        return DrainPlan(step="let go", reason=f"{who}, but the deadline of {timeout:g} s has passed")
    return DrainPlan(step="wait", reason=f"{who}; {timeout - elapsed:.0f} s remain")


def stop_new_spawns(flag: Path) -> None:
    """Raise the flag that the hub looks for before it starts a server."""
    flag.parent.mkdir(parents=True, exist_ok=True)
    flag.touch()


def allow_new_spawns(flag: Path) -> None:
    """Lower the flag."""
    flag.unlink(missing_ok=True)
