"""A release names one version everywhere, and takes its notes from the changelog."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE
from tools.release import notes
from tools.release.notes import ReleaseError, release_notes

CHANGELOG = "# Changelog\n\n## 1.2.3 - 2026-12-01\n\n### Added\n\n- A thing.\n"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A project that can be released as v1.2.3."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


@pytest.mark.parametrize("tag", [None, "v1.2.3"])
def test_the_notes_are_those_of_the_version(released: Path, tag: str | None) -> None:
    assert release_notes(released, tag) == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2.4", "v1.2.3-rc1"])
def test_another_tag_is_refused(released: Path, tag: str) -> None:
    with pytest.raises(
        ReleaseError, match=f"the tag is {tag}, but pyproject.toml has version 1.2.3"
    ) as refused:
        release_notes(released, tag)
    assert "v1.2.3" in refused.value.remedy


@pytest.mark.parametrize(
    ("changelog", "message"),
    [
        (CHANGELOG.replace("1.2.3", "1.2.2"), "the newest version in CHANGELOG.md is 1.2.2"),
        (
            CHANGELOG.replace("\n## 1.2.3", "\n## Unreleased\n\n## 1.2.3"),
            "CHANGELOG.md has a part Unreleased",
        ),
        (CHANGELOG.replace("- A thing.", "A thing."), "is not written as it must be:\n  - 1.2.3: 'A thing.'"),
    ],
)
def test_a_changelog_that_does_not_fit_is_refused(released: Path, changelog: str, message: str) -> None:
    (released / "CHANGELOG.md").write_text(changelog)
    with pytest.raises(ReleaseError, match=message):
        release_notes(released, "v1.2.3")


def test_the_command_prints_the_notes_only(
    released: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(notes, "ROOT", released)
    assert notes.main(["--tag", "v1.2.3"]) == 0
    assert capsys.readouterr() == ("### Added\n\n- A thing.\n", "")
    assert notes.main(["--tag", "v2.0.0"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: the tag is v2.0.0")


def test_it_runs_before_anything_is_installed(project: Path) -> None:
    """As in the workflow: no site-packages, no environment."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        "import sys; sys.path.insert(0, '.'); import tools.release.notes",
    ]
    finished = subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert finished.returncode == 0, finished.stderr
