"""Diagnoses for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.text import Text

from hubctl.core.console import Writer
from hubctl.doctor.examination import LOGIN, Finding, hindered, worst
from hubctl.doctor.run import Diagnosis

VERSION = 1
_COLOURS = {"ok": "green", "skipped": "dim", "warning": "yellow", "error": "bold red"}
_WIDTH = 16


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """A finding with the checks that wait until it is set right."""

    check: str
    finding: Finding
    waiting: tuple[str, ...] = ()


def print_report(diagnoses: Sequence[Diagnosis], console: Writer) -> None:
    """Print a line a finding, its remedy below it, and a summary.

    What only waits for another finding is named with that one: without credentials there is one thing to do, not thirty.
    """
    shown = [_folded(diagnosis.findings) for diagnosis in diagnoses]
    common = _common(shown) if len(diagnoses) > 1 else ()
    if common:
        console.say(" and ".join(diagnosis.stack for diagnosis in diagnoses), style="bold")
    for entry in common:
        _print(entry, console)
    for diagnosis, entries in zip(diagnoses, shown, strict=True):
        console.say(f"{diagnosis.stack} in {diagnosis.region or 'no region'}", style="bold")
        for entry in entries:
            if entry not in common:
                _print(entry, console)
        console.say(f"  {summary(diagnosis)}", style=_COLOURS[diagnosis.status])
    missing = {each.name: each for diagnosis in diagnoses for each in diagnosis.missing}
    asked = any(check == "variables" for diagnosis in diagnoses for check, _ in diagnosis.findings)
    if missing and asked:
        console.say("To set the variables without a value, paste these with values of your own:")
        for each in missing.values():
            console.paste(each.export)


def _folded(findings: Sequence[tuple[str, Finding]]) -> list[_Shown]:
    """Return what is shown of a stack's findings."""
    waiting: dict[str, list[str]] = {}
    leading: list[tuple[str, Finding]] = []
    for check, finding in findings:
        cause = _cause(check, finding)
        if cause is None:
            leading.append((check, finding))
        elif cause in (name for name, _ in leading):
            waiting.setdefault(cause, []).append(check)
        else:  # the check of the cause itself was left out
            leading.append((cause, finding))
            waiting.setdefault(cause, []).append(check)
    last = {check: number for number, (check, _) in enumerate(leading)}
    return [
        _Shown(
            check=check,
            finding=finding,
            waiting=tuple(waiting.get(check, ())) if last[check] == number else (),
        )
        for number, (check, finding) in enumerate(leading)
    ]


def _cause(check: str, finding: Finding) -> str | None:
    """Return the check for which a finding waits, None when it says something else."""
    for decisive in ("credentials", "region"):
        if finding.found == hindered(decisive) or (decisive == "credentials" and finding.remedy == LOGIN):
            return decisive if check != decisive else None
    return None


def _common(shown: Sequence[Sequence[_Shown]]) -> tuple[_Shown, ...]:
    """Return what is wrong with the credentials, if it is the same for every stack."""
    first, *others = shown
    return tuple(
        entry
        for entry in first
        if entry.check == "credentials"
        and entry.finding.status == "error"
        and all(entry in other for other in others)
    )


def _print(entry: _Shown, console: Writer) -> None:
    check, finding = entry.check, entry.finding
    label = Text(f"  {finding.status:<9}", style="").append(f"{check:<{_WIDTH}}")
    label.stylize(_COLOURS[finding.status], 0, 2 + len(finding.status))
    known = finding.subject in finding.found or finding.subject in (check, *entry.waiting)
    console.say(finding.found if known else f"{finding.subject}: {finding.found}", label=label)
    below = " " * len(label)
    if entry.waiting:
        console.say(f"{below}{hindered(check)} ({', '.join(entry.waiting)})")
    if finding.remedy:
        console.say(f"{below}→ {finding.remedy}")


def summary(diagnosis: Diagnosis) -> str:
    """Return one sentence about a stack."""
    counts = Counter(finding.status for _, finding in diagnosis.findings)
    shown = ", ".join(
        f"{counts[status]} {status}{'s' if status in ('error', 'warning') and counts[status] > 1 else ''}"
        for status in ("error", "warning", "skipped", "ok")
        if counts[status]
    )
    ends = {"ok": "ready to deploy", "warning": "can be deployed", "error": "not ready"}
    return f"{diagnosis.stack}: {ends.get(diagnosis.status, 'ready to deploy')} ({shown})"


def as_json(diagnoses: Sequence[Diagnosis]) -> dict[str, Any]:
    """Return what docs/reference/doctor.md describes."""
    return {
        "version": VERSION,
        "status": worst(diagnosis.status for diagnosis in diagnoses),
        "stacks": [
            {
                "stack": diagnosis.stack,
                "region": diagnosis.region,
                "status": diagnosis.status,
                "findings": [{"check": check, **asdict(finding)} for check, finding in diagnosis.findings],
            }
            for diagnosis in diagnoses
        ],
    }
