"""Cookbooks: their ChefSpec specs under the recorder, RuboCop, ShellCheck, and their pages."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def _run(command: list[str], folder: Path, *, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    # A Chef on Ruby's path would take the recorder's place, and then the recorder would go untested.
    environment = {name: value for name, value in os.environ.items() if name not in ("RUBYLIB", "RUBYOPT")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=timeout
    )


def test_specs_pass_under_the_recorder(project: Path, cookbooks: Path, rspec: str) -> None:
    specs = sorted(str(path) for path in cookbooks.glob("*/spec/*_spec.rb"))
    assert {Path(path).parts[-3] for path in specs} == {
        path.parent.name for path in cookbooks.glob("*/metadata.rb")
    }
    result = _run([rspec, "-I", str(HERE / "recorder"), "--no-color", *specs], project)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-3000:]
    assert ", 0 failures" in result.stdout


def test_recorder_fails_on_what_it_does_not_know(project: Path, rspec: str) -> None:
    result = _run(
        [rspec, "-I", str(HERE / "recorder"), "--no-color", str(HERE / "recorder_spec.rb")], project
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-3000:]


def test_roles_run_cookbooks_that_exist(cookbooks: Path) -> None:
    for name, entry in (("server", "hub_leader"), ("worker", "hub_worker")):
        role = json.loads((cookbooks / f"roles/{name}.json").read_text(encoding="utf-8"))
        assert role["name"] == name
        assert role["run_list"] == [f"recipe[{entry}]"]
        assert (cookbooks / entry / "recipes/default.rb").is_file()


def test_pages_of_cookbooks_and_resources_are_current(
    project: Path, cookbooks: Path, ruby: str, golden: Callable[[str, str], None]
) -> None:
    result = _run([ruby, str(HERE / "reference.rb")], project)
    assert result.returncode == 0, result.stderr
    pages: dict[str, str] = json.loads(result.stdout)
    for path, text in pages.items():
        golden(f"cookbooks/{path}", text)
    there = {str(path.relative_to(cookbooks)) for path in cookbooks.glob("*/documentation/*.md")}
    assert there <= set(pages), "pages of resources that are gone"


@pytest.mark.parametrize(
    "cookbook", ["hub_metrics", "hub_node", "docker", "docker_swarm", "nginx_proxy", "jupyterhub"]
)
def test_programs_are_executable_shell_with_strict_settings(cookbooks: Path, cookbook: str) -> None:
    programs = [path for path in (cookbooks / cookbook / "files/default").iterdir() if path.is_file()]
    assert programs
    for program in programs:
        text = program.read_text(encoding="utf-8")
        assert text.startswith("#!/usr/bin/env bash\n"), program
        assert "set -euo pipefail" in text or "/node-common.sh" in text, program
        assert os.access(program, os.X_OK) or program.suffix == ".sh", program
