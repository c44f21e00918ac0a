"""The users' files: an encrypted EFS file system with one mount target per subnet, mounted over TLS only, and its backups.

The backups are made daily: vault, plan, what is selected, and the role that AWS Backup takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import Fn
from cdktf_cdktf_provider_aws.backup_plan import BackupPlan, BackupPlanRule, BackupPlanRuleLifecycle
from cdktf_cdktf_provider_aws.backup_selection import BackupSelection
from cdktf_cdktf_provider_aws.backup_vault import BackupVault
from cdktf_cdktf_provider_aws.efs_file_system import (
    EfsFileSystem,
    EfsFileSystemLifecyclePolicy,
)
from cdktf_cdktf_provider_aws.efs_file_system_policy import EfsFileSystemPolicy
from cdktf_cdktf_provider_aws.efs_mount_target import EfsMountTarget
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.shared.instance_role import Statement, policy_json

BACKUP_ADDRESS = "homes_backup"
NIGHTLY = "cron(0 2 * * ? *)"  # in UTC
START_WITHIN_MINUTES, END_WITHIN_MINUTES = 60, 720


@dataclass(frozen=True, kw_only=True)
class SharedFileSystemProps:
    """``subnets`` maps the address of a mount target to its subnet's id."""

    address: str
    creation_token: str
    name: str
    subnets: Mapping[str, str]
    security_groups: Sequence[str]


class SharedFileSystem(Construct):
    """Homes that outlive instances. Files unread for 30 days move to infrequent access and back on first use."""

    def __init__(self, scope: Construct, id_: str, props: SharedFileSystemProps) -> None:
        super().__init__(scope, id_)
        self.file_system = at(
            EfsFileSystem(
                self,
                "file-system",
                creation_token=props.creation_token,
                encrypted=True,
                throughput_mode="elastic",
                lifecycle_policy=[
                    EfsFileSystemLifecyclePolicy(transition_to_ia="AFTER_30_DAYS"),
                    EfsFileSystemLifecyclePolicy(transition_to_primary_storage_class="AFTER_1_ACCESS"),
                ],
                tags={"Name": props.name},
            ),
            props.address,
        )
        self.policy = at(
            EfsFileSystemPolicy(
                self,
                "policy",
                file_system_id=self.file_system.id,
                policy=Fn.jsonencode(_only_encrypted(self.file_system.arn)),
            ),
            props.address,
        )
        self.mount_targets = [
            at(
                EfsMountTarget(
                    self,
                    address,
                    file_system_id=self.file_system.id,
                    subnet_id=subnet,
                    security_groups=list(props.security_groups),
                ),
                address,
            )
            for address, subnet in props.subnets.items()
        ]


def _only_encrypted(file_system_arn: str) -> dict[str, object]:
    """Allow what NFS clients do through a mount target, and refuse every connection without TLS.

    https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
    """
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ClientsThroughMountTargets",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [
                    "elasticfilesystem:ClientMount",
                    "elasticfilesystem:ClientWrite",
                    "elasticfilesystem:ClientRootAccess",
                ],
                "Resource": file_system_arn,
                "Condition": {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
            },
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "*",
                "Resource": file_system_arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


@dataclass(frozen=True, kw_only=True)
class FileSystemBackupProps:
    """``retention_days`` is how long a backup is kept; ``account_id`` is the only one that AWS Backup may act for."""

    name: str
    file_system_arn: str
    retention_days: float
    account_id: str


class FileSystemBackup(Construct):
    """Vault, plan, selection by ARN and role.

    The vault is encrypted with AWS Backup's own key (``aws/backup``), on purpose: a key of the stack would be deleted with the
    stack, and the backups in the vault could not be read any more.
    """

    def __init__(self, scope: Construct, id_: str, props: FileSystemBackupProps) -> None:
        super().__init__(scope, id_)
        self.vault = at(BackupVault(self, "vault", name=f"{props.name}-homes"), BACKUP_ADDRESS)
        self.plan = at(
            BackupPlan(
                self,
                "plan",
                name=f"{props.name}-homes",
                rule=[
                    BackupPlanRule(
                        rule_name="nightly",
                        target_vault_name=self.vault.name,
                        schedule=NIGHTLY,
                        start_window=START_WITHIN_MINUTES,
                        completion_window=END_WITHIN_MINUTES,
                        lifecycle=BackupPlanRuleLifecycle(delete_after=props.retention_days),
                    )
                ],
            ),
            BACKUP_ADDRESS,
        )
        self.role = at(
            IamRole(
                self,
                "role",
                name=f"{props.name}-homes-backup",
                assume_role_policy=Fn.jsonencode(_assumed_by_backup(props.account_id)),
            ),
            BACKUP_ADDRESS,
        )
        policy = at(
            IamRolePolicy(
                self,
                "policy",
                name=f"{props.name}-homes-backup",
                role=self.role.id,
                policy=policy_json(_backup_statements(props.file_system_arn, self.vault.arn)),
            ),
            BACKUP_ADDRESS,
        )
        at(
            BackupSelection(
                self,
                "selection",
                name=f"{props.name}-homes",
                plan_id=self.plan.id,
                iam_role_arn=self.role.arn,
                resources=[props.file_system_arn],
                depends_on=[policy],
            ),
            BACKUP_ADDRESS,
        )


def _assumed_by_backup(account_id: str) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "backup.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            }
        ],
    }


def _backup_statements(file_system_arn: str, vault_arn: str) -> list[Statement]:
    """Return the part of AWS's two managed policies that backing up and restoring this file system needs.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
    """
    return [
        Statement(
            sid="BackUpAndRestore",
            actions=[
                "elasticfilesystem:Backup",
                "elasticfilesystem:DescribeTags",
                "elasticfilesystem:DescribeFileSystems",
                "elasticfilesystem:Restore",
            ],
            resources=[file_system_arn],
        ),
        Statement(sid="UseVault", actions=["backup:DescribeBackupVault"], resources=[vault_arn]),
        Statement(sid="FindResources", actions=["tag:GetResources"], resources=["*"]),  # knows no resources
    ]
