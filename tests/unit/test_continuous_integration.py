"""What continuous integration and commits run: the same as `make`, on machines that are root's and on others."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

PACKAGES = "shellcheck  # a comment\ndocker.io\n"
NOBODY = 65534
STUB = """\
#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
case "${0##*/}" in
dpkg-query) exit 1 ;;
sudo) exec "$@" ;;
esac
"""


@pytest.fixture
def project_copy(project: Path) -> Iterator[Path]:
    """A folder with .ci/run and stand-ins for all that it calls; everybody may write there."""
    folder = Path(tempfile.mkdtemp(prefix="ci-run-"))
    folder.chmod(0o777)
    (folder / ".ci").mkdir()
    shutil.copy(project / ".ci/run", folder / ".ci/run")
    (folder / ".ci/apt-packages").write_text(PACKAGES)
    (folder / "Makefile").write_text("e2e: setup\n")
    (folder / "bin").mkdir()
    for name in ("apt-get", "dpkg-query", "make", "sudo"):
        (folder / "bin" / name).write_text(STUB)
        (folder / "bin" / name).chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def calls(folder: Path, *, user: int | None = None) -> list[str]:
    recorded = folder / "calls"
    subprocess.run(
        [str(folder / ".ci/run")],
        env={"PATH": f"{folder}/bin:/usr/bin:/bin", "CALLS": str(recorded)},
        capture_output=True,
        timeout=60,
        check=True,
        user=user,
    )
    return recorded.read_text().splitlines()


def installed(recorded: list[str]) -> list[str]:
    return [call for call in recorded if call.startswith("apt-get") and " install " in call]


def test_root_installs_sets_up_and_tests_without_sudo(project_copy: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("for root")
    recorded = calls(project_copy)
    assert not [call for call in recorded if call.startswith("sudo")]
    assert [call for call in recorded if call.startswith("make")] == ["make setup", "make test", "make e2e"]


def test_others_become_root_for_packages_and_for_the_hosts_only(project_copy: Path) -> None:
    recorded = calls(project_copy, user=NOBODY if os.geteuid() == 0 else None)
    as_root = [call for call in recorded if call.startswith("sudo")]
    assert len(as_root) == 3
    assert [call for call in as_root if call.endswith("make e2e") and f"PATH={project_copy}/bin:" in call]
    assert not [call for call in as_root if call.endswith(("make setup", "make test"))]


def test_a_docker_of_another_origin_is_left_alone(project_copy: Path) -> None:
    user = NOBODY if os.geteuid() == 0 else None
    if not shutil.which("dockerd", path="/usr/bin:/bin"):
        assert installed(calls(project_copy, user=user))[0].endswith("shellcheck docker.io")
        (project_copy / "calls").unlink()
    (project_copy / "bin/dockerd").write_text(STUB)
    (project_copy / "bin/dockerd").chmod(0o755)
    assert installed(calls(project_copy, user=user))[0].endswith("shellcheck")


def test_a_commit_is_checked_by_all_that_make_lint_runs(project: Path) -> None:
    (repository,) = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"] for hook in repository["hooks"]]
    makefile = (project / "Makefile").read_text()
    _, _, lint = makefile.partition("\nlint:")
    lint = lint[: lint.index("\n\n")]
    for tool in ("ruff check", "ruff format", "mypy", "hubctl.environment.script_lint", "rubocop"):
        assert tool in lint.replace("$(VENV)/", "")
        assert [entry for entry in entries if tool in entry], tool
