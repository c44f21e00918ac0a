"""What all spawners of an instance share, started over folders of the test."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from hub_common.user_files import ELASTIC
from lab_hub.containers import Containers
from lab_hub.services import measure_homes, start_services
from lab_hub.settings import check_settings
from tests.support.lab_engine import Labelled
from tests.support.waiting import PATIENCE, wait_until

GIB = 1024**3


def test_homes_that_are_not_mounted_do_not_count_as_there(tmp_path: Path) -> None:
    assert measure_homes(tmp_path, shared=False).answers
    with pytest.raises(OSError, match="no file system is mounted"):
        measure_homes(tmp_path, shared=True)


def test_the_services_start_and_see_the_containers(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_MEMORY_GIB", "4")
    document["homes"] = {"file_system_id": None, "mount_point": str(tmp_path)}
    containers = Containers(Labelled({"jupyterhub-lab.kind=notebook": ["/notebook-ada"]}))
    assert containers.names() == {"notebook-ada"}
    started = start_services(check_settings(document), containers, state_folder=tmp_path)
    assert started.admission.places == 2
    started.disk.stop(PATIENCE)
    started.accounting.stop(PATIENCE)
    started.maintenance.stop(PATIENCE)


def test_shared_homes_are_measured_against_the_quotas_of_all(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_MEMORY_GIB", "4")
    blocks = (ELASTIC << 13) // GIB
    answer = SimpleNamespace(f_frsize=GIB, f_blocks=blocks, f_bfree=blocks - 320, f_bavail=1)
    monkeypatch.setattr(os, "statvfs", lambda _: answer)
    monkeypatch.setattr(Path, "is_mount", lambda _: True)
    document["homes"]["mount_point"] = f"{tmp_path}/homes"
    for number in range(20):
        (tmp_path / f"homes/user-{number}").mkdir(parents=True)
    client = SimpleNamespace(containers=lambda **_: [])
    started = start_services(check_settings(document), Containers(client), state_folder=tmp_path)
    try:
        wait_until(lambda: started.disk.state().allowed == 20 * 20 * GIB, "a look at the homes")
        assert REGISTRY.get_sample_value("lab_hub_disk_limit_percent") == 80
    finally:
        for service in (started.disk, started.accounting, started.maintenance):
            service.stop(PATIENCE)
