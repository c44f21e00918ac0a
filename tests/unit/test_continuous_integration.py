"""What continuous integration and commits run: the same as `make`, on machines that are root's and on others."""

import subprocess
from pathlib import Path

import yaml

from tests.support.waiting import PATIENCE

STUB = '#!/bin/sh\necho "make $*" >>"$CALLS"\n'


def test_continuous_integration_calls_the_commands_of_the_readme(project: Path, tmp_path: Path) -> None:
    (tmp_path / "make").write_text(STUB)
    (tmp_path / "make").chmod(0o755)
    recorded = tmp_path / "calls"
    subprocess.run(
        [str(project / ".ci/run")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "CALLS": str(recorded)},
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    called = recorded.read_text().splitlines()
    assert called == ["make test", "make e2e"]
    readme = (project / "README.md").read_text()
    assert all(f"\n{command}" in readme for command in called)


def test_continuous_integration_stops_at_the_first_failure(project: Path, tmp_path: Path) -> None:
    (tmp_path / "make").write_text(STUB + "exit 3\n")
    (tmp_path / "make").chmod(0o755)
    recorded = tmp_path / "calls"
    done = subprocess.run(
        [str(project / ".ci/run")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "CALLS": str(recorded)},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, recorded.read_text()) == (3, "make test\n")


def test_a_commit_is_checked_by_all_that_make_lint_runs(project: Path) -> None:
    (repository,) = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"] for hook in repository["hooks"]]
    makefile = (project / "Makefile").read_text()
    _, _, lint = makefile.partition("\nlint:")
    lint = lint[: lint.index("\n\n")]
    for tool in ("ruff check", "ruff format", "mypy", "tools.script_lint", "rubocop"):
        assert tool in lint.replace("$(VENV)/", "")
        assert [entry for entry in entries if tool in entry], tool
