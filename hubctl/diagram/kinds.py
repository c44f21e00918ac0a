"""Which types of resources an operator sees in the picture, and why the others are left out.

A type is drawn on its own, drawn together with its relatives in one icon, shown in another way (as an arrow, a frame
or a line of a label), or left out. A type without a rule is drawn with a plain icon, so that nothing is hidden;
a test asks for a rule for every type that the stacks use.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

# Each drawn by a rule in architecture.py
DRAWN_TYPES: frozenset[str] = frozenset(
    {
        "aws_acm_certificate",
        "aws_autoscaling_group",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_metric_alarm",
        "aws_efs_file_system",
        "aws_efs_mount_target",
        "aws_instance",
        "aws_lb",
        "aws_route53_record",
        "aws_sns_topic",
        "aws_subnet",
        "aws_vpc",
    }
)
# Pattern of types: how the picture shows them otherwise, or why it does not
SHOWN_OTHERWISE: dict[str, str] = {
    "aws_acm_certificate_validation": "the arrow from the certificate to its zone",
    "aws_autoscaling_attachment": "the arrow from the balancer to the instances",
    "aws_autoscaling_lifecycle_hook": "a detail of the auto scaling group",
    "aws_autoscaling_policy": "the arrow to the auto scaling group, or a line of its label",
    "aws_autoscaling_schedule": "a detail of the auto scaling group",
    "aws_backup_*": "details of AWS Backup",
    "aws_default_security_group": "empty, so that nothing uses it",
    "aws_ecr_*": "details of the repositories",
    "aws_efs_*": "details of the file system",
    "aws_eip": "a line of the label of the instance that it belongs to",
    "aws_iam_*": "what each node may use is a line of the services' labels",
    "aws_internet_gateway": "routes: every subnet has a way out by the Internet gateway",
    "aws_kms_*": "details of KMS",
    "aws_launch_configuration": "the label of the instances",
    "aws_launch_template": "the label of the instances",
    "aws_lb_listener": "the label of the arrow to the balancer",
    "aws_lb_target_group": "the label of the arrow to the instances",
    "aws_lb_target_group_attachment": "the arrow from the balancer to the instances",
    "aws_main_route_table_association": "routes: every subnet has a way out by the Internet gateway",
    "aws_route": "routes: every subnet has a way out by the Internet gateway",
    "aws_route_table": "routes: every subnet has a way out by the Internet gateway",
    "aws_route_table_association": "routes: every subnet has a way out by the Internet gateway",
    "aws_s3_bucket_*": "details of the buckets",
    "aws_security_group": "the arrows",
    "aws_security_group_rule": "the arrows",
    "aws_service_discovery_*": "details of Cloud Map",
    "aws_sns_topic_*": "details of the topic",
    "aws_ssm_document": "a script for operators, not part of the running system",
    "aws_vpc_security_group_egress_rule": "the opposite ends of the arrows",
    "aws_vpc_security_group_ingress_rule": "the arrows",
}


@dataclass(frozen=True, kw_only=True)
class ServiceIcon:
    """Resources of a region that share one icon.

    ``types`` are patterns of resource types; ``named`` the argument that tells them apart on the label, None to
    count them as so many ``plural``; ``actions`` the start of the IAM actions of those who use the service.
    """

    name: str
    icon: str
    title: str
    types: tuple[str, ...]
    named: str | None = None
    plural: str = "resources"
    actions: tuple[str, ...] = ()


# In the order in which they are drawn
SERVICE_ICONS: tuple[ServiceIcon, ...] = (
    ServiceIcon(
        name="s3",
        icon="storage.SimpleStorageServiceS3Bucket",
        title="S3",
        types=("aws_s3_bucket",),
        plural="buckets",
        actions=("s3:",),
    ),
    ServiceIcon(
        name="parameters",
        icon="management.SystemsManagerParameterStore",
        title="Parameter Store",
        types=("aws_ssm_parameter",),
        plural="parameters",
        actions=("ssm:GetParameter", "ssm:PutParameter"),
    ),
    ServiceIcon(
        name="cloud-map",
        icon="network.CloudMap",
        title="Cloud Map",
        types=("aws_service_discovery_service",),
        named="name",
        actions=("servicediscovery:",),
    ),
    ServiceIcon(
        name="ecr",
        icon="compute.EC2ContainerRegistry",
        title="ECR",
        types=("aws_ecr_repository",),
        named="name",
        actions=("ecr:",),
    ),
    ServiceIcon(
        name="logs",
        icon="management.CloudwatchLogs",
        title="CloudWatch Logs",
        types=("aws_cloudwatch_log_group",),
        plural="log groups",
        actions=("logs:PutLogEvents",),
    ),
    ServiceIcon(
        name="backup",
        icon="storage.Backup",
        title="AWS Backup",
        types=("aws_backup_vault", "aws_backup_plan"),
        plural="vault and plan",
    ),
    ServiceIcon(
        name="secrets",
        icon="security.SecretsManager",
        title="Secrets Manager",
        types=("aws_secretsmanager_secret",),
        plural="secrets",
        actions=("secretsmanager:",),
    ),
    ServiceIcon(
        name="keys",
        icon="security.KeyManagementService",
        title="KMS",
        types=("aws_kms_key",),
        plural="keys",
        actions=("kms:",),
    ),
)


def service_of(kind: str) -> ServiceIcon | None:
    """Return the service whose icon a resource type shares."""
    return next(
        (
            service
            for service in SERVICE_ICONS
            if any(fnmatchcase(kind, pattern) for pattern in service.types)
        ),
        None,
    )


def without_rule(kind: str) -> bool:
    """Tell whether no rule says how a resource type is shown."""
    return not (
        kind in DRAWN_TYPES
        or service_of(kind)
        or any(fnmatchcase(kind, pattern) for pattern in SHOWN_OTHERWISE)
    )
