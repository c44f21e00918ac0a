"""Files are replaced whole: a full disk, a killed run or a missing right leaves what was there."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubctl.adopt.run import write_file
from hubctl.core.errors import HubctlError
from hubctl.core.files import UnwrittenError, write_whole
from hubctl.core.terraform.provider_schemas import keep
from hubctl.destroy.holdings import Holding
from hubctl.destroy.private_copy import save_state, write_imports
from hubctl.trial.lab.timeline import write_csv
from stacks.adoption.file import AdoptionFile
from tests.support.full_disk import full_disk
from tools.lock_files import rewrite

GOOD = '{"version": 1, "stack": "aws-lab", "forget": ["aws_vpc.good"]}\n'
LONG = [f"aws_vpc.a{number}" for number in range(3000)]


def adoption(path: Path) -> None:
    file = AdoptionFile.model_validate({"version": 1, "stack": "aws-lab", "forget": LONG})
    write_file(path, file, overwrite=True)


def imports(path: Path) -> None:
    holding = Holding(
        kind="file system", address="aws_efs_file_system.homes", id="fs-1" * 4000, amount=1, unit="byte"
    )
    write_imports(path.parent, "aws-lab", [holding], [])


WRITERS: dict[str, Callable[[Path], object]] = {
    "adoption": adoption,
    "imports after destroy": imports,
    "lock": lambda path: rewrite(path, {"a": "b" * 9000}, indent=2),
    "schemas": lambda path: keep(b"x" * 9000, path),
    "text": lambda path: write_whole(path, "é" * 9000),
    "table": lambda path: write_csv([], path),
}


@pytest.mark.parametrize("room", [0, 20])
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, name: str, room: int) -> None:
    path = tmp_path / "aws-lab.json"
    path.write_text(GOOD)
    with full_disk(room), pytest.raises(HubctlError, match=r"File too large"):
        WRITERS[name](path)
    assert path.read_text() == GOOD
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_state_is_saved_whole_or_not_at_all(tmp_path: Path) -> None:
    with full_disk(20), pytest.raises(UnwrittenError):
        save_state("{}" * 200, tmp_path / "saved", "aws-lab", datetime(2026, 1, 1, tzinfo=UTC))
    assert list((tmp_path / "saved").iterdir()) == []
    saved = save_state("{}", tmp_path / "saved", "aws-lab", datetime(2026, 1, 1, tzinfo=UTC))
    assert saved.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UnwrittenError, match="exists"):
        save_state("other", tmp_path / "saved", "aws-lab", datetime(2026, 1, 1, tzinfo=UTC))
    assert saved.read_text() == "{}"


def test_a_file_keeps_its_permissions_and_a_new_one_follows_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("old")
    path.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_whole(path, "new")
        write_whole(tmp_path / "folder" / "fresh", b"\x00", folders=True)
        write_whole(tmp_path / "secret", "", mode=0o600)
    finally:
        os.umask(before)
    modes = [
        file.stat().st_mode & 0o777 for file in (path, tmp_path / "folder" / "fresh", tmp_path / "secret")
    ]
    assert modes == [0o640, 0o640, 0o600]
    assert path.read_text() == "new"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    kept = tmp_path / "real" / "file"
    kept.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(kept)
    write_whole(link, "new")
    assert link.is_symlink()
    assert kept.read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "through")
    reader.join(timeout=30)
    assert read == ["through"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("place", ["folder", "file/below", "no/such"])
def test_what_cannot_be_written_is_said_with_what_to_do(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UnwrittenError, match="cannot be written") as refused:
        write_whole(tmp_path / place, "new", remedy="Give another --out.")
    assert refused.value.remedy == "Give another --out."
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]
