import urllib.parse
import urllib.request
from typing import Any

import pytest

from hubctl.destroy.emptied_vaults import Pace, empty_vault
from hubctl.destroy.holdings import Holding
from hubctl.trial.aws.server import LocalAws
from tests.support.waiting import PATIENCE, wait_until

ROLE = "arn:aws:iam::123456789012:role/backup"
HOMES = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-0"


@pytest.fixture
def backup(aws: LocalAws) -> Any:
    return aws.client("backup")


@pytest.fixture
def plan(backup: Any, request: pytest.FixtureRequest) -> Any:
    rule = {"RuleName": "daily", "TargetBackupVaultName": "homes"}
    return backup.create_backup_plan(
        BackupPlan={"BackupPlanName": request.node.name, "Rules": [rule]}, BackupPlanTags={"project": "hub"}
    )


def test_a_selection_is_created_read_listed_and_deleted(backup: Any, plan: Any) -> None:
    plan_id = plan["BackupPlanId"]
    wanted = {"SelectionName": "homes", "IamRoleArn": ROLE, "Resources": [HOMES]}
    selection_id = backup.create_backup_selection(BackupPlanId=plan_id, BackupSelection=wanted)["SelectionId"]
    read = backup.get_backup_selection(BackupPlanId=plan_id, SelectionId=selection_id)
    assert read["BackupSelection"] == wanted
    (listed,) = backup.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    assert (listed["SelectionId"], listed["SelectionName"]) == (selection_id, "homes")
    backup.delete_backup_selection(BackupPlanId=plan_id, SelectionId=selection_id)
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.get_backup_selection(BackupPlanId=plan_id, SelectionId=selection_id)


def test_the_name_of_a_deleted_plan_is_free_again(backup: Any, plan: Any) -> None:
    wanted = {
        "BackupPlanName": "test_the_name_of_a_deleted_plan_is_free_again",
        "Rules": [{"RuleName": "daily", "TargetBackupVaultName": "homes"}],
    }
    with pytest.raises(backup.exceptions.AlreadyExistsException):
        backup.create_backup_plan(BackupPlan=wanted)
    backup.delete_backup_plan(BackupPlanId=plan["BackupPlanId"])
    made = backup.create_backup_plan(BackupPlan=wanted)
    assert made["BackupPlanId"] != plan["BackupPlanId"]
    assert backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["DeletionDate"]


def test_a_selection_needs_a_plan(backup: Any) -> None:
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.create_backup_selection(
            BackupPlanId="none", BackupSelection={"SelectionName": "homes", "IamRoleArn": ROLE}
        )


def test_changing_a_plan_makes_a_new_version(backup: Any, plan: Any) -> None:
    changed = {
        "BackupPlanName": "changed",
        "Rules": [{"RuleName": "weekly", "TargetBackupVaultName": "homes"}],
    }
    answer = backup.update_backup_plan(BackupPlanId=plan["BackupPlanId"], BackupPlan=changed)
    assert answer["VersionId"] != plan["VersionId"]
    read = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]
    assert [rule["RuleName"] for rule in read["Rules"]] == ["weekly"]


@pytest.mark.parametrize("end", ["", "/"])
def test_tags_are_listed_with_and_without_a_slash_at_the_end(aws: LocalAws, plan: Any, end: str) -> None:
    arn = urllib.parse.quote(plan["BackupPlanArn"], safe="")
    scope = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/backup/aws4_request, Signature=0"
    request = urllib.request.Request(f"{aws.endpoint_url}/tags/{arn}{end}", headers={"Authorization": scope})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert b'"project": "hub"' in answer.read()


def test_recovery_points_are_made_and_deleted_in_aws_s_own_time(backup: Any) -> None:
    vault = "asynchronous"
    backup.create_backup_vault(BackupVaultName=vault)
    started = backup.start_backup_job(BackupVaultName=vault, ResourceArn=HOMES, IamRoleArn=ROLE)
    arn, job = started["RecoveryPointArn"], started["BackupJobId"]

    def status() -> str | None:
        points = backup.list_recovery_points_by_backup_vault(BackupVaultName=vault)["RecoveryPoints"]
        return next((point["Status"] for point in points if point["RecoveryPointArn"] == arn), None)

    assert status() == "CREATING"
    assert backup.describe_backup_job(BackupJobId=job)["State"] == "RUNNING"
    point = {"BackupVaultName": vault, "RecoveryPointArn": arn}
    with pytest.raises(backup.exceptions.InvalidResourceStateException):
        backup.delete_recovery_point(**point)
    wait_until(lambda: status() == "COMPLETED", "the backup is complete")
    assert backup.describe_backup_job(BackupJobId=job)["State"] == "COMPLETED"
    assert backup.describe_backup_vault(BackupVaultName=vault)["NumberOfRecoveryPoints"] == 1
    with pytest.raises(backup.exceptions.InvalidRequestException, match="contains recovery points"):
        backup.delete_backup_vault(BackupVaultName=vault)

    backup.delete_recovery_point(**point)
    assert backup.describe_recovery_point(**point)["Status"] == "DELETING"
    with pytest.raises(backup.exceptions.InvalidRequestException):
        backup.delete_backup_vault(BackupVaultName=vault)
    wait_until(lambda: status() is None, "the recovery point is gone")
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.describe_recovery_point(**point)
    backup.delete_backup_vault(BackupVaultName=vault)


def test_a_vault_is_emptied_and_deleted_as_a_destroy_does_it(aws: LocalAws, backup: Any) -> None:
    vault = "emptied"
    backup.create_backup_vault(BackupVaultName=vault)
    for _ in range(3):
        backup.start_backup_job(BackupVaultName=vault, ResourceArn=HOMES, IamRoleArn=ROLE)
    holding = Holding(address="aws_backup_vault.x", kind="backup vault", id=vault, amount=3, unit="backups")
    said: list[str] = []
    empty_vault(holding, aws.client, said.append, Pace(deadline=PATIENCE, pause=0.1))
    backup.delete_backup_vault(BackupVaultName=vault)
    assert said[-1] == f"  {vault} is empty"


def test_points_need_a_vault(backup: Any) -> None:
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.list_recovery_points_by_backup_vault(BackupVaultName="none")
    with pytest.raises(backup.exceptions.ResourceNotFoundException):
        backup.start_backup_job(BackupVaultName="none", ResourceArn=HOMES, IamRoleArn=ROLE)
