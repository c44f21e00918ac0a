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


def plan(
    sessions: Sessions | None, elapsed: float, timeout: float, *, containers: int | None = None
) -> DrainPlan:
    """Return the next step, ``elapsed`` seconds after draining began; ``sessions`` is None when the hub is silent.

    A silent hub does not mean that nobody works here: containers of users outlive their hub. So it is waited for while some
    run, or while their number (``containers``) is not known. One that never came up has none, and is not waited for.
    """
    if sessions is not None and sessions.running == 0:
        return DrainPlan(step="let go", reason="no session is left")
    if sessions is None and containers == 0:
        return DrainPlan(step="let go", reason="the hub is silent, and no user's container runs")
    who = f"{sessions.running} sessions are left" if sessions is not None else "the hub is silent"
    if sessions is None and containers is not None:
        who += f", and {containers} containers of users run"
    if elapsed >= timeout:
        return DrainPlan(step="let go", reason=f"{who}, but the deadline of {timeout:g} s has passed")
    return DrainPlan(step="wait", reason=f"{who}; {timeout - elapsed:.0f} s remain")


def stop_new_spawns(flag: Path, sentence: str = "") -> None:
    """Raise the flag that the hub looks for before it starts a server; ``sentence`` is what the user is told."""
    flag.parent.mkdir(parents=True, exist_ok=True)
    if flag.exists() and not sentence:
        return
    new = flag.with_suffix(".new")
    new.write_text(sentence, encoding="utf-8")
    new.replace(flag)


def allow_new_spawns(flag: Path) -> None:
    """Lower the flag."""
    flag.unlink(missing_ok=True)
