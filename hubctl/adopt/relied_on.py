"""What of an existing deployment is kept without asking, by resource type; docs/reference/adoption-file.md says why."""

from collections.abc import Mapping

# What existing instances and their users rely on: the image, which is kept, was made for it. None: all arguments.
RELIED_ON: Mapping[str, frozenset[str] | None] = {
    # A new version would have the group replace its instances.
    "aws_launch_template": None,
    "aws_instance": frozenset(
        {
            "ami",
            "instance_type",
            "user_data",
            "user_data_base64",
            "iam_instance_profile",
            "root_block_device",
            "ebs_block_device",
            "metadata_options",
        }
    ),
    "aws_autoscaling_group": frozenset(
        {
            "launch_template",
            "mixed_instances_policy",
            "vpc_zone_identifier",
            "health_check_type",
            "health_check_grace_period",
            "protect_from_scale_in",
            "max_instance_lifetime",
            "suspended_processes",
            "min_size",
            "max_size",
        }
    ),
    "aws_lb": frozenset({"access_logs", "security_groups", "subnets", "ip_address_type", "idle_timeout"}),
    "aws_lb_listener": frozenset({"certificate_arn"}),
    "aws_lb_target_group": frozenset({"health_check", "deregistration_delay"}),
    # Tuned to what the instances report.
    "aws_cloudwatch_metric_alarm": None,
    "aws_autoscaling_policy": None,
    "aws_cloudwatch_log_group": frozenset({"retention_in_days", "kms_key_id"}),
    "aws_iam_role": frozenset({"assume_role_policy"}),
    "aws_iam_role_policy": frozenset({"policy"}),
    "aws_iam_policy": frozenset({"policy"}),
    "aws_security_group": frozenset({"ingress", "egress"}),
    "aws_security_group_rule": None,
    "aws_vpc_security_group_ingress_rule": None,
    "aws_vpc_security_group_egress_rule": None,
    "aws_route_table": frozenset({"route"}),
    # Addresses that are in use, though the design has none of them.
    "aws_vpc": frozenset({"assign_generated_ipv6_cidr_block", "ipv6_cidr_block"}),
    "aws_subnet": frozenset({"assign_ipv6_address_on_creation", "ipv6_cidr_block"}),
}
NEVER = frozenset({"tags_all", "update_default_version", "default_version", "latest_version"})
# Known to differ, and known to restart or replace instances.
IGNORED_FROM_THE_START: Mapping[str, tuple[str, ...]] = {
    "aws_launch_template": ("user_data", "image_id", "update_default_version"),
    "aws_launch_configuration": ("user_data", "user_data_base64", "image_id"),
    "aws_instance": ("user_data", "user_data_base64", "ami"),
}
# Known to force a replacement: kept before the first plan, which then shows the rest at once.
NAMES = frozenset(
    {
        *("name", "alarm_name", "cidr_block", "availability_zone", "creation_token", "key_name", "path"),
        "destination_cidr_block",
    }
)
