"""What the entry point does with streams that cannot take what is written."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE

CODE = "from hubctl.cli import main; main()"


def run(
    *arguments: str, project: Path, stdout: str | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    with Path(stdout or os.devnull).open("wb") as target:
        return subprocess.run(
            [sys.executable, "-c", CODE, *arguments],
            env={**os.environ, "PYTHONPATH": str(project), "NO_COLOR": "1", **more},
            stdout=target if stdout else subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )


def test_the_version_is_the_projects(project: Path) -> None:
    ran = run("--version", project=project)
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert (ran.returncode, ran.stdout.decode()) == (0, f"hubctl {declared}\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_sentence(project: Path) -> None:
    ran = run("--help", project=project, stdout="/dev/full")
    assert ran.returncode == 1
    assert b"Traceback" not in ran.stderr
    assert b"No space left on device" in ran.stderr


def test_a_terminal_that_lacks_a_sign_shows_another(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_VAR_domain_name", raising=False)
    (tmp_path / "cdk.tf.json").write_text('{"variable": {"domain_name": {"type": "string"}}, "resource": {}}')
    options = ("--stack=aws-lab", "--check=variables", f"--folder={tmp_path}")
    ran = run("doctor", *options, project=project, PYTHONIOENCODING="latin-1")
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert b"? Set TF_VAR_domain_name" in b" ".join(ran.stdout.split())
    ran = run("doctor", f"--folder={tmp_path}/…", project=project, PYTHONIOENCODING="latin-1")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"/? holds no stack" in b" ".join(ran.stderr.split())
