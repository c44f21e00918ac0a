"""What checkov finds in a plan, against what tools/checkov/accepted.toml explains."""

import fnmatch
import json
import os
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from tools.checkov.install import FOLDER, PROGRAM

CHECKOV_SECONDS = 180.0  # a plan of a hundred resources takes about four


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


@dataclass(frozen=True, kw_only=True)
class Report:
    """What failed in one plan, in order, and how many checks passed."""

    failed: list[Finding]
    passed: int


def reports(plans: Mapping[str, dict[str, Any]], folder: Path) -> dict[str, Report]:
    """Return what checkov says of each plan's JSON."""
    for name, plan in plans.items():
        (folder / f"{name}.json").write_text(json.dumps(plan), encoding="utf-8")
    results = json.loads(check_plans(folder))["results"]
    return {
        name: Report(
            failed=sorted(
                Finding(check=one["check_id"], resource=one["resource"], name=one["check_name"])
                for one in _of(results["failed_checks"], name)
            ),
            passed=len(_of(results["passed_checks"], name)),
        )
        for name in plans
    }


def _of(checks: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [check for check in checks if check["file_path"] == f"/{name}.json"]


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


def check_plans(folder: Path) -> str:
    """Return what checkov says of all plans (``terraform show -json``) in a folder, as JSON. Asks nothing of any network.

    One process for all of them: most of its work is its start.

    Raises HubctlError when checkov is missing or fails.
    """
    if not PROGRAM.exists():
        raise HubctlError("checkov is not installed", remedy="Run `make checkov`.")
    plans = [str(plan) for plan in sorted(folder.glob("*.json"))]
    command = [str(PROGRAM), "--framework", "terraform_plan", "--file", *plans, "--output", "json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BC_", "CKV_"))}
    finished = subprocess.run(
        [*command, "--compact", "--skip-download", "--soft-fail"],
        # From elsewhere, so that no configuration file of the operator's is read.
        cwd=folder,
        env={**environment, "HOME": str(folder), "BC_SKIP_MAPPING": "TRUE"},
        capture_output=True,
        text=True,
        timeout=CHECKOV_SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise HubctlError(f"checkov failed: {finished.stderr[-2000:]}", remedy="See its own words above.")
    return finished.stdout
