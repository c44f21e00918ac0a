"""The Dockerfiles and the script that builds them: versions from one place, pushed under the stack's names."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hub_constructs.chef_hub.storage import REPOSITORIES
from hubctl.trial.hosts.image import LAB_CONFIG, SLOW_TO_LOAD, UNWANTED

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


def build(docker: Path, *arguments: str, images: Path = IMAGES) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{docker.parent}:{os.environ['PATH']}", "RECORD": str(docker)}
    command = [str(images / "build-containers"), *arguments]
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
    assert f"pip uninstall --yes {SLOW_TO_LOAD[0]}" in text


def test_no_hub_loads_what_takes_as_long_as_all_the_rest() -> None:
    hub = (IMAGES / "hub/Dockerfile").read_text(encoding="utf-8")
    lab = (IMAGES / "provision/lab.sh").read_text(encoding="utf-8")
    assert f"pip uninstall --yes {' '.join(UNWANTED)} " in hub
    assert f'pip uninstall --quiet --python "$home/bin/python" {" ".join(SLOW_TO_LOAD)}\n' in lab


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


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A copy of the images' folder, to be written to."""
    return Path(shutil.copytree(IMAGES, tmp_path / "images"))


def test_a_notebook_base_that_is_not_pinned_is_not_built(docker: Path, images: Path) -> None:
    pins = images / "versions.pkrvars.hcl"
    pins.write_text(re.sub(r"@sha256:\w+", "", pins.read_text(encoding="utf-8")), encoding="utf-8")
    run = build(docker, images=images)
    assert run.returncode == 1
    assert "run images/pin-notebook-base TAG" in run.stderr
    assert not docker.exists()


def pin(docker: Path, images: Path, answer: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Pin against a registry that says ``answer``."""
    program = docker.parent / "docker"
    program.write_text(f"{RECORDER}{answer}\n", encoding="utf-8")
    environment = {"PATH": f"{docker.parent}:{os.environ['PATH']}", "RECORD": str(docker)}
    command = [str(images / "pin-notebook-base"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_date_is_pinned_by_the_registrys_digest(docker: Path, images: Path) -> None:
    pins = images / "versions.pkrvars.hcl"
    before = pins.read_text(encoding="utf-8")
    digest = f"sha256:{'0a' * 32}"
    run = pin(docker, images, f"echo {digest}", "2026-11-02")
    assert run.returncode == 0, run.stderr
    image = f"quay.io/jupyter/datascience-notebook:2026-11-02@{digest}"
    assert docker.read_text(encoding="utf-8").split()[-1] == image.partition("@")[0]
    after = pins.read_text(encoding="utf-8")
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [
        f'notebook_base_image    = "{image}"'
    ]
    assert len(after.splitlines()) == len(before.splitlines())


@pytest.mark.parametrize(
    ("answer", "arguments", "why"),
    [
        ("exit 1", ["2026-11-02"], "is there a release of that date"),
        ("echo sha256:abc", ["2026-11-02"], "has no digest"),
        ("exit 0", ["latest"], "usage:"),
        ("exit 0", [], "usage:"),
    ],
)
def test_what_cannot_be_pinned_changes_nothing(
    docker: Path, images: Path, answer: str, arguments: list[str], why: str
) -> None:
    before = sorted((path.name, path.read_bytes()) for path in images.iterdir() if path.is_file())
    run = pin(docker, images, answer, *arguments)
    assert run.returncode != 0
    assert why in run.stderr
    assert sorted((path.name, path.read_bytes()) for path in images.iterdir() if path.is_file()) == before


@pytest.mark.parametrize("arguments", [["--push"], ["--push", ""], ["somewhere"], ["--push", "a", "b"]])
def test_wrong_arguments_build_nothing(docker: Path, arguments: list[str]) -> None:
    run = build(docker, *arguments)
    assert run.returncode == 2
    assert "usage:" in run.stderr
    assert not docker.exists()
