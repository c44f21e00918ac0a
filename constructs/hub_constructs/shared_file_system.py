"""An encrypted EFS file system with one mount target a subnet, which can only be mounted over TLS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import Fn
from cdktf_cdktf_provider_aws.efs_file_system import (
    EfsFileSystem,
    EfsFileSystemLifecyclePolicy,
)
from cdktf_cdktf_provider_aws.efs_file_system_policy import EfsFileSystemPolicy
from cdktf_cdktf_provider_aws.efs_mount_target import EfsMountTarget
from constructs import Construct

from hub_constructs.addresses import at


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
