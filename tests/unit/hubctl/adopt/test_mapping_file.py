"""The adoption file is never written over another one unasked, and one that is not proven goes elsewhere."""

from pathlib import Path

import pytest

from hubctl.adopt.run import check_writable, target, write_file
from hubctl.core.errors import BadInputError
from stacks.adoption.file import AdoptionFile, read_adoption


def file(**settings: object) -> AdoptionFile:
    return AdoptionFile.model_validate({"version": 1, "stack": "aws-lab", "settings": settings})


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    path = target(tmp_path / "a" / "b", "aws-lab", proven=True)
    write_file(path, file(zone_count=3), overwrite=False)
    assert read_adoption(path, "aws-lab") == file(zone_count=3)
    write_file(path, file(zone_count=3), overwrite=False)  # the same again is no conflict


def test_another_file_is_not_written_over_unasked(tmp_path: Path) -> None:
    path = target(tmp_path, "aws-lab", proven=True)
    write_file(path, file(zone_count=3), overwrite=False)
    with pytest.raises(BadInputError, match="exists and differs") as refused:
        write_file(path, file(zone_count=4), overwrite=False)
    assert '-    "zone_count": 3' in refused.value.message
    assert "--force" in refused.value.remedy
    assert read_adoption(path, "aws-lab") == file(zone_count=3)
    write_file(path, file(zone_count=4), overwrite=True)
    assert read_adoption(path, "aws-lab") == file(zone_count=4)


def test_what_is_not_proven_lies_where_no_stack_reads_it(tmp_path: Path) -> None:
    assert target(tmp_path, "aws-lab", proven=False).name == "aws-lab.draft.json"


def test_where_nothing_can_be_written_is_said_before_and_after_planning(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(BadInputError, match="is not a folder") as refused:
        check_writable(taken / "adoption")
    assert "--out" in str(refused.value.remedy)
    with pytest.raises(BadInputError, match="no adoption file can be written"):
        write_file(taken / "adoption" / "aws-lab.json", file(), overwrite=False)
    check_writable(tmp_path / "new" / "folder")
    assert not (tmp_path / "new").exists()
