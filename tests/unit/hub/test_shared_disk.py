import itertools
import json
import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from swarm_hub.admission import Disk, UserDisk, refuse_for_files
from swarm_hub.hub_parts import make_parts
from swarm_hub.settings import check_settings
from swarm_hub.shared_disk import ELASTIC, SharedDisk, against_quotas, measure
from tests.support.waiting import PATIENCE, wait_until

MIB, GIB = 1024**2, 1024**3


def test_a_real_file_system_is_measured_as_df_does(tmp_path: Path) -> None:
    disk = measure(tmp_path)
    assert disk.answers
    assert 0 < disk.used < disk.capacity


@pytest.fixture
def elastic(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return ``elastic(used)``: every file system is one that grows, and holds so many GiB."""

    def use(used: int) -> None:
        blocks = (ELASTIC << 13) // MIB
        answer = SimpleNamespace(f_frsize=MIB, f_blocks=blocks, f_bfree=blocks - used * 1024, f_bavail=1)
        monkeypatch.setattr(os, "statvfs", lambda _: answer)

    return use


def test_an_elastic_file_system_is_measured_against_the_quotas_of_all(elastic: Callable[[int], None]) -> None:
    elastic(300)
    disk = measure(Path("/mnt"))
    assert (disk.used, disk.percent) == (300 * GIB, 0)
    assert math.isnan(disk.limit_percent(85))
    measured = against_quotas(disk, users=20, quota=20 * GIB, stored=300 * GIB)
    assert measured.limit_percent(85) == 75
    assert not measured.spent
    assert against_quotas(disk, users=20, quota=15 * GIB, stored=300 * GIB).spent
    assert math.isnan(against_quotas(disk, users=20, quota=0, stored=300 * GIB).limit_percent(85))


def test_a_disk_of_one_size_is_measured_against_its_own_limit(tmp_path: Path) -> None:
    disk = measure(tmp_path)
    assert against_quotas(disk, users=1, quota=1, stored=disk.used) == disk
    assert Disk(answers=True, used=68, capacity=100).limit_percent(85) == 80
    assert math.isnan(Disk(answers=False).limit_percent(85))


def test_the_files_of_all_users_within_their_quotas_stop_nobody(
    elastic: Callable[[int], None], document: dict[str, Any], tmp_path: Path
) -> None:
    """500 users of 2 GiB each, in a hub for 50 at once with a quota of 20 GiB, and as much again in data sets."""
    elastic(2000)
    for number in range(500):
        (tmp_path / f"shared/users/user-{number}").mkdir(parents=True)
    (tmp_path / "state").mkdir()
    sizes = {f"user-{number}": 2 * GIB for number in range(500)}
    (tmp_path / "state/directory-sizes.json").write_text(json.dumps(sizes))
    document |= {
        "shared_folder": f"{tmp_path}/shared",
        "users_folder": f"{tmp_path}/shared/users",
        "state_folder": f"{tmp_path}/state",
        "autoscaling_group": "",
    }
    document["hub"] |= {"max_users": 50, "user_disk_gib": 20, "max_disk_percent": 85}
    docker: Any = SimpleNamespace(cluster=None)
    parts = make_parts(check_settings(document), docker)
    try:
        wait_until(lambda: parts.disk.state().allowed == 500 * 20 * GIB, "a look at all users' directories")
        disk = parts.disk.state()
        assert disk.stored == 1000 * GIB
        assert refuse_for_files(disk, UserDisk(used=2 * GIB, quota=20 * GIB), 85) is None
        shown = REGISTRY.get_sample_value("chef_hub_disk_limit_percent")
        assert shown == 10
    finally:
        for part in (parts.disk, parts.accounting, parts.maintenance):
            part.stop(PATIENCE)


def test_a_file_system_that_is_gone_does_not_answer(tmp_path: Path) -> None:
    watch = SharedDisk(tmp_path / "away", probe_seconds=0.01, stale_seconds=PATIENCE)
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

    def probe(_folder: Path) -> Disk:
        if not next(answers):
            hang.wait()
        return Disk(answers=True)

    watch = SharedDisk(Path("/mnt"), probe_seconds=0.01, stale_seconds=0.5, probe=probe)
    watch.start(PATIENCE)
    try:
        wait_until(lambda: not watch.state().answers, "that an old answer no longer counts")
    finally:
        hang.set()
        watch.stop(PATIENCE)


def test_an_answer_counts_until_it_is_stale() -> None:
    watch = SharedDisk(Path("/mnt"), probe=lambda _folder: Disk(answers=True))
    watch.start(PATIENCE)
    watch.stop(PATIENCE)
    assert watch.state().answers


def test_before_the_first_answer_nothing_is_taken_for_granted() -> None:
    hang = threading.Event()

    def probe(_folder: Path) -> Disk:
        hang.wait()
        return Disk(answers=True)

    watch = SharedDisk(Path("/mnt"), probe=probe)
    watch.start(patience=0.05)
    try:
        assert not watch.state().answers
    finally:
        hang.set()
        watch.stop(PATIENCE)
