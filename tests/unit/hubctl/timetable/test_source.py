"""Which timetable is meant: the one that is given, or the one of the settings."""

import json
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.timetable.source import chosen_timetable
from stacks.registry import STACK_NAMES
from stacks.settings.text_files import EditedFileError

TEXT = """\
zone: Europe/Berlin
classes:
  - {name: a, dates: [2026-12-01], start: "09:00", end: "10:00", users: 30}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a timetable that no setting names."""
    monkeypatch.delenv("CDKTF_CONTEXT_JSON", raising=False)
    (tmp_path / "timetable.yaml").write_text(TEXT)
    return tmp_path


def named(project: Path, **context: Any) -> None:
    (project / "cdktf.json").write_text(json.dumps({"app": "true", "context": context}))


def test_a_file_that_is_given(project: Path) -> None:
    found = chosen_timetable(project / "elsewhere", project / "timetable.yaml", ())
    assert (found.timetable.classes[0].name, found.stacks) == ("a", STACK_NAMES)
    assert chosen_timetable(project, project / "timetable.yaml", ("aws-lab",)).stacks == ("aws-lab",)


def test_the_file_of_the_settings(project: Path) -> None:
    named(project, timetable="timetable.yaml")
    found = chosen_timetable(project, None, ())
    assert (found.name, found.stacks) == ("timetable.yaml", STACK_NAMES)
    assert chosen_timetable(project, None, ("chef-hub",)).stacks == ("chef-hub",)


@pytest.mark.parametrize("stacks", [(), ("aws-lab",)])
def test_no_timetable(project: Path, stacks: tuple[str, ...]) -> None:
    named(project)
    with pytest.raises(BadInputError, match="the settings name no timetable") as error:
        chosen_timetable(project, None, stacks)
    assert "--timetable FILE" in error.value.remedy


def test_settings_that_are_wrong(project: Path) -> None:
    named(project, zone_count=99, timetable="timetable.yaml")
    with pytest.raises(BadInputError, match="zone_count"):
        chosen_timetable(project, None, ())


def test_every_mistake_in_the_file_is_named(project: Path) -> None:
    file = project / "timetable.yaml"
    file.write_text(TEXT.replace("09:00", "nine").replace("users: 30", "users: 0"))
    with pytest.raises(EditedFileError) as error:
        chosen_timetable(project, file, ())
    assert len(error.value.mistakes) == 2
    assert all(mistake.startswith(f"{file}, line 3, column ") for mistake in error.value.mistakes)
    with pytest.raises(EditedFileError, match="cannot be read"):
        chosen_timetable(project, project / "none.yaml", ())
