"""The parts of a destroy: what holds data, the saved state, imports, parameters."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.files import UnwrittenError
from hubctl.destroy.holdings import Holding, clear, holdings, region_of
from hubctl.destroy.private_copy import save_state, write_imports
from tests.unit.hubctl.destroy.calls import Calls

HOMES = Holding(address="aws_efs_file_system.homes", kind="file system", id="fs-1", amount=1, unit="MiB")
ARN = "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-1"


def state(**values: dict[str, Any]) -> dict[str, Any]:
    resources = [
        {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": value}]}
        for kind, value in values.items()
    ]
    return {"version": 4, "resources": resources}


def test_what_holds_data_is_counted_in_aws() -> None:
    calls = Calls(
        describe_file_systems={"FileSystems": [{"SizeInBytes": {"Value": 5 * 2**20}}]},
        describe_backup_vault={"NumberOfRecoveryPoints": 3},
        list_object_versions={"Versions": [{}, {}], "DeleteMarkers": [{}], "IsTruncated": True},
        describe_images={"imageDetails": [{}]},
    )
    found = holdings(
        state(
            aws_ecr_repository={"name": "hub", "force_delete": True},
            aws_s3_bucket={"id": "logs", "force_destroy": False},
            aws_backup_vault={"name": "vault"},
            aws_efs_file_system={"id": "fs-1"},
            aws_vpc={"id": "vpc-1"},
        ),
        calls,
    )
    assert [(one.kind, one.id, one.amount, one.unit, one.emptied) for one in found] == [
        ("file system", "fs-1", 5, "MiB", None),
        ("backup vault", "vault", 3, "backups", None),
        ("bucket", "logs", 3, "object versions or more", False),
        ("image repository", "hub", 1, "images", True),
    ]


def test_what_is_gone_already_is_left_to_terraform() -> None:
    found = state(aws_efs_file_system={"id": "fs-1"})
    assert holdings(found, Calls(describe_file_systems="FileSystemNotFound")) == []


def test_a_refusal_of_aws_stops_it() -> None:
    with pytest.raises(HubctlError, match=r"cannot see what aws_efs_file_system\.x holds: AccessDenied"):
        holdings(state(aws_efs_file_system={"id": "fs-1"}), Calls(describe_file_systems="AccessDenied"))


def test_the_region_is_that_of_the_resources() -> None:
    assert region_of(
        state(aws_iam_role={"arn": "arn:aws:iam::1:role/x"}, aws_efs_file_system={"arn": ARN})
    ) == ("eu-central-1")
    assert region_of({}) is None


def test_a_saved_state_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    path = save_state("{}", tmp_path / "new", "aws-lab", now)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UnwrittenError, match="exists"):
        save_state("other", tmp_path / "new", "aws-lab", now)
    assert path.read_text(encoding="utf-8") == "{}"


def test_imports_are_added_to_an_adoption_file_and_its_moves_dropped(tmp_path: Path) -> None:
    (tmp_path / "aws-lab.json").write_text(
        json.dumps(
            {
                "version": 1,
                "stack": "aws-lab",
                "settings": {"profile": "original"},
                "moves": [{"from": "module.a.aws_vpc.x", "to": "aws_vpc.lab"}],
                "imports": [
                    {"to": "aws_efs_file_system.homes", "id": "fs-old"},
                    {"to": "aws_vpc.lab", "id": "vpc-1"},
                    {"to": "aws_backup_vault.homes_backup", "id": "kept-before"},
                ],
            }
        ),
        encoding="utf-8",
    )
    path = write_imports(tmp_path, "aws-lab", [HOMES], gone={"aws_vpc.lab"})
    assert path is not None
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["settings"] == {"profile": "original"}
    assert written["imports"] == [
        {"to": "aws_backup_vault.homes_backup", "id": "kept-before"},
        {"to": "aws_efs_file_system.homes", "id": "fs-1"},
    ]
    assert written["moves"] == []


def test_homes_that_are_deleted_are_not_imported_any_more(tmp_path: Path) -> None:
    assert write_imports(tmp_path, "aws-lab", [], gone={HOMES.address}) is None
    write_imports(tmp_path, "aws-lab", [HOMES], gone=())
    path = write_imports(tmp_path, "aws-lab", [], gone={HOMES.address})
    assert path is not None
    assert "imports" not in json.loads(path.read_text(encoding="utf-8"))


def test_an_unreadable_adoption_file_is_left_alone_and_the_ids_are_told(tmp_path: Path) -> None:
    (tmp_path / "aws-lab.json").write_text("{", encoding="utf-8")
    with pytest.raises(HubctlError, match="cannot be added to") as error:
        write_imports(tmp_path, "aws-lab", [HOMES], gone=())
    assert "aws_efs_file_system.homes = fs-1" in error.value.remedy
    assert (tmp_path / "aws-lab.json").read_text(encoding="utf-8") == "{"


def test_parameters_are_deleted_ten_at_a_time() -> None:
    calls = Calls()
    clear(calls, [str(number) for number in range(23)])
    assert [len(arguments["Names"]) for _, arguments in calls.made] == [10, 10, 3]
