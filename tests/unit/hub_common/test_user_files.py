"""Users' directories, and the watch over the file system with all of them."""

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

from hub_common.admission import Disk, UserDisk, refuse_for_files
from hub_common.user_files import (
    ELASTIC,
    NOTEBOOK_GID,
    NOTEBOOK_UID,
    SharedDisk,
    against_quotas,
    make_user_directory,
    measure,
)
from swarm_hub.services import start_services
from swarm_hub.settings import check_settings
from swarm_hub.user_domains import UserDomains
from tests.support.waiting import PATIENCE, wait_until


def test_the_directory_is_the_users_alone(tmp_path: Path) -> None:
    (tmp_path / "users").mkdir()
    directory = make_user_directory(tmp_path / "users", "ada")
    assert directory == tmp_path / "users" / "ada"
    status = directory.stat()
    assert status.st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert (status.st_uid, status.st_gid) == (NOTEBOOK_UID, NOTEBOOK_GID)


def test_nothing_is_made_where_no_file_system_is_mounted(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_user_directory(tmp_path / "users", "ada")
    assert not list(tmp_path.iterdir())


def test_files_stay_and_open_doors_are_closed(tmp_path: Path) -> None:
    directory = make_user_directory(tmp_path, "ada")
    (directory / "notebook.ipynb").write_text("{}")
    directory.chmod(0o777)
    assert make_user_directory(tmp_path, "ada") == directory
    assert (directory / "notebook.ipynb").read_text() == "{}"
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "ada").symlink_to(elsewhere)
    with pytest.raises(OSError, match="ada"):
        make_user_directory(tmp_path, "ada")
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_strange_names_stay_below_the_folder(tmp_path: Path) -> None:
    for name in ("../../etc", "..", "a/b", "/etc"):
        assert make_user_directory(tmp_path, name).parent == tmp_path


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


def test_users_within_their_quotas_can_start_whatever_all_their_files_take(
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
    services = start_services(check_settings(document), UserDomains(), docker)
    try:
        wait_until(
            lambda: services.disk.state().allowed == 500 * 20 * GIB, "a look at all users' directories"
        )
        disk = services.disk.state()
        assert disk.stored == 1000 * GIB
        assert refuse_for_files(disk, UserDisk(used=2 * GIB, quota=20 * GIB), 85) is None
        shown = REGISTRY.get_sample_value("chef_hub_disk_limit_percent")
        assert shown == 10
    finally:
        for service in (services.disk, services.accounting, services.maintenance):
            service.stop(PATIENCE)


def test_a_file_system_that_is_gone_does_not_answer(tmp_path: Path) -> None:
    watch = SharedDisk(tmp_path / "away", probe_seconds=0.01, stale_seconds=PATIENCE)
    watch.start(PATIENCE)
    assert not watch.state().answers
    (tmp_path / "away").mkdir()
    try:
        wait_until(lambda: watch.state().answers, "an answer")
    finally:
        watch.stop(PATIENCE)


def test_a_file_system_that_hangs_does_not_block_its_readers() -> None:
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
