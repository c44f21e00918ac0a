"""Diagnoses for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from hubctl.doctor.findings import worst
from hubctl.doctor.run import Diagnosis

VERSION = 1
_COLOURS = {"ok": "green", "skipped": "dim", "warning": "yellow", "error": "bold red"}
_WIDTH = 16


def print_report(diagnoses: Sequence[Diagnosis], console: Console) -> None:
    """Print a line a finding, its remedy below it, and a summary."""
    for diagnosis in diagnoses:
        console.print(Text(f"{diagnosis.stack} in {diagnosis.region or 'no region'}", style="bold"))
        for check, finding in diagnosis.findings:
            line = Text(f"  {finding.status:<9}", style=_COLOURS[finding.status])
            known = finding.subject in finding.found or finding.subject == check
            told = finding.found if known else f"{finding.subject}: {finding.found}"
            console.print(line + Text(f"{check:<{_WIDTH}}{told}", style="default"))
            if finding.remedy:
                console.print(Text(f"{'':<{11 + _WIDTH}}→ {finding.remedy}"))
        console.print(Text(f"  {summary(diagnosis)}", style=_COLOURS[diagnosis.status]))


def summary(diagnosis: Diagnosis) -> str:
    """Return one sentence about a stack."""
    counts = Counter(finding.status for _, finding in diagnosis.findings)
    told = ", ".join(
        f"{counts[status]} {status}{'s' if status in ('error', 'warning') and counts[status] > 1 else ''}"
        for status in ("error", "warning", "skipped", "ok")
        if counts[status]
    )
    ends = {"ok": "ready to deploy", "warning": "can be deployed", "error": "not ready"}
    return f"{diagnosis.stack}: {ends.get(diagnosis.status, 'ready to deploy')} ({told})"


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
