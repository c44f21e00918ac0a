"""When the output folder is used as it is, and what keeps the stacks from being synthesized."""

import os
from pathlib import Path

import pytest

from hubctl.core.configuration.synthesized import JSON, is_current, synthesize
from hubctl.core.errors import HubctlError

EARLIER, LATER = 1_000_000, 2_000_000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CDKTF_CONTEXT_JSON", raising=False)
    for name in ("main.py", "stacks/aws_lab/stack.py", "constructs/hub_constructs/boot.sh"):
        write(tmp_path / name, "", EARLIER)
    write(tmp_path / "cdktf.json", "{}", EARLIER)
    write(tmp_path / "cdktf.out" / "stacks" / "aws-lab" / JSON, "{}", EARLIER + 1)
    return tmp_path


def write(file: Path, text: str, changed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (changed, changed))


def test_the_output_is_current_until_something_changes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_current(project, "aws-lab")
    assert not is_current(project, "chef-hub")
    monkeypatch.setenv("CDKTF_CONTEXT_JSON", "{}")
    assert not is_current(project, "aws-lab")


@pytest.mark.parametrize(
    "name",
    ["main.py", "cdktf.json", "stacks/new.py", "constructs/hub_constructs/boot.sh", "adoption/aws-lab.json"],
)
def test_a_later_source_makes_it_stale(project: Path, name: str) -> None:
    write(project / name, "{}", LATER)
    assert not is_current(project, "aws-lab")


def test_the_adoption_folder_is_the_one_of_the_settings(project: Path) -> None:
    write(project / "cdktf.json", '{"context": {"adoption": "taken"}}', EARLIER)
    write(project / "adoption" / "aws-lab.json", "{}", LATER)
    assert is_current(project, "aws-lab")
    write(project / "taken" / "aws-lab.json", "{}", LATER)
    assert not is_current(project, "aws-lab")


def test_the_timetable_is_the_one_of_the_settings(project: Path) -> None:
    write(project / "cdktf.json", '{"context": {"timetable": "plans/winter.yaml"}}', EARLIER)
    write(project / "plans" / "summer.yaml", "", LATER)
    assert is_current(project, "aws-lab")
    write(project / "plans" / "winter.yaml", "", LATER)
    assert not is_current(project, "aws-lab")


def test_without_node_one_sentence_says_so(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HubctlError, match="cannot be synthesized: Node is not on PATH") as refused:
        synthesize(project, tmp_path / "out")
    assert "install Node" in (refused.value.remedy or "")
