"""What the tasks of a Swarm service say about the server in it, and what its user is told of a start that ends.

States: https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub_common.admission import Refuse
from hub_common.spawning import not_started
from swarm_hub.service_spec import LOCKED_EXIT_CODE

_ENDED = {"complete", "shutdown", "failed", "rejected", "remove", "orphaned"}
_LIVING = {"new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running"}
Task = Mapping[str, Any]
Kind = Literal["running", "starting", "unplaceable", "failed", "none"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``kind`` says how the server fares; ``reason`` is Docker's own words where it fares badly.

    ``task`` is the id of the task that no worker takes.
    """

    kind: Kind
    reason: str = ""
    node: str = ""
    task: str = ""


def judge(tasks: Iterable[Task]) -> Verdict:
    """Judge a service's tasks, all of them, also those that Swarm has given up.

    While Swarm moves a server, the old task is to shut down and the new one is only wanted as ``ready``: the
    newest task that is not to end speaks for the service.
    """
    newest_first = sorted(tasks, key=lambda task: str(task["CreatedAt"]), reverse=True)
    wanted = [task for task in newest_first if task["DesiredState"] in ("running", "ready", "accepted")]
    for task in wanted:
        if task["Status"]["State"] in _LIVING:
            return _living(task)
    if not newest_first:
        return Verdict(kind="none", reason="Swarm has made no task for it")
    return Verdict(kind="failed", reason=_reason(newest_first[0]), node=newest_first[0].get("NodeID", ""))


def rejected(tasks: Iterable[Task]) -> Verdict | None:
    """Return the verdict on the newest task that failed or was rejected, None when there is none."""
    bad = [task for task in tasks if task["Status"]["State"] in ("rejected", "failed")]
    if not bad:
        return None
    newest = max(bad, key=lambda task: str(task["CreatedAt"]))
    return Verdict(kind="failed", reason=_reason(newest), node=newest.get("NodeID", ""))


def still_there(tasks: Iterable[Task], dead_nodes: Collection[str]) -> list[str]:
    """Return the ids of tasks whose containers may still run; those on dead nodes are not waited for."""
    return [
        str(task["ID"])
        for task in tasks
        if task["Status"]["State"] not in _ENDED and task.get("NodeID") and task["NodeID"] not in dead_nodes
    ]


def refusal(verdict: Verdict) -> Refuse:
    """Return why a start ends whose task can never run, in Docker's words."""
    if verdict.kind == "unplaceable":
        return Refuse(
            limit="unplaceable",
            sentence=f"No worker can take your server: {verdict.reason}. Try again; if it stays so, tell the administrators.",
        )
    return not_started(verdict.reason)


def _living(task: Task) -> Verdict:
    status = task["Status"]
    node = str(task.get("NodeID", ""))
    if status["State"] == "running":
        return Verdict(kind="running", node=node)
    if status["State"] == "pending" and status.get("Err"):
        return Verdict(kind="unplaceable", reason=_plain(status["Err"]), task=str(task["ID"]))
    return Verdict(kind="starting", node=node)


def _reason(task: Task) -> str:
    status = task["Status"]
    words = _plain(str(status.get("Err") or status.get("Message") or status["State"]))
    code = (status.get("ContainerStatus") or {}).get("ExitCode")
    if code == 137:
        return "it was killed, most likely because it used more memory than it may"
    if code == LOCKED_EXIT_CODE:
        return "an earlier server of yours still holds your files, on a worker that does not answer"
    return f"{words} (exit code {code})" if code and str(code) not in words else words


def _plain(words: str) -> str:
    """Shorten Docker's words: ids and repeated clauses say nothing to a user."""
    return re.sub(r"\s+", " ", words).strip()[:300]
