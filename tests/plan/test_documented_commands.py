"""The commands of the documentation do what they say: run as they are written, in a copy of the project.

Which are run and which are not, with the reasons, is in tests/support/documentation/runs.py.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from hubctl.core.terraform.driver import driver_environment
from hubctl.trial.aws.server import LocalAws
from tests.support.documentation import runs
from tests.support.waiting import PATIENCE

PROJECT = Path(__file__).resolve().parent.parent.parent
# Run once for all: what most pages begin with
SYNTH = ".venv/bin/python main.py"
PARTS = list(runs.parts(PROJECT))
COPIED = (
    "Makefile",
    "cdktf.json",
    "constructs",
    "cookbooks",
    "hubctl",
    "images",
    "main.py",
    "stacks",
)
SAMPLE = "timestamp,user,duration\n2026-11-02T08:58:10,ada,5400\n2026-11-02T08:59:02,bo,5100\n"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, with the tools that `make setup` would put there."""
    folder = tmp_path_factory.mktemp("reader") / "project"
    folder.mkdir()
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".terraform"))
        elif source.is_file():
            shutil.copy(source, folder / name)
    # What its readers have: their arrivals
    (folder / "users.csv").write_text(SAMPLE)
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    # What set-up made for these sources
    (folder / ".tools").mkdir()
    (folder / ".tools" / "bindings").symlink_to(PROJECT / ".tools" / "bindings")
    _script(binaries / "python", f'exec {sys.executable} "$@"')
    _script(binaries / "hubctl", f'exec {sys.executable} -c "from hubctl.cli import main; main()" "$@"')
    return folder


@pytest.fixture(scope="module")
def environment(
    sandbox: Path, local_aws: LocalAws, variables: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    given = {f"TF_VAR_{name}": value for stack in variables.values() for name, value in stack.items()}
    paths = [sandbox / ".venv" / "bin", Path(sys.executable).parent, os.environ["PATH"]]
    return driver_environment(
        {
            **local_aws.environment(),
            **given,
            "PATH": ":".join(map(str, paths)),
            "PYTHONPATH": f"{sandbox}:{sandbox / 'constructs'}",
            "NO_COLOR": "1",
            "TF_INPUT": "0",
        }
    )


def _script(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_there_is_something_to_run() -> None:
    said = " ".join(line for part in PARTS for line in part.lines)
    assert all(
        command in said for command in ("main.py", "terraform plan", "hubctl simulate", "hubctl diagram")
    )


@pytest.fixture(scope="module")
def type_in(sandbox: Path, environment: dict[str, str]) -> Callable[[Sequence[str]], None]:
    """Return what types lines into a shell in the sandbox, after the synthesis that most pages begin with."""

    def typed(lines: Sequence[str]) -> None:
        other_settings = any("CDKTF_CONTEXT_JSON=" in line for line in lines)
        outdir = {"CDKTF_OUTDIR": str(sandbox.parent / "other")} if other_settings else {}
        finished = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", "\n".join(lines)],
            cwd=sandbox,
            env={**environment, **outdir},
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        said = f"{finished.stdout[-3000:]}\n{finished.stderr[-3000:]}"
        assert finished.returncode == 0, f"{lines}\n{said}"

    typed([SYNTH])
    return typed


@pytest.mark.terraform
@pytest.mark.parametrize("part", PARTS, ids=[part.where for part in PARTS])
def test_runs_as_it_is_written(part: runs.Part, type_in: Callable[[Sequence[str]], None]) -> None:
    type_in([line for line in part.lines if line != SYNTH])
