"""What the switch changes in files, images, buckets, alarms and logs."""

from stacks.chef_hub_differences.difference import Difference, of

_BUCKET_PARTS = (
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
)
_TOPIC_PARTS = ("aws_kms_alias", "aws_kms_key", "aws_sns_topic", "aws_sns_topic_policy")

SERVICES: tuple[Difference, ...] = (
    Difference(
        setting="shared files",
        original="bursting throughput, no policy, files stay in infrequent access",
        recommended="elastic throughput, files come back at first use",
        improves="throughput follows the load. The file system stays in its one zone: see below",
        on_switch="updates",
        addresses=("aws_efs_file_system.research_shared_fs", "aws_efs_mount_target.core_mnt_target"),
    ),
    Difference(
        setting="mount target in the second zone, policy of the file system",
        original="none",
        recommended="both zones; only connections over TLS",
        improves="one zone's failure does not take the files; nothing travels in clear",
        on_switch="adds",
        addresses=(
            "aws_efs_file_system_policy.research_shared_fs",
            "aws_efs_mount_target.secondary_mnt_target",
        ),
    ),
    Difference(
        setting="image repositories",
        original="tags can be overwritten; images are kept for ever",
        recommended="tags are immutable; the newest 30 images are kept; a destroy deletes them",
        improves="a tag means one image; storage does not grow without end; nothing is left behind",
        on_switch="updates",
        addresses=of("aws_ecr_repository", "geospatial", "jupyterhubserver"),
    ),
    Difference(
        setting="expiry of images",
        original="none",
        recommended="the newest 30 are kept",
        improves="cost",
        on_switch="adds",
        addresses=of("aws_ecr_lifecycle_policy", "geospatial", "jupyterhubserver"),
    ),
    Difference(
        setting="bootstrap bucket",
        original="an existing one (`bootstrap_bucket`)",
        recommended="made here when none is given: encrypted, versioned, private, TLS only",
        improves="nothing has to be prepared",
        on_switch="adds",
        addresses=tuple(f"{kind}.bootstrap" for kind in _BUCKET_PARTS),
    ),
    Difference(
        setting="alarms, notifications, dashboard (`monitoring`)",
        original="none",
        recommended="an encrypted topic, which `alarm_email` subscribes to, and the alarms of docs/how-to/monitor.md",
        improves="somebody is told before the users say it",
        on_switch="adds",
        addresses=(
            *(f"{kind}.notifications" for kind in _TOPIC_PARTS),
            "aws_sns_topic_subscription.operators",
            "aws_cloudwatch_dashboard.operations",
            *of(
                "aws_cloudwatch_metric_alarm",
                "backup_old",
                "capacity_at_max",
                "capacity_missing",
                "certificate_expiry",
                "converge_failures",
                "converge_none",
                "disk_limit",
                "errors_hub",
                "homes_burst_credits",
                "homes_operations",
                "homes_throughput",
                "hub_silent",
                "machine_chef_server",
                "machine_hub_leader",
                "machine_workstation",
            ),
        ),
    ),
    Difference(
        setting="backups of the shared files (`backups`)",
        original="none",
        recommended="every night by AWS Backup, kept for `backup_retention_days`",
        improves="a deleted directory, or a lost file system, comes back",
        on_switch="adds",
        addresses=tuple(
            f"{kind}.homes_backup"
            for kind in (
                "aws_backup_plan",
                "aws_backup_selection",
                "aws_backup_vault",
                "aws_iam_role",
                "aws_iam_role_policy",
            )
        ),
    ),
    Difference(
        setting="log group of the nodes",
        original="none",
        recommended="`/chef-hub/nodes`, kept for `log_retention_days`",
        improves="logs outlive the nodes, and do not cost for ever",
        on_switch="adds",
        addresses=("aws_cloudwatch_log_group.nodes",),
    ),
)
