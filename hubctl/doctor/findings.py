"""What a check found, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "skipped", "warning", "error"]
# The one thing to do for whatever fails because there are no usable credentials
LOGIN = "Log in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        status: ``ok``; ``skipped`` (could not be looked at, or does not apply here); ``warning`` (a deploy works, but
            look at it); ``error`` (a deploy, or the hub at its largest, would fail).
        subject: What was looked at, by the name that AWS or the stack has for it.
        found: One sentence.
        remedy: What to do; empty when there is nothing to do.

    """

    status: Status
    subject: str
    found: str
    remedy: str = ""


def ok(subject: str, found: str) -> Finding:
    """Return a finding that needs nothing to be done."""
    return Finding(status="ok", subject=subject, found=found)


def skipped(subject: str, why: str, remedy: str = "") -> Finding:
    """Return that something was not looked at."""
    return Finding(status="skipped", subject=subject, found=why, remedy=remedy)


def warning(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding that a deploy survives."""
    return Finding(status="warning", subject=subject, found=found, remedy=remedy)


def error(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding that breaks the deploy."""
    return Finding(status="error", subject=subject, found=found, remedy=remedy)


def worst(statuses: Iterable[Status]) -> Status:
    """Return the gravest of statuses; ``ok`` when there is none, and for what was skipped."""
    found = set(statuses)
    return "error" if "error" in found else "warning" if "warning" in found else "ok"


def hindered(check: str) -> str:
    """Return what is found by the checks that wait until what another one looks at is set right."""
    return f"not looked at: first set right the {check}"


def some(names: Iterable[str], most: int = 6) -> str:
    """Return names for a sentence, sorted; long lists are cut."""
    listed = sorted(set(names))
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "") if listed else "none"
