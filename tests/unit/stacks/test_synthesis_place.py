"""A machine that cannot be written to is not taken for wrong settings."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.core.configuration.synthesized import run_app
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.project_folders import ROOT
from stacks.synthesis_place import (
    CACHE,
    CACHE_ROOT,
    QUIET_NODE,
    machine_trouble,
    node_environment,
    package_cache,
)
from tests.support.waiting import PATIENCE


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """A path at which not even root can make a folder."""
    (tmp_path / "file").write_text("")
    return str(tmp_path / "file" / "place")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "CDKTF_CONTEXT_JSON": "{}", **more}


@pytest.mark.node
def test_case_21_a_read_only_home_does_not_matter(tmp_path: Path, nowhere: str) -> None:
    run_app(ROOT, tmp_path / "out", environment=environment(HOME=nowhere))
    assert (tmp_path / "out" / "stacks" / "aws-lab" / "cdk.tf.json").is_file()


@pytest.mark.node
@pytest.mark.parametrize("variable", ["CDKTF_OUTDIR", CACHE_ROOT])
def test_case_21_a_place_that_cannot_be_written_to_is_named(
    tmp_path: Path, nowhere: str, variable: str
) -> None:
    finished = subprocess.run(
        [sys.executable, str(ROOT / "main.py")],
        cwd=ROOT,
        env=environment(**{"CDKTF_OUTDIR": str(tmp_path / "out"), variable: nowhere}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 1
    (said,) = finished.stderr.splitlines()
    assert nowhere in said
    assert "this machine and not the settings" in said


@pytest.mark.node
def test_case_21_hubctl_does_not_blame_the_settings(tmp_path: Path, nowhere: str) -> None:
    with pytest.raises(HubctlError, match="this machine and not the settings") as refused:
        run_app(ROOT, Path(nowhere), environment=environment())
    assert not isinstance(refused.value, BadInputError)
    with pytest.raises(BadInputError, match="zone_count") as wrong:
        run_app(ROOT, tmp_path, environment=environment(), settings={"zone_count": 0})
    assert "settings" in wrong.value.remedy


def test_the_cache_is_left_on_where_it_can_be_kept(tmp_path: Path) -> None:
    assert package_cache({}, tmp_path) == {}
    (tmp_path / ".cache").write_text("a file where the folder should be")
    assert package_cache({}, tmp_path) == {CACHE: "disabled"}
    assert package_cache({}, Path("/nonexistent/home")) in ({}, {CACHE: "disabled"})
    for chosen in (CACHE, CACHE_ROOT):
        assert package_cache({chosen: "/somewhere"}, tmp_path) == {}


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "/full/x"),
        OSError(errno.EROFS, "Read-only file system", "/full/x"),
        RuntimeError("Error: ENOSPC: no space left on device, copyfile '/a' -> '/full/x'"),
        RuntimeError("EDQUOT: disk quota exceeded, write '/full/x'"),
        RuntimeError("Cannot use the jsii package cache in /full/x: EACCES: permission denied, mkdir"),
    ],
    ids=["full", "read-only", "full in Node", "quota in Node", "cache"],
)
def test_what_the_machine_refuses_is_said(error: Exception) -> None:
    trouble = machine_trouble(error)
    assert trouble is not None
    assert "/full/x" in trouble


def test_node_that_is_missing_is_named() -> None:
    trouble = machine_trouble(FileNotFoundError(errno.ENOENT, "No such file or directory", "node"))
    assert trouble is not None
    assert "make setup" in trouble


@pytest.mark.parametrize(
    "error",
    [
        ValueError("E: nothing"),
        RuntimeError("There is already a Construct with name 'x'"),
        KeyError("ENOSPC"),
    ],
)
def test_a_mistake_in_the_program_is_left_alone(error: Exception) -> None:
    assert machine_trouble(error) is None


def test_node_says_nothing_of_its_release_unless_the_operator_wants_it(tmp_path: Path) -> None:
    (name, *others) = QUIET_NODE
    assert node_environment({}, tmp_path) == QUIET_NODE
    assert node_environment({name: "20"}, tmp_path) == {other: QUIET_NODE[other] for other in others}


def test_make_silences_the_same_banners(project: Path) -> None:
    shown = subprocess.run(
        [str(shutil.which("make")), "--eval", "show:; @echo $(QUIET)", "show"],
        cwd=project,
        # As typed at a prompt: make that runs inside make says where it is, among others
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    given = dict(each.split("=", 1) for each in shown.stdout.split())
    assert {name: value for name, value in given.items() if name.startswith("JSII_")} == QUIET_NODE
