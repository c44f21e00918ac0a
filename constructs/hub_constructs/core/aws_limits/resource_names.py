"""What AWS allows names of resources: those made from the setting ``name`` of aws-lab, and those of S3 buckets.

``NAMED`` is compared with the synthesized stack by a test: a new resource with such a name needs an entry. How long the
setting may be, and what it may not begin with, follows from the table.
"""

from dataclasses import dataclass

from hub_constructs.core.variable_specs import TextRule

_REFERENCE = "https://docs.aws.amazon.com"
_EC2 = f"{_REFERENCE}/AWSEC2/latest/APIReference"
_BALANCERS = f"{_REFERENCE}/elasticloadbalancing/latest/APIReference"
_SCALING = f"{_REFERENCE}/autoscaling/ec2/APIReference"
_IAM = f"{_REFERENCE}/IAM/latest/APIReference"
_WATCH = f"{_REFERENCE}/AmazonCloudWatch/latest/APIReference"
_BACKUP = f"{_REFERENCE}/aws-backup/latest/devguide"
_BUCKET_SOURCE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
RESERVED_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_BUCKET_SUFFIXES = ("-s3alias", "--ol-s3", "[.]mrap", "--x-s3", "--table-s3")
BUCKET = (
    TextRule(
        pattern="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        problem="a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends",
        source=_BUCKET_SOURCE,
    ),
    TextRule(
        refused=".*[.][.].*",
        problem="two dots follow each other, which no bucket's name has",
        source=_BUCKET_SOURCE,
    ),
    TextRule(
        refused="[0-9]{1,3}([.][0-9]{1,3}){3}",
        problem="it looks like an address, which no bucket's name does",
        source=_BUCKET_SOURCE,
    ),
    TextRule(
        refused=f"({'|'.join(RESERVED_BUCKET_PREFIXES)}).*",
        problem=f"it begins with what S3 keeps for itself ({', '.join(RESERVED_BUCKET_PREFIXES)})",
        source=_BUCKET_SOURCE,
    ),
    TextRule(
        refused=f".*({'|'.join(_RESERVED_BUCKET_SUFFIXES)})",
        problem="it ends with what S3 keeps for itself (-s3alias, --ol-s3, .mrap, --x-s3, --table-s3)",
        source=_BUCKET_SOURCE,
    ),
)


@dataclass(frozen=True, kw_only=True)
class NameLimit:
    """What AWS allows the names of one type of resource.

    Attributes:
        attribute: Terraform's attribute that holds the name.
        longest: Most characters.
        source: Where AWS documents it.
        shortest: Fewest characters.
        characters: Pattern of the whole name.
        reserved: What it may not begin with.

    """

    attribute: str
    longest: int
    source: str
    shortest: int = 1
    characters: str
    reserved: tuple[str, ...] = ()


# By Terraform's type
LIMITS: dict[str, NameLimit] = {
    "aws_lb": NameLimit(
        attribute="name",
        longest=32,
        characters="[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?",
        reserved=("internal-",),
        source=f"{_BALANCERS}/API_CreateLoadBalancer.html",
    ),
    "aws_lb_target_group": NameLimit(
        attribute="name",
        longest=32,
        characters="[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?",
        source=f"{_BALANCERS}/API_CreateTargetGroup.html",
    ),
    "aws_launch_template": NameLimit(
        attribute="name",
        shortest=3,
        longest=128,
        characters="[A-Za-z0-9().\\-/_]+",
        source=f"{_EC2}/API_CreateLaunchTemplate.html",
    ),
    "aws_launch_configuration": NameLimit(
        attribute="name_prefix",
        # 255, less the 26 that Terraform puts behind a prefix
        longest=229,
        characters="[\\x20-\\x7e]+",
        source=f"{_SCALING}/API_CreateLaunchConfiguration.html",
    ),
    "aws_security_group": NameLimit(
        attribute="name",
        longest=255,
        characters="[A-Za-z0-9 ._\\-:/()#,@\\[\\]+=&;{}!$*]+",
        reserved=("sg-",),
        source=f"{_EC2}/API_CreateSecurityGroup.html",
    ),
    "aws_autoscaling_group": NameLimit(
        attribute="name",
        longest=255,
        characters="[\\x21-\\x39\\x3b-\\x7e ]+",
        source=f"{_SCALING}/API_CreateAutoScalingGroup.html",
    ),
    "aws_autoscaling_policy": NameLimit(
        attribute="name",
        longest=255,
        characters="[\\x20-\\x7e]+",
        source=f"{_SCALING}/API_PutScalingPolicy.html",
    ),
    "aws_autoscaling_lifecycle_hook": NameLimit(
        attribute="name",
        longest=255,
        characters="[A-Za-z0-9\\-_/]+",
        source=f"{_SCALING}/API_PutLifecycleHook.html",
    ),
    "aws_iam_role": NameLimit(
        attribute="name",
        longest=64,
        characters="[\\w+=,.@-]+",
        source=f"{_IAM}/API_CreateRole.html",
    ),
    "aws_iam_role_policy": NameLimit(
        attribute="name",
        longest=128,
        characters="[\\w+=,.@-]+",
        source=f"{_IAM}/API_PutRolePolicy.html",
    ),
    "aws_iam_policy": NameLimit(
        attribute="name",
        longest=128,
        characters="[\\w+=,.@-]+",
        source=f"{_IAM}/API_CreatePolicy.html",
    ),
    "aws_iam_instance_profile": NameLimit(
        attribute="name",
        longest=128,
        characters="[\\w+=,.@-]+",
        source=f"{_IAM}/API_CreateInstanceProfile.html",
    ),
    "aws_s3_bucket": NameLimit(
        attribute="bucket_prefix",
        # 63, less the 26 that Terraform puts behind a prefix
        longest=37,
        characters="[a-z0-9][a-z0-9.-]*",
        reserved=RESERVED_BUCKET_PREFIXES,
        source=f"{_REFERENCE}/AmazonS3/latest/userguide/bucketnamingrules.html",
    ),
    "aws_cloudwatch_log_group": NameLimit(
        attribute="name",
        longest=512,
        characters="[.\\-_/#A-Za-z0-9]+",
        reserved=("aws/",),
        source=f"{_REFERENCE}/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
    ),
    "aws_cloudwatch_metric_alarm": NameLimit(
        attribute="alarm_name",
        longest=255,
        characters="[\\x20-\\x7e]+",
        source=f"{_WATCH}/API_PutMetricAlarm.html",
    ),
    "aws_cloudwatch_dashboard": NameLimit(
        attribute="dashboard_name",
        longest=255,
        characters="[A-Za-z0-9_-]+",
        source=f"{_WATCH}/API_PutDashboard.html",
    ),
    "aws_sns_topic": NameLimit(
        attribute="name",
        longest=256,
        characters="[A-Za-z0-9_-]+",
        source=f"{_REFERENCE}/sns/latest/api/API_CreateTopic.html",
    ),
    "aws_kms_alias": NameLimit(
        attribute="name",
        longest=256,
        characters="alias/[A-Za-z0-9/_-]+",
        reserved=("alias/aws/",),
        source=f"{_REFERENCE}/kms/latest/APIReference/API_CreateAlias.html",
    ),
    "aws_efs_file_system": NameLimit(
        attribute="creation_token",
        longest=64,
        characters=".+",
        source=f"{_REFERENCE}/efs/latest/ug/API_CreateFileSystem.html",
    ),
    "aws_backup_vault": NameLimit(
        attribute="name",
        shortest=2,
        longest=50,
        characters="[A-Za-z0-9_-]+",
        source=f"{_BACKUP}/API_CreateBackupVault.html",
    ),
    "aws_backup_plan": NameLimit(
        attribute="name",
        longest=50,
        characters="[A-Za-z0-9_.-]+",
        source=f"{_BACKUP}/API_BackupPlanInput.html",
    ),
    "aws_backup_selection": NameLimit(
        attribute="name",
        longest=50,
        characters="[A-Za-z0-9_.-]+",
        source=f"{_BACKUP}/API_BackupSelection.html",
    ),
}
# Names that are made from the setting, by type: the longest of each, with {} for the setting
NAMED: dict[str, tuple[str, ...]] = {
    "aws_autoscaling_group": ("{}",),
    "aws_autoscaling_lifecycle_hook": ("{}-drain", "{}-launching"),
    "aws_autoscaling_policy": ("{}-scale-down", "{}-scale-up"),
    "aws_backup_plan": ("{}-homes",),
    "aws_backup_selection": ("{}-homes",),
    "aws_backup_vault": ("{}-homes",),
    "aws_cloudwatch_dashboard": ("{}",),
    "aws_cloudwatch_log_group": ("/{}/instances",),
    "aws_cloudwatch_metric_alarm": ("{}-certificate-expiry", "{}-homes-burst-credits"),
    "aws_efs_file_system": ("{}-homes",),
    "aws_iam_instance_profile": ("{}-instance",),
    "aws_iam_policy": ("{}-instance",),
    "aws_iam_role": ("{}-instance", "{}-homes-backup"),
    "aws_iam_role_policy": ("{}-instance", "{}-homes-backup"),
    "aws_kms_alias": ("alias/{}-notifications",),
    "aws_launch_configuration": ("{}-",),
    "aws_launch_template": ("{}",),
    "aws_lb": ("{}",),
    "aws_lb_target_group": ("{}",),
    "aws_s3_bucket": ("{}-access-logs-",),
    "aws_security_group": ("{}-balancer", "{}-homes", "{}-instances"),
    "aws_sns_topic": ("{}-notifications",),
}


def _room(kind: str, name: str) -> int:
    return LIMITS[kind].longest - len(name.format(""))


LONGEST = min(_room(kind, name) for kind, names in NAMED.items() for name in names)
SHORTEST = max(
    LIMITS[kind].shortest - len(name.format("")) for kind, names in NAMED.items() for name in names
)
# How messages call the name of a resource of each type
_CALLED = {
    "aws_lb": "a load balancer's name",
    "aws_security_group": "a security group's name",
    "aws_s3_bucket": "a bucket's name, such as that of the access logs,",
}


def _reserved() -> tuple[TextRule, ...]:
    """Return a rule for each prefix that AWS reserves, where the setting begins a name."""
    return tuple(
        TextRule(
            refused=f"{beginning}.*",
            problem=f"it begins with {beginning}, and {_CALLED[kind]} may not; choose another beginning",
            source=LIMITS[kind].source,
        )
        for kind, names in NAMED.items()
        if any(name.startswith("{}") for name in names)
        for beginning in LIMITS[kind].reserved
        if "/" not in beginning  # the setting holds none
    )


NAME = (
    TextRule(
        pattern=f"[a-z][a-z0-9-]{{{SHORTEST - 2},{LONGEST - 2}}}[a-z0-9]",
        problem=(
            f"it is not {SHORTEST} to {LONGEST} lower case letters, digits and hyphens that begin with a letter and do "
            "not end with a hyphen"
        ),
        source=LIMITS["aws_lb"].source,
    ),
    *_reserved(),
)
