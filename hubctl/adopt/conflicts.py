"""Which of several arguments of a carried resource is written, where the provider accepts only one of them.

A state has the values of all, and no schema tells that they exclude each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hubctl.adopt.diagnostics import Place
from hubctl.adopt.writing import is_required, is_unset, spec_at

Schema = Mapping[str, Any]

# Of these, the first is what authors write; the others say the same, or are filled in by AWS.
PREFERRED: Mapping[str, Sequence[str]] = {
    "aws_autoscaling_group": ("mixed_instances_policy", "launch_template", "vpc_zone_identifier"),
    "aws_cloudwatch_metric_alarm": ("metric_query", "metric_name", "extended_statistic", "statistic"),
    "aws_cognito_user_pool": ("verification_message_template", "username_attributes"),
    "aws_db_instance": ("manage_master_user_password", "snapshot_identifier", "replicate_source_db"),
    "aws_ebs_volume": ("snapshot_id", "size"),
    "aws_cloudwatch_event_rule": ("state",),
    "aws_eip": ("domain", "instance"),
    "aws_eip_association": ("instance_id",),
    "aws_instance": ("vpc_security_group_ids", "subnet_id", "cpu_options", "launch_template"),
    "aws_launch_template": ("update_default_version", "instance_requirements", "vpc_security_group_ids"),
    "aws_network_interface": ("private_ips", "ipv6_addresses"),
    "aws_s3_bucket_acl": ("acl",),
    "aws_security_group_rule": ("source_security_group_id", "self", "cidr_blocks"),
    "aws_subnet": ("availability_zone", "ipv6_cidr_block"),
    "aws_vpc": ("ipv4_ipam_pool_id", "cidr_block"),
}

# Sets that are met most often, so that no plan is spent on finding them; plans show the others.
EXCLUSIVE: Mapping[str, Sequence[tuple[str, ...]]] = {
    "aws_autoscaling_group": (
        ("vpc_zone_identifier", "availability_zones"),
        ("launch_template.0.id", "launch_template.0.name"),
        (
            "mixed_instances_policy.0.launch_template.0.launch_template_specification.0.launch_template_id",
            "mixed_instances_policy.0.launch_template.0.launch_template_specification.0.launch_template_name",
        ),
    ),
    "aws_cloudwatch_event_rule": (("state", "is_enabled"),),
    "aws_cognito_user_pool": (
        ("verification_message_template.0.email_message", "email_verification_message"),
        ("verification_message_template.0.email_subject", "email_verification_subject"),
        ("verification_message_template.0.sms_message", "sms_verification_message"),
    ),
    "aws_eip": (("instance", "network_interface"),),
    "aws_eip_association": (("instance_id", "network_interface_id"),),
    "aws_launch_template": (("update_default_version", "default_version"),),
    "aws_lb": (("subnets", "subnet_mapping"),),
    "aws_network_interface": (("private_ips", "private_ip_list"), ("ipv6_addresses", "ipv6_address_list")),
    "aws_s3_bucket_acl": (("acl", "access_control_policy"),),
}
# One of these must be written: without a value that may be, the resource cannot be carried.
ONE_OF: Mapping[str, Sequence[str]] = {"aws_ssm_parameter": ("insecure_value", "value")}


def winner(
    kind: str,
    block: Schema,
    values: Mapping[str, Any],
    rivals: Sequence[Place],
    value_of: Mapping[Place, Any],
) -> Place:
    """Return the one of ``rivals`` that the author of a resource of type ``kind`` must have written.

    ``values`` are those of the whole resource, ``value_of`` those of the rivals.
    """
    if kind == "aws_lb" and {("subnets",), ("subnet_mapping",)} <= set(rivals):
        return ("subnet_mapping",) if _tells_more_than_subnets(values) else ("subnets",)
    preferred = PREFERRED.get(kind, ())

    def merit(place: Place) -> tuple[bool, int, bool, bool, int, int]:
        spec = spec_at(block, place) or {}
        name = str(place[0])
        return (
            is_required(spec),
            -preferred.index(name) if name in preferred else -len(preferred),
            not is_unset(value_of.get(place)),
            not spec.get("computed"),
            len(place),
            -rivals.index(place),
        )

    return max(rivals, key=merit)


def _tells_more_than_subnets(values: Mapping[str, Any]) -> bool:
    """Tell whether a balancer has addresses that were chosen; AWS shows a mapping for each subnet in any case."""
    return any(
        value
        for mapping in values.get("subnet_mapping") or ()
        for name, value in mapping.items()
        if name in ("allocation_id", "private_ipv4_address", "ipv6_address")
    )
