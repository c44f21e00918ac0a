"""What ``main.py`` writes: the same bytes every time, nothing that ties the folder to a machine or a neighbour."""

import filecmp
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks.registry import STACK_NAMES
from stacks.synthesis_place import LEFT_OVERRIDE


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_two_runs_write_the_same_bytes(
    synthesized: Path, run_main: Callable[..., Path], tmp_path: Path
) -> None:
    left = (
        tmp_path / "again" / "stacks" / "aws-lab" / LEFT_OVERRIDE
    )  # of a destroy that was killed: it must not stay
    left.parent.mkdir(parents=True)
    left.write_text("{}", encoding="utf-8")
    again = files(run_main(tmp_path / "again"))
    assert again == files(synthesized)
    assert {f"{stack}/cdk.tf.json" for stack in STACK_NAMES} <= set(again)


@pytest.mark.parametrize("profile", ["recommended", "original"])
def test_no_path_of_a_machine_and_no_way_out_of_the_folder(
    stacks_of: Callable[..., Path], tmp_path: Path, project: Path, profile: str
) -> None:
    stacks = stacks_of() if profile == "recommended" else stacks_of(profile=profile)
    for name, content in files(stacks).items():
        if not name.endswith(".json"):
            continue
        text = content.decode()
        for forbidden in (str(project), str(Path.home()) + "/", str(tmp_path.parent), str(stacks), "../"):
            assert forbidden not in text, f"{name} holds {forbidden}"


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_file_that_the_stack_reads_travels_with_it(synthesized: Path, stack: str) -> None:
    folder = synthesized / stack
    text = (folder / "cdk.tf.json").read_text(encoding="utf-8")
    read = set(re.findall(r'file\w*\(\\"([^"\\]+)\\"\)', text))
    assert read
    assert not [name for name in read if not (folder / name).is_file()]


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_provider_is_pinned_and_terraform_bounded(synthesized: Path, stack: str) -> None:
    block = json.loads((synthesized / stack / "cdk.tf.json").read_text(encoding="utf-8"))["terraform"]
    assert block["required_providers"] == {"aws": {"source": "aws", "version": "5.100.0"}}
    assert block["required_version"] == ">= 1.9.0"


def test_a_setting_changes_only_what_it_says(
    synthesized: Path, run_main: Callable[..., Path], tmp_path: Path
) -> None:
    three = run_main(tmp_path / "three", zone_count=3)
    assert filecmp.cmp(
        three / "chef-hub" / "cdk.tf.json", synthesized / "chef-hub" / "cdk.tf.json", shallow=False
    )
    lab = json.loads((three / "aws-lab" / "cdk.tf.json").read_text(encoding="utf-8"))
    assert set(lab["resource"]["aws_subnet"]) == {"public_1", "public_2", "public_3"}
