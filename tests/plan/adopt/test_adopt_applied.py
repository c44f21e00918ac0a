"""The lab ``workshop`` of another author is really applied, adopted and applied again."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.local_aws.server import LocalAws
from hubctl.terraform.driver import Terraform
from hubctl.terraform.environment import driver_environment
from tests.plan.adopt.conftest import FIXTURES, HARMLESS, Run, actions
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform


@pytest.mark.apply
@pytest.mark.usefixtures("account")
def test_a_real_lab_is_adopted_applied_and_then_at_rest(
    aws: LocalAws,
    run: Run,
    project: Path,
    adoption_folder: str,
    run_main: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """The whole way of an operator, with refreshes: their apply, hubctl adopt, our apply, and an empty plan."""
    environment = driver_environment(aws.environment())
    theirs = Path(shutil.copytree(FIXTURES / "workshop", tmp_path / "theirs"))
    existing = Terraform(theirs, environment)
    existing.init()
    existing.apply()
    state = theirs / "terraform.tfstate"
    before = state.read_bytes()

    finished = subprocess.run(
        [
            *(sys.executable, "-c", "from hubctl.cli import main; main()"),
            *("adopt", "--stack", "aws-lab", "--from-backend", str(theirs)),
            *("--out", str(project / adoption_folder), "--json"),
        ],
        cwd=project,
        env={**os.environ, **aws.environment(), "PATH": environment["PATH"]},
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    outcome = json.loads(finished.stdout)
    assert outcome["proven"]
    assert set(outcome["plan"]) <= HARMLESS
    assert state.read_bytes() == before

    # What is in AWS but in no state is taken in by its id.
    document = json.loads(before)
    gateway = next(r for r in document["resources"] if r["type"] == "aws_internet_gateway")
    document["resources"].remove(gateway)
    identifier = gateway["instances"][0]["attributes"]["id"]
    imported = run(document, refresh=True, imports={"aws_internet_gateway.lab": identifier})
    assert imported.proven, imported.differences
    assert [(found.to, found.id) for found in imported.file.imports] == [
        ("aws_internet_gateway.lab", identifier)
    ]

    folder = run_main(tmp_path / "ours", adoption=adoption_folder) / "aws-lab"
    shutil.copy(state, folder / "terraform.tfstate")
    ours = Terraform(folder, environment)
    ours.init()
    assert {action for action, _ in actions(ours, refresh=True)} <= HARMLESS
    ours.apply()
    assert ours.preview().is_empty
    assert not re.search(r'"module"', (folder / "terraform.tfstate").read_text())
