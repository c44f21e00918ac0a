"""What users are told about a start that ends, or should worry them, after it was admitted."""

from __future__ import annotations

from swarm_hub.admission import Refuse, UserDisk
from swarm_hub.sizes import gib
from swarm_hub.task_verdict import Verdict


def not_started(verdict: Verdict) -> Refuse:
    """Return why a start ends whose task can never run, in Docker's words."""
    if verdict.kind == "unplaceable":
        return Refuse(
            limit="unplaceable",
            sentence=f"No worker can take your server: {verdict.reason}. Try again; if it stays so, tell the administrators.",
        )
    return Refuse(
        limit="not_started",
        sentence=f"Your server did not start: {verdict.reason}. Your files are untouched. Try again; if it stays so, tell "
        "the administrators.",
    )


def too_slow(seconds: int) -> Refuse:
    """Return why a start ends after so many seconds without an answer."""
    return Refuse(
        limit="start_timeout",
        sentence=f"Your server did not answer within {seconds} s (limit start_timeout_seconds). Try again; if it stays "
        "so, tell the administrators.",
    )


def no_directory() -> Refuse:
    """Return why a start ends before there is anything to run."""
    return Refuse(
        limit="shared_files",
        sentence="Your directory on the shared file system cannot be reached. Nothing is lost; try again in a few "
        "minutes, and tell the administrators if it stays so.",
    )


def over_quota(used: UserDisk) -> str:
    """Return what somebody is told who may start, but uses more than their quota."""
    return f"Your files take {gib(used.used)} of your {gib(used.quota)}: please delete what you do not need"
