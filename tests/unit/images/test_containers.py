"""The Dockerfiles and the script that builds them: versions from one place, pushed under the stack's names."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from hub_constructs.chef_hub.registries import REPOSITORIES
from hubctl.local_swarm.image import LAB_CONFIG, UNWANTED

IMAGES = Path(__file__).resolve().parents[3] / "images"
RECORDER = """#!/bin/bash
printf '%s\\n' "$*" >>"$RECORD"
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A docker on PATH that only writes its command lines down; returns the file they go to."""
    recorder = tmp_path / "docker"
    recorder.write_text(RECORDER, encoding="utf-8")
    recorder.chmod(0o755)
    return tmp_path / "commands"


def build(docker: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{docker.parent}:{os.environ['PATH']}", "RECORD": str(docker)}
    command = [str(IMAGES / "build-containers"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("folder", ["hub", "notebook"])
def test_dockerfile_pins_everything_by_arguments(folder: str) -> None:
    text = (IMAGES / folder / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^FROM (.*)$", text, re.M) == ["${BASE_IMAGE}"]
    declared = set(re.findall(r"^ARG (\w+)$", text, re.M))
    used = set(re.findall(r"\$\{(\w+)(?::\?)?\}", text))
    assert declared == used
    assert not re.search(r"==\d|@\d", text), (
        "a version stands in the Dockerfile instead of versions.pkrvars.hcl"
    )


def test_the_trials_notebook_has_the_settings_of_the_real_one() -> None:
    text = (IMAGES / "notebook/Dockerfile").read_text(encoding="utf-8")
    assert f"""echo '{LAB_CONFIG}' >"$folder/jupyter_lab_config.json\"""" in text
    assert f"pip uninstall --yes {UNWANTED[2]}" in text


def test_build_gives_each_dockerfile_all_its_arguments(docker: Path) -> None:
    run = build(docker)
    assert run.returncode == 0, run.stderr
    commands = docker.read_text(encoding="utf-8").splitlines()
    assert [command.split()[-1] for command in commands] == ["hub", "notebook"]
    for command, folder in zip(commands, ("hub", "notebook"), strict=True):
        declared = set(
            re.findall(r"^ARG (\w+)$", (IMAGES / folder / "Dockerfile").read_text(encoding="utf-8"), re.M)
        )
        given = dict(re.findall(r"--build-arg (\w+)=(\S+)", command))
        assert set(given) == declared
        assert all(given.values())
    assert not [command for command in commands if command.startswith("push")]


def test_push_goes_to_the_repositories_of_the_stack_under_a_tag_of_the_content(docker: Path) -> None:
    run = build(docker, "--push", "123456789012.dkr.ecr.us-east-1.amazonaws.com")
    assert run.returncode == 0, run.stderr
    pushed = [
        line.split()[1] for line in docker.read_text(encoding="utf-8").splitlines() if line.startswith("push")
    ]
    assert {re.sub(r"^.*/|:.*$", "", name) for name in pushed} == set(REPOSITORIES)
    assert all(re.fullmatch(r"123456789012\.dkr\.ecr\..*:[\d.]+-[0-9a-f]{12}", name) for name in pushed)
    docker.unlink()
    build(docker, "--push", "123456789012.dkr.ecr.us-east-1.amazonaws.com")
    again = [
        line.split()[1] for line in docker.read_text(encoding="utf-8").splitlines() if line.startswith("push")
    ]
    assert again == pushed


@pytest.mark.parametrize("arguments", [["--push"], ["--push", ""], ["somewhere"], ["--push", "a", "b"]])
def test_wrong_arguments_build_nothing(docker: Path, arguments: list[str]) -> None:
    run = build(docker, *arguments)
    assert run.returncode == 2
    assert "usage:" in run.stderr
    assert not docker.exists()
