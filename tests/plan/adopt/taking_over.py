"""The whole way of an operator: their apply, ``hubctl adopt`` with what it asks, our apply, and a look at the account."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.terraform.driver import Terraform, driver_environment
from hubctl.trial.aws.server import LocalAws
from tests.support.account_snapshot import Snapshot, snapshot
from tests.support.waiting import PATIENCE

ROUNDS = 3  # in which a design is adopted when what is printed is followed literally


@dataclass(frozen=True, kw_only=True)
class TakenOver:
    """What came of it. ``planned`` are actions and addresses of the first plan of ours that are not "no-op"."""

    outcome: Mapping[str, Any]
    planned: Sequence[tuple[str, str]]
    second_is_empty: bool
    before: Snapshot
    after: Snapshot


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Somebody with a configuration in a folder, an account, and a checkout of the project."""

    aws: LocalAws
    project: Path
    stack: str
    adoption: str
    synthesize: Callable[..., Path]
    secrets: Mapping[str, str]

    def existing(self, source: Path, folder: Path) -> Path:
        """Apply the configuration in ``source`` from a copy of it; return the folder with its state."""
        shutil.copytree(source, folder)
        terraform = Terraform(folder, driver_environment(self.aws.environment()))
        terraform.init()
        terraform.apply()
        return folder

    def adopt(self, *options: str) -> tuple[int, str, str]:
        """Run ``hubctl adopt``; return exit status, results and messages."""
        program = [sys.executable, "-c", "from hubctl.cli import main; main()", "adopt"]
        where = ["--stack", self.stack, "--out", str(self.project / self.adoption)]
        finished = subprocess.run(
            [*program, *where, *options],
            cwd=self.project,
            env={
                **os.environ,
                **self.aws.environment(),
                **{f"TF_VAR_{name}": value for name, value in self.secrets.items()},
                "COLUMNS": "120",
            },
            capture_output=True,
            text=True,
            timeout=8 * PATIENCE,
            check=False,
        )
        return finished.returncode, finished.stdout, finished.stderr

    def adopted(self, folder: Path, *options: str) -> dict[str, Any]:
        """Adopt the state in ``folder`` by following what is printed; return the outcome as JSON."""
        return self.followed(["--from-backend", str(folder), "--json", *options])

    def followed(self, given: Sequence[str]) -> dict[str, Any]:
        """Run ``hubctl adopt`` with options, then what it prints, until it is done; return the outcome as JSON."""
        for _ in range(ROUNDS):
            code, said, errors = self.adopt(*given)
            if code == 0:
                document: dict[str, Any] = json.loads(said)
                return document
            line = json.loads(said)["next"] if said.strip() else _next_command(errors)
            assert line, f"exit {code}, and nothing says how to go on:\n{said}\n{errors}"
            words = shlex.split(line)
            given = words[words.index("adopt") + 1 :]
        raise AssertionError(f"not adopted in {ROUNDS} rounds:\n{said}\n{errors}")

    def take_over(self, source: Path, folder: Path, *options: str) -> TakenOver:
        """Go the whole way, from their configuration in ``source`` to a second plan of ours."""
        theirs = self.existing(source, folder / "theirs")
        before = snapshot(self.aws)
        outcome = self.adopted(theirs, *options)
        ours = self.synthesize(folder / "ours", adoption=self.adoption) / self.stack
        shutil.copy(theirs / "terraform.tfstate", ours / "terraform.tfstate")
        terraform = Terraform(ours, driver_environment(self.aws.environment()))
        terraform.init()
        changes = terraform.preview(variables=self.secrets).changes
        terraform.apply(variables=self.secrets)
        return TakenOver(
            outcome=outcome,
            planned=[(c.action, c.address) for c in changes if c.mode == "managed" and c.action != "no-op"],
            second_is_empty=terraform.preview(variables=self.secrets).is_empty,
            before=before,
            after=snapshot(self.aws),
        )


def _next_command(errors: str) -> str:
    """Return the command among the messages that goes on with the answers."""
    return next((line for line in errors.splitlines() if " --answers " in line and " adopt " in line), "")
