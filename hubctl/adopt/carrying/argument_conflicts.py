"""Which arguments of a carried resource are not written: they exclude each other, or another resource manages them.

A state has the values of all, and no schema says that they exclude each other. What another resource of the state manages, such
as the rules of a security group or the policy of a topic, must not be written inline as well: each would undo the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubctl.adopt.carrying.writing import is_required, is_unset, spec_at
from hubctl.adopt.diagnostics import Place
from hubctl.adopt.state.existing import Existing

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
_NAMES = ("id", "arn", "name", "allocation_id", "url")


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


@dataclass(frozen=True, kw_only=True)
class Part:
    """A resource of ``type`` manages a part of the one that its ``argument`` names; of some types only one direction."""

    type: str
    argument: str
    when: tuple[str, object] | None = None


def _parts(*named: str) -> tuple[Part, ...]:
    return tuple(Part(type=kind, argument=argument) for kind, argument in (name.split(".") for name in named))


def _rules(direction: str) -> tuple[Part, ...]:
    single = Part(type="aws_security_group_rule", argument="security_group_id", when=("type", direction))
    return (single, *_parts(f"aws_vpc_security_group_{direction}_rule.security_group_id"))


def _entries(*, egress: bool) -> tuple[Part, ...]:
    return (Part(type="aws_network_acl_rule", argument="network_acl_id", when=("egress", egress)),)


_GROUP = {"ingress": _rules("ingress"), "egress": _rules("egress")}


_TABLE = {
    "route": _parts("aws_route.route_table_id"),
    "propagating_vgws": _parts("aws_vpn_gateway_route_propagation.route_table_id"),
}


_ACL = {
    "ingress": _entries(egress=False),
    "egress": _entries(egress=True),
    "subnet_ids": _parts("aws_network_acl_association.network_acl_id"),
}


_BALANCED = _parts(
    "aws_autoscaling_attachment.autoscaling_group_name",
    "aws_autoscaling_traffic_source_attachment.autoscaling_group_name",
)


MANAGED_ELSEWHERE: Mapping[str, Mapping[str, Sequence[Part]]] = {
    "aws_api_gateway_rest_api": {"policy": _parts("aws_api_gateway_rest_api_policy.rest_api_id")},
    "aws_autoscaling_group": {
        "load_balancers": _BALANCED,
        "tag": _parts("aws_autoscaling_group_tag.autoscaling_group_name"),
        "target_group_arns": _BALANCED,
        "traffic_source": _BALANCED,
    },
    "aws_default_network_acl": _ACL,
    "aws_default_route_table": _TABLE,
    "aws_default_security_group": _GROUP,
    "aws_dynamodb_table": {"replica": _parts("aws_dynamodb_table_replica.global_table_arn")},
    "aws_eip": {
        "associate_with_private_ip": _parts("aws_eip_association.allocation_id"),
        "instance": _parts("aws_eip_association.allocation_id"),
        "network_interface": _parts(
            "aws_eip_association.allocation_id",
            "aws_nat_gateway.allocation_id",
            "aws_lb.subnet_mapping",
        ),
    },
    "aws_elb": {"instances": _parts("aws_elb_attachment.elb")},
    "aws_iam_role": {
        "inline_policy": _parts("aws_iam_role_policy.role"),
        "managed_policy_arns": _parts(
            "aws_iam_role_policy_attachment.role", "aws_iam_policy_attachment.roles"
        ),
    },
    "aws_instance": {
        "ebs_block_device": _parts("aws_volume_attachment.instance_id"),
        "network_interface": _parts("aws_network_interface_attachment.instance_id"),
    },
    "aws_internet_gateway": {"vpc_id": _parts("aws_internet_gateway_attachment.internet_gateway_id")},
    "aws_kms_key": {"policy": _parts("aws_kms_key_policy.key_id")},
    "aws_network_acl": _ACL,
    "aws_network_interface": {
        "attachment": _parts("aws_network_interface_attachment.network_interface_id"),
        "security_groups": _parts("aws_network_interface_sg_attachment.network_interface_id"),
    },
    "aws_opensearch_domain": {"access_policies": _parts("aws_opensearch_domain_policy.domain_name")},
    "aws_rds_cluster": {"iam_roles": _parts("aws_rds_cluster_role_association.db_cluster_identifier")},
    "aws_redshift_cluster": {"iam_roles": _parts("aws_redshift_cluster_iam_roles.cluster_identifier")},
    "aws_route_table": _TABLE,
    "aws_secretsmanager_secret": {"policy": _parts("aws_secretsmanager_secret_policy.secret_arn")},
    "aws_security_group": _GROUP,
    "aws_sns_topic": {"policy": _parts("aws_sns_topic_policy.arn")},
    "aws_sqs_queue": {
        "policy": _parts("aws_sqs_queue_policy.queue_url"),
        "redrive_allow_policy": _parts("aws_sqs_queue_redrive_allow_policy.queue_url"),
        "redrive_policy": _parts("aws_sqs_queue_redrive_policy.queue_url"),
    },
    "aws_vpc_endpoint": {
        "policy": _parts("aws_vpc_endpoint_policy.vpc_endpoint_id"),
        "route_table_ids": _parts("aws_vpc_endpoint_route_table_association.vpc_endpoint_id"),
        "security_group_ids": _parts("aws_vpc_endpoint_security_group_association.vpc_endpoint_id"),
        "subnet_ids": _parts("aws_vpc_endpoint_subnet_association.vpc_endpoint_id"),
    },
    "aws_vpc_peering_connection": {
        "accepter": _parts("aws_vpc_peering_connection_options.vpc_peering_connection_id"),
        "requester": _parts("aws_vpc_peering_connection_options.vpc_peering_connection_id"),
    },
    "aws_vpn_gateway": {"vpc_id": _parts("aws_vpn_gateway_attachment.vpn_gateway_id")},
}


def managed_elsewhere(resource: Existing, state: Iterable[Existing]) -> frozenset[str]:
    """Return the arguments of ``resource`` that other resources of the state manage."""
    parts = MANAGED_ELSEWHERE.get(resource.type, {})
    wanted = {part.type for several in parts.values() for part in several}
    candidates = [other for other in state if other.type in wanted]
    names = {resource.text(name) for name in _NAMES} - {""}
    return frozenset(
        argument
        for argument, several in parts.items()
        if any(_manages(other, part, names) for part in several for other in candidates)
    )


def _manages(other: Existing, part: Part, names: set[str]) -> bool:
    if other.type != part.type:
        return False
    if part.when and other.values.get(part.when[0]) != part.when[1]:
        return False
    return _names_one_of(other.values.get(part.argument), names)


def _names_one_of(value: object, names: set[str]) -> bool:
    if isinstance(value, Mapping):
        return any(_names_one_of(item, names) for item in value.values())
    if isinstance(value, list):
        return any(_names_one_of(item, names) for item in value)
    return value in names
