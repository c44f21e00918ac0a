"""The users' files: encrypted, over TLS only, in all zones, and backed up."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Configuration = dict[str, Any]


def test_homes_are_encrypted_and_only_reached_over_tls(lab_resources: Configuration) -> None:
    assert lab_resources["aws_efs_file_system.homes"]["encrypted"] is True
    assert "aws:SecureTransport" in lab_resources["aws_efs_file_system_policy.homes"]["policy"]


def test_files_are_shared_in_both_zones_encrypted_at_rest_and_on_the_way(
    hub_resources: Configuration,
) -> None:
    files = hub_resources["aws_efs_file_system.research_shared_fs"]
    assert files["encrypted"] is True
    assert "availability_zone_name" not in files
    subnets = {
        block["subnet_id"]
        for address, block in hub_resources.items()
        if address.startswith("aws_efs_mount_target.")
    }
    assert subnets == {"${aws_subnet.default_subnet.id}", "${aws_subnet.default_subnet_2.id}"}
    assert (
        hub_resources["aws_efs_mount_target.core_mnt_target"]["subnet_id"]
        == "${aws_subnet.default_subnet.id}"
    )
    policy = hub_resources["aws_efs_file_system_policy.research_shared_fs"]["policy"]
    assert '"aws:SecureTransport" = "false"' in policy


@pytest.mark.parametrize(("stack", "files"), [("aws-lab", "homes"), ("chef-hub", "research_shared_fs")])
def test_homes_are_backed_up_every_night_by_a_role_for_them_alone(
    synth: Callable[..., Configuration], stack: str, files: str
) -> None:
    found = synth(stack)["resource"]
    (rule,) = found["aws_backup_plan"]["homes_backup"]["rule"]
    assert rule["target_vault_name"] == "${aws_backup_vault.homes_backup.name}"
    assert rule["lifecycle"] == {"delete_after": "${var.backup_retention_days}"}
    arn = f"aws_efs_file_system.{files}.arn"
    assert found["aws_backup_selection"]["homes_backup"]["resources"] == [f"${{{arn}}}"]
    policy = found["aws_iam_role_policy"]["homes_backup"]["policy"]
    assert f'"Resource" = [{arn}]' in policy
    assert "backup.amazonaws.com" in json.dumps(found["aws_iam_role"]["homes_backup"])
