"""The original design's shared file system: EFS in a single zone with a single mount target (B6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem, EfsFileSystemLifecyclePolicy
from cdktf_cdktf_provider_aws.efs_mount_target import EfsMountTarget
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from hub_constructs.addresses import at


@dataclass(frozen=True, kw_only=True)
class OneZoneFileSystemProps:
    """The file system lies in the zone of ``subnet``; workers of other zones reach it across zones."""

    subnet: Subnet
    security_groups: Sequence[str]
    creation_token: str


class OneZoneFileSystem(Construct):
    """Encrypted, bursting throughput, files unread for 30 days in infrequent access."""

    def __init__(self, scope: Construct, id_: str, props: OneZoneFileSystemProps) -> None:
        super().__init__(scope, id_)
        self.file_system = at(
            EfsFileSystem(
                self,
                "file-system",
                creation_token=props.creation_token,
                availability_zone_name=props.subnet.availability_zone,
                encrypted=True,
                throughput_mode="bursting",
                lifecycle_policy=[EfsFileSystemLifecyclePolicy(transition_to_ia="AFTER_30_DAYS")],
            ),
            "research_shared_fs",
        )
        self.mount_target = at(
            EfsMountTarget(
                self,
                "mount-target",
                file_system_id=self.file_system.id,
                subnet_id=props.subnet.id,
                security_groups=list(props.security_groups),
            ),
            "core_mnt_target",
        )
