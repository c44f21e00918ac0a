"""What checkov finds in a plan, against what tools/checkov/accepted.toml explains."""

import fnmatch
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.environment.checkov import FOLDER, check_plan


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """A check that failed on a resource."""

    check: str
    resource: str
    name: str

    def __str__(self) -> str:
        return f"{self.check} {self.resource}: {self.name}"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A check whose failing is explained for some resources."""

    check: str
    resource: str
    why: str

    def explains(self, finding: Finding) -> bool:
        return self.check == finding.check and fnmatch.fnmatchcase(finding.resource, self.resource)


def findings(plan: dict[str, Any], folder: Path) -> tuple[list[Finding], int]:
    """Return what checkov finds in a plan's JSON, and how many checks passed."""
    file = folder / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    report = json.loads(check_plan(file))
    failed = [
        Finding(check=one["check_id"], resource=one["resource"], name=one["check_name"])
        for one in report["results"]["failed_checks"]
    ]
    return sorted(failed), report["summary"]["passed"]


def accepted() -> list[Accepted]:
    """Return what is explained, one a resource; every entry has its reason."""
    entries = tomllib.loads((FOLDER / "accepted.toml").read_text(encoding="utf-8"))["accepted"]
    assert all(len(entry["why"]) > 40 for entry in entries), "every accepted finding needs its reason"
    return [
        Accepted(check=entry["check"], resource=resource, why=entry["why"])
        for entry in entries
        for resource in entry["resources"]
    ]


def unexplained(found: Iterable[Finding]) -> list[str]:
    """Return the findings that no entry explains."""
    entries = accepted()
    return [str(finding) for finding in found if not any(entry.explains(finding) for entry in entries)]
