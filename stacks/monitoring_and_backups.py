"""Monitoring and backups of a stack, each where settings and profile want it, and the protection of what holds data."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem

from hub_constructs.core.stack import HubStack
from hub_constructs.monitoring.alarms import AlarmSpec
from hub_constructs.monitoring.notifications import NotificationsProps
from hub_constructs.monitoring.shared_watches import publish_sizes
from hub_constructs.monitoring.stack_monitoring import Graph, StackMonitoring, StackMonitoringProps
from hub_constructs.shared.file_systems import FileSystemBackup, FileSystemBackupProps
from stacks.settings.common import CommonSettings
from stacks.variables import CommonVariables

PROTECTED_TYPES = ("aws_efs_file_system", "aws_backup_vault")


@dataclass(frozen=True, kw_only=True)
class MonitoringAndBackupsProps:
    """``name`` begins the names of what is made. ``file_system`` None means that there are no shared homes to back up."""

    name: str
    variables: CommonVariables
    region: str
    partition: str
    account_id: str
    group: AutoscalingGroup
    alarms: Sequence[AlarmSpec]
    graphs: Sequence[Graph]
    file_system: EfsFileSystem | None


def add_monitoring_and_backups(
    stack: HubStack, settings: CommonSettings, props: MonitoringAndBackupsProps
) -> None:
    """Add to ``stack`` what ``settings`` want."""
    if settings.has("monitoring"):
        publish_sizes(props.group)
        notifications = NotificationsProps(
            name=props.name,
            email=props.variables.alarm_email,
            partition=props.partition,
            region=props.region,
            account_id=props.account_id,
        )
        StackMonitoring(
            stack,
            "operations",
            StackMonitoringProps(notifications=notifications, alarms=props.alarms, graphs=props.graphs),
        )
    if settings.has("backups") and props.file_system is not None:
        FileSystemBackup(
            stack,
            "homes-backup",
            FileSystemBackupProps(
                name=props.name,
                file_system_arn=props.file_system.arn,
                retention_days=props.variables.backup_retention_days,
                account_id=props.account_id,
            ),
        )


def protect_data(stack: HubStack) -> None:
    """Let Terraform refuse, while it plans, to delete or replace any file system or vault of backups in ``stack``."""
    for address, resource in stack.address_book.resources.items():
        if address.startswith(tuple(f"{kind}." for kind in PROTECTED_TYPES)):
            resource.add_override("lifecycle.prevent_destroy", True)
