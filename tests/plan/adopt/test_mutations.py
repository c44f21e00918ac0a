"""What is stronger than ours, foreign, or secret stays as it is, and stays secret: all such arguments of a design at once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.trial.aws.server import LocalAws
from tests.plan.adopt.canaries import additions, leaks, with_secrets
from tests.plan.adopt.conftest import Document
from tests.plan.adopt.mutations import mutated
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform

HUB = (
    "--stack",
    "chef-hub",
    "--var",
    "deployer_ip=203.0.113.10/32",
    "--var",
    "target_domain=lab.example.test",
)
# How the state of each design is adopted, and the fewest arguments that must be found in it
DESIGNS: dict[str, tuple[tuple[str, ...], int]] = {
    "campus": (("--stack", "aws-lab"), 45),
    "institute": (("--stack", "aws-lab", "--improve", "all"), 55),
    "seminar": (("--stack", "aws-lab", "--strict"), 40),
    "workshop": (("--stack", "aws-lab", "--allow-updates"), 45),
    "hub": (HUB, 45),
}


@pytest.fixture
def command(aws: LocalAws, project: Path, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Return ``command(document, *options)``: runs ``hubctl adopt`` and returns exit status, results and messages.

    Whatever it leaves behind is in the test's folder.
    """

    def run(document: Document, *options: str) -> tuple[int, str, str]:
        (tmp_path / "temporary").mkdir(exist_ok=True)
        finished = subprocess.run(
            [
                *(sys.executable, "-c", "from hubctl.cli import main; main()", "adopt", "--state", "-"),
                *("--no-refresh", "--force"),
                *("--out", str(tmp_path / "out"), *options),
            ],
            cwd=project,
            env={**os.environ, **aws.environment(), "TMPDIR": str(tmp_path / "temporary"), "COLUMNS": "200"},
            input=json.dumps(document),
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE,
            check=False,
        )
        return finished.returncode, finished.stdout, finished.stderr

    return run


@pytest.mark.parametrize("design", DESIGNS)
def test_every_such_argument_is_kept_and_no_secret_told(
    command: Callable[..., tuple[int, str, str]],
    lab: Callable[[str], Document],
    tmp_path: Path,
    design: str,
) -> None:
    options, fewest = DESIGNS[design]
    document, changed = mutated(lab(design))
    assert len(changed) >= fewest, changed
    document = with_secrets(document, additions())
    forget = [option for address in additions() for option in ("--forget", address)]
    code, said, errors = command(document, *options, "--json", *forget)
    assert leaks(said + errors, tmp_path) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert code == 0, said + errors
    outcome = json.loads(said)
    managed = sum(len(r["instances"]) for r in document["resources"] if r["mode"] == "managed")
    assert sum(outcome["plan"].values()) == managed
    assert set(outcome["plan"]) <= {"no-op", "forget", "update"}
    asked_for = "--improve" in options or "--allow-updates" in options
    assert ("update" in outcome["plan"]) == asked_for
    assert "would be destroyed" not in outcome["only_there"].values()
    # Even where improvements are wanted, none of them takes such a value away, unless ours is the stronger one.
    names = {text.rpartition(".")[2] for text in changed} - {
        "enabled_metrics",
        "force_destroy",
        "force_delete",
    }
    updated = {part["name"] for update in outcome["updates"] for part in update["attributes"]}
    assert updated & names <= {"drop_invalid_header_fields", "stickiness", "enable_dns_hostnames"}
