import itertools
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from swarm_hub.admission import Disk
from swarm_hub.shared_disk import ELASTIC, SharedDisk, measure
from tests.support.waiting import PATIENCE, wait_until


def test_a_real_file_system_is_measured_as_df_does(tmp_path: Path) -> None:
    disk = measure(tmp_path, promised=1)
    assert disk.answers
    assert 0 < disk.used < disk.capacity


def test_an_elastic_file_system_is_measured_against_what_was_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    block = 1 << 20
    answer = SimpleNamespace(
        f_frsize=block, f_blocks=(ELASTIC << 13) // block, f_bfree=(ELASTIC << 13) // block - 300, f_bavail=1
    )
    monkeypatch.setattr(os, "statvfs", lambda _: answer)
    disk = measure(Path("/mnt"), promised=400 * block)
    assert disk.percent == 75
    assert measure(Path("/mnt"), promised=0).percent == 0


def test_a_file_system_that_is_gone_does_not_answer(tmp_path: Path) -> None:
    watch = SharedDisk(tmp_path / "away", promised=0, probe_seconds=0.01, stale_seconds=PATIENCE)
    watch.start(PATIENCE)
    assert not watch.state().answers
    (tmp_path / "away").mkdir()
    try:
        wait_until(lambda: watch.state().answers, "an answer")
    finally:
        watch.stop(PATIENCE)


def test_a_file_system_that_hangs_hangs_nobody() -> None:
    hang = threading.Event()
    answers = itertools.chain([True], itertools.repeat(False))

    def probe(_folder: Path, _promised: int) -> Disk:
        if not next(answers):
            hang.wait()
        return Disk(answers=True)

    watch = SharedDisk(Path("/mnt"), promised=0, probe_seconds=0.01, stale_seconds=0.5, probe=probe)
    watch.start(PATIENCE)
    try:
        wait_until(lambda: not watch.state().answers, "that an old answer no longer counts")
    finally:
        hang.set()
        watch.stop(PATIENCE)


def test_an_answer_counts_until_it_is_stale() -> None:
    watch = SharedDisk(Path("/mnt"), promised=0, probe=lambda _folder, _promised: Disk(answers=True))
    watch.start(PATIENCE)
    watch.stop(PATIENCE)
    assert watch.state().answers


def test_before_the_first_answer_nothing_is_taken_for_granted() -> None:
    hang = threading.Event()

    def probe(_folder: Path, _promised: int) -> Disk:
        hang.wait()
        return Disk(answers=True)

    watch = SharedDisk(Path("/mnt"), promised=0, probe=probe)
    watch.start(patience=0.05)
    try:
        assert not watch.state().answers
    finally:
        hang.set()
        watch.stop(PATIENCE)
