"""What moto lacks and Terraform's AWS provider asks for, one module a service.

Each module reads like the part of moto that it completes: methods of the backends and of the responses, put
in place with :mod:`hubctl.local_aws.extensions.patching`, which fails when moto changes underneath.
"""

import functools
import importlib

MODULES = (
    "autoscaling_groups",
    "autoscaling_instances",
    "autoscaling_notifications",
    "autoscaling_policies",
    "autoscaling_refresh",
    "backup",
    "backup_recovery_points",
    "cloud_map",
    "ec2_addresses",
    "ec2_credits",
    "ec2_images",
    "ec2_instance_attributes",
    "ec2_launch_templates",
    "ec2_monitoring",
    "ec2_security_group_rules",
    "ec2_security_groups",
    "ec2_subnets",
    "ec2_termination",
    "efs",
    "iam_instance_profiles",
    "iam_visits",
    "route53_records",
    "s3_bucket_policies",
    "s3_delete_markers",
    "service_quotas",
    "unserved",
)


@functools.cache
def register_extensions() -> None:
    """Put every extension in place; once a process, before the first request."""
    for module in MODULES:
        importlib.import_module(f"hubctl.local_aws.extensions.{module}")
