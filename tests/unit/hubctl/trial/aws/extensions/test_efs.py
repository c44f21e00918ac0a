from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws


@pytest.fixture
def efs(aws: LocalAws) -> Any:
    return aws.client("efs")


@pytest.fixture
def file_system_id(efs: Any, request: pytest.FixtureRequest) -> str:
    return str(efs.create_file_system(CreationToken=request.node.name, Encrypted=True)["FileSystemId"])


def test_protection_against_overwriting_is_on_until_switched_off(efs: Any, file_system_id: str) -> None:
    def protection() -> Any:
        found = efs.describe_file_systems(FileSystemId=file_system_id)["FileSystems"][0]
        return found["FileSystemProtection"]["ReplicationOverwriteProtection"]

    assert protection() == "ENABLED"
    efs.update_file_system_protection(FileSystemId=file_system_id, ReplicationOverwriteProtection="DISABLED")
    assert protection() == "DISABLED"


def test_the_backup_policy_can_be_set(efs: Any, file_system_id: str) -> None:
    for status in ("ENABLED", "DISABLED"):
        efs.put_backup_policy(FileSystemId=file_system_id, BackupPolicy={"Status": status})
        assert efs.describe_backup_policy(FileSystemId=file_system_id)["BackupPolicy"]["Status"] == status


def test_the_throughput_mode_can_be_changed(efs: Any, file_system_id: str) -> None:
    found = efs.describe_file_systems(FileSystemId=file_system_id)["FileSystems"][0]
    assert "ProvisionedThroughputInMibps" not in found
    efs.update_file_system(FileSystemId=file_system_id, ThroughputMode="elastic")
    found = efs.describe_file_systems(FileSystemId=file_system_id)["FileSystems"][0]
    assert found["ThroughputMode"] == "elastic"


def test_the_policy_can_be_deleted(efs: Any, file_system_id: str) -> None:
    efs.put_file_system_policy(FileSystemId=file_system_id, Policy='{"Version": "2012-10-17"}')
    efs.delete_file_system_policy(FileSystemId=file_system_id)
    with pytest.raises(efs.exceptions.PolicyNotFound):
        efs.describe_file_system_policy(FileSystemId=file_system_id)
