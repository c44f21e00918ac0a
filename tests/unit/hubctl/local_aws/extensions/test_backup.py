import urllib.parse
import urllib.request
from typing import Any

import pytest

from hubctl.local_aws.server import LocalAws
from tests.support.waiting import PATIENCE

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
