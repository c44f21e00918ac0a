"""Messages name commands that work as they are typed, from where one is."""

import os
import stat
import sys
from pathlib import Path

import pytest

from hubctl.core import command_line
from hubctl.core.command_line import again_as_root, typed


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an installed hubctl which is not on PATH, and in which one works as an ordinary user."""
    program = tmp_path / "pro ject" / ".venv" / "bin" / "hubctl"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    folder = program.parents[2]
    monkeypatch.setattr(command_line, "ROOT", folder)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.chdir(folder)
    return folder


def test_called_by_its_path(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del project
    monkeypatch.setattr(sys, "argv", [".venv/bin/hubctl", "nodes"])
    assert typed("cost --stack aws-lab") == ".venv/bin/hubctl cost --stack aws-lab"
    assert typed("local-swarm up", root=True) == "sudo .venv/bin/hubctl local-swarm up"


def test_called_from_a_folder_of_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "docs").mkdir()
    monkeypatch.chdir(project / "docs")
    monkeypatch.setattr(sys, "argv", ["../.venv/bin/hubctl"])
    assert typed("nodes") == "../.venv/bin/hubctl nodes"


def test_on_path_its_name_will_do_but_not_for_sudo(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project / ".venv" / "bin"
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin")
    monkeypatch.setattr(sys, "argv", [str(folder / "hubctl"), "nodes"])
    assert typed("nodes") == "hubctl nodes"
    assert typed("local-lab up", root=True) == "sudo .venv/bin/hubctl local-lab up"
    monkeypatch.chdir("/")
    assert typed("local-lab up", root=True) == f"sudo '{folder / 'hubctl'}' local-lab up"


def test_another_projects_hubctl_on_path_is_not_meant(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del project
    other = tmp_path / "hubctl"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [".venv/bin/hubctl"])
    assert typed("nodes") == ".venv/bin/hubctl nodes"


def test_called_by_something_else_it_is_where_set_up_puts_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert typed("nodes") == ".venv/bin/hubctl nodes"
    monkeypatch.chdir("/")
    assert typed("nodes") == f"'{project}/.venv/bin/hubctl' nodes"


@pytest.mark.usefixtures("project")
def test_who_is_root_by_itself_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/hubctl", "local-lab", "demo", "--out", "a b"])
    assert again_as_root() == "sudo .venv/bin/hubctl local-lab demo --out 'a b'"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert typed("local-lab down", root=True) == ".venv/bin/hubctl local-lab down"
    monkeypatch.setenv("SUDO_USER", "ada")
    assert typed("local-lab down", root=True) == "sudo .venv/bin/hubctl local-lab down"
