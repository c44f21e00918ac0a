"""What makes a thing that thing: which neighbours a resource must name, and where in a state their names stand.

A listener is ours when it belongs to our balancer, an alarm when it acts on our policy, a security group when it lies in
our VPC and the balancer or the instances have it. Whatever contradicts such a relation is something else, however well
its name fits.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from hubctl.adopt.matching.traits import CANONICAL, validated_names
from hubctl.adopt.state.existing import Existing

Kinds = tuple[str, str]
_FORWARDS = ("target_group_arn", "forward.target_group.arn")
_IN_LAUNCH = ("vpc_security_group_ids", "security_groups", "network_interfaces.security_groups")
_PROFILE = ("iam_instance_profile", "iam_instance_profile.name", "iam_instance_profile.arn")
_TEMPLATES = (
    "launch_template.id",
    "launch_template.name",
    "mixed_instances_policy.launch_template.launch_template_specification.launch_template_id",
    "mixed_instances_policy.launch_template.launch_template_specification.launch_template_name",
    "mixed_instances_policy.launch_template.override.launch_template_specification.launch_template_id",
)
# Type of what refers, type of what is referred to → where its id, ARN or name stands.
_PATHS: Mapping[Kinds, tuple[str, ...]] = {
    ("aws_acm_certificate_validation", "aws_acm_certificate"): ("certificate_arn",),
    ("aws_acm_certificate_validation", "aws_route53_record"): ("validation_record_fqdns",),
    ("aws_autoscaling_group", "aws_launch_configuration"): ("launch_configuration",),
    ("aws_autoscaling_group", "aws_launch_template"): _TEMPLATES,
    ("aws_autoscaling_group", "aws_lb_target_group"): ("target_group_arns", "traffic_source.identifier"),
    ("aws_autoscaling_group", "aws_subnet"): ("vpc_zone_identifier",),
    ("aws_autoscaling_lifecycle_hook", "aws_autoscaling_group"): ("autoscaling_group_name",),
    ("aws_autoscaling_policy", "aws_autoscaling_group"): ("autoscaling_group_name",),
    ("aws_autoscaling_attachment", "aws_autoscaling_group"): ("autoscaling_group_name",),
    ("aws_autoscaling_attachment", "aws_lb_target_group"): ("lb_target_group_arn", "alb_target_group_arn"),
    ("aws_backup_plan", "aws_backup_vault"): ("rule.target_vault_name",),
    ("aws_backup_selection", "aws_backup_plan"): ("plan_id",),
    ("aws_backup_selection", "aws_efs_file_system"): ("resources",),
    ("aws_backup_selection", "aws_iam_role"): ("iam_role_arn",),
    ("aws_cloudwatch_metric_alarm", "aws_autoscaling_group"): (
        "dimensions",
        "metric_query.metric.dimensions",
    ),
    ("aws_cloudwatch_metric_alarm", "aws_autoscaling_policy"): ("alarm_actions",),
    ("aws_cloudwatch_metric_alarm", "aws_sns_topic"): ("alarm_actions", "ok_actions"),
    ("aws_default_security_group", "aws_vpc"): ("vpc_id",),
    ("aws_ecr_lifecycle_policy", "aws_ecr_repository"): ("repository",),
    ("aws_efs_file_system_policy", "aws_efs_file_system"): ("file_system_id",),
    ("aws_efs_mount_target", "aws_efs_file_system"): ("file_system_id",),
    ("aws_efs_mount_target", "aws_security_group"): ("security_groups",),
    ("aws_efs_mount_target", "aws_subnet"): ("subnet_id",),
    ("aws_eip", "aws_instance"): ("instance",),
    ("aws_iam_instance_profile", "aws_iam_role"): ("role",),
    ("aws_iam_role", "aws_iam_policy"): ("managed_policy_arns",),
    ("aws_iam_role_policy", "aws_iam_role"): ("role",),
    ("aws_iam_role_policy_attachment", "aws_iam_policy"): ("policy_arn",),
    ("aws_iam_role_policy_attachment", "aws_iam_role"): ("role",),
    ("aws_instance", "aws_iam_instance_profile"): ("iam_instance_profile",),
    ("aws_instance", "aws_security_group"): ("vpc_security_group_ids",),
    ("aws_instance", "aws_subnet"): ("subnet_id",),
    ("aws_internet_gateway", "aws_vpc"): ("vpc_id",),
    ("aws_kms_alias", "aws_kms_key"): ("target_key_id", "target_key_arn"),
    ("aws_launch_configuration", "aws_iam_instance_profile"): _PROFILE,
    ("aws_launch_configuration", "aws_security_group"): _IN_LAUNCH,
    ("aws_launch_template", "aws_iam_instance_profile"): _PROFILE,
    ("aws_launch_template", "aws_security_group"): _IN_LAUNCH,
    ("aws_lb", "aws_s3_bucket"): ("access_logs.bucket",),
    ("aws_lb", "aws_security_group"): ("security_groups",),
    ("aws_lb", "aws_subnet"): ("subnets", "subnet_mapping.subnet_id"),
    ("aws_lb", "aws_vpc"): ("vpc_id",),
    ("aws_lb_listener", "aws_acm_certificate"): ("certificate_arn",),
    ("aws_lb_listener", "aws_lb"): ("load_balancer_arn",),
    ("aws_lb_listener", "aws_lb_target_group"): tuple(f"default_action.{path}" for path in _FORWARDS),
    ("aws_lb_target_group", "aws_vpc"): ("vpc_id",),
    ("aws_main_route_table_association", "aws_route_table"): ("route_table_id",),
    ("aws_main_route_table_association", "aws_vpc"): ("vpc_id",),
    ("aws_route", "aws_internet_gateway"): ("gateway_id",),
    ("aws_route", "aws_route_table"): ("route_table_id",),
    ("aws_route53_record", "aws_acm_certificate"): ("fqdn",),
    ("aws_route53_record", "aws_eip"): ("records",),
    ("aws_route53_record", "aws_instance"): ("records",),
    ("aws_route53_record", "aws_lb"): ("alias.name",),
    ("aws_route_table", "aws_internet_gateway"): ("route.gateway_id",),
    ("aws_route_table", "aws_vpc"): ("vpc_id",),
    ("aws_route_table_association", "aws_route_table"): ("route_table_id",),
    ("aws_route_table_association", "aws_subnet"): ("subnet_id",),
    ("aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket"): ("bucket",),
    ("aws_s3_bucket_ownership_controls", "aws_s3_bucket"): ("bucket",),
    ("aws_s3_bucket_policy", "aws_s3_bucket"): ("bucket",),
    ("aws_s3_bucket_public_access_block", "aws_s3_bucket"): ("bucket",),
    ("aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket"): ("bucket",),
    ("aws_s3_bucket_versioning", "aws_s3_bucket"): ("bucket",),
    ("aws_security_group", "aws_vpc"): ("vpc_id",),
    ("aws_service_discovery_instance", "aws_instance"): ("attributes",),
    ("aws_service_discovery_instance", "aws_service_discovery_service"): ("service_id",),
    ("aws_service_discovery_private_dns_namespace", "aws_vpc"): ("vpc",),
    ("aws_service_discovery_service", "aws_service_discovery_private_dns_namespace"): (
        "dns_config.namespace_id",
        "namespace_id",
    ),
    ("aws_sns_topic", "aws_kms_key"): ("kms_master_key_id",),
    ("aws_sns_topic_policy", "aws_sns_topic"): ("arn",),
    ("aws_sns_topic_subscription", "aws_sns_topic"): ("topic_arn",),
    ("aws_ssm_parameter", "aws_efs_mount_target"): ("value",),
    ("aws_ssm_parameter", "aws_instance"): ("value",),
    ("aws_subnet", "aws_vpc"): ("vpc_id",),
}
_RULES: Mapping[str, tuple[str, ...]] = {
    "aws_security_group_rule": ("security_group_id", "source_security_group_id"),
    "aws_vpc_security_group_egress_rule": ("security_group_id", "referenced_security_group_id"),
    "aws_vpc_security_group_ingress_rule": ("security_group_id", "referenced_security_group_id"),
}
# Resources that only connect two others: type → what is connected, and where the names of both stand.
_TIES: tuple[tuple[str, Kinds, str, tuple[str, ...]], ...] = (
    (
        "aws_autoscaling_attachment",
        ("aws_autoscaling_group", "aws_lb_target_group"),
        "autoscaling_group_name",
        ("lb_target_group_arn", "alb_target_group_arn"),
    ),
    (
        "aws_autoscaling_traffic_source_attachment",
        ("aws_autoscaling_group", "aws_lb_target_group"),
        "autoscaling_group_name",
        ("traffic_source.identifier",),
    ),
    (
        "aws_lb_listener_rule",
        ("aws_lb_listener", "aws_lb_target_group"),
        "listener_arn",
        tuple(f"action.{path}" for path in _FORWARDS),
    ),
    (
        "aws_lb_listener_certificate",
        ("aws_lb_listener", "aws_acm_certificate"),
        "listener_arn",
        ("certificate_arn",),
    ),
    ("aws_iam_role_policy_attachment", ("aws_iam_role", "aws_iam_policy"), "role", ("policy_arn",)),
    ("aws_eip_association", ("aws_eip", "aws_instance"), "allocation_id", ("instance_id",)),
)
# Relations that a foreign design may have otherwise: instances in private subnets, groups shared between nodes,
# addresses that have changed since they were written down.
_MAY_DIFFER: frozenset[Kinds] = frozenset(
    {
        ("aws_autoscaling_group", "aws_subnet"),
        ("aws_cloudwatch_metric_alarm", "aws_autoscaling_group"),
        ("aws_cloudwatch_metric_alarm", "aws_sns_topic"),
        ("aws_iam_role", "aws_iam_policy"),
        ("aws_instance", "aws_iam_instance_profile"),
        ("aws_instance", "aws_security_group"),
        ("aws_instance", "aws_subnet"),
        ("aws_route53_record", "aws_eip"),
        ("aws_route53_record", "aws_instance"),
        ("aws_service_discovery_instance", "aws_instance"),
        ("aws_ssm_parameter", "aws_efs_mount_target"),
        ("aws_ssm_parameter", "aws_instance"),
        ("aws_efs_mount_target", "aws_security_group"),
        ("aws_efs_mount_target", "aws_subnet"),
    }
)
# Without one of these it is not that thing: known to name none is as good as naming another.
_NEEDED: frozenset[Kinds] = frozenset(
    {
        ("aws_cloudwatch_metric_alarm", "aws_autoscaling_policy"),
        ("aws_route53_record", "aws_acm_certificate"),
        ("aws_route53_record", "aws_lb"),
    }
)
# Much else refers to the same: that does not tell what the one that refers is.
_SHARED: frozenset[Kinds] = frozenset(
    {
        ("aws_cloudwatch_metric_alarm", "aws_autoscaling_group"),
        ("aws_cloudwatch_metric_alarm", "aws_sns_topic"),
        ("aws_efs_mount_target", "aws_security_group"),
        ("aws_efs_mount_target", "aws_subnet"),
        ("aws_iam_role", "aws_iam_policy"),
        ("aws_instance", "aws_iam_instance_profile"),
        ("aws_instance", "aws_security_group"),
        ("aws_instance", "aws_subnet"),
        ("aws_lb_target_group", "aws_vpc"),
        ("aws_route_table", "aws_vpc"),
        ("aws_security_group", "aws_vpc"),
    }
)
_NAMING = ("id", "arn", "name", "alias", "bucket", "dns_name", "fqdn", "key_id", "zone_id", "ip_address")
_ADDRESSES = ("private_ip", "private_dns", "public_ip", "public_dns")


class Relations:
    """Reads from a state which resources name which others.

    What stands in ``background`` takes no part itself, but what it connects still belongs together.
    """

    def __init__(self, existing: Iterable[Existing], background: Iterable[Existing] = ()) -> None:
        resources = [*existing, *background]
        self._tied: dict[tuple[Kinds, str], set[str]] = {}
        self._at: dict[str, set[str]] = {}
        for resource in resources:
            for kind, kinds, source, targets in _TIES:
                if canonical(resource) == kind:
                    named = {name for path in targets for name in names_at(resource.values, path)}
                    for name in names_at(resource.values, source):
                        self._tied.setdefault((kinds, name), set()).update(named)
        for resource in resources:  # an Elastic IP is an address of its instance
            if resource.type == "aws_eip":
                for name in self.names(resource, "aws_instance") or ():
                    self._at.setdefault(name, set()).update(_texts_of(resource, _ADDRESSES))

    def names(self, resource: Existing, target: str, argument: str = "") -> frozenset[str] | None:
        """Return the ids, ARNs or names by which a resource names others of type ``target``; None: it does not tell.

        ``argument`` matters for rules only, which name two security groups.
        """
        kind = canonical(resource)
        paths = _paths(kind, target, argument)
        if paths is None:
            return None
        known = any(resource.values.get(path.partition(".")[0]) is not None for path in paths)
        found = {name for path in paths for name in names_at(resource.values, path)}
        for own in self.identity(resource):
            found |= self._tied.get(((kind, target), own), set())
        return frozenset(found) if known or found else None

    def identity(self, resource: Existing) -> frozenset[str]:
        """Return all names that a resource has."""
        found = _texts_of(resource, _NAMING)
        if resource.type in ("aws_instance", "aws_eip"):
            found |= _texts_of(resource, _ADDRESSES)
            found |= self._at.get(plain(resource.text("id")), set())
        return frozenset(found)

    def holds(self, source: Existing, target: Existing, argument: str = "") -> bool | None:
        """Tell whether one resource names another; None when the state does not tell."""
        kinds = (canonical(source), canonical(target))
        names = self.names(source, kinds[1], argument)
        if names is None:
            return None
        if kinds == ("aws_route53_record", "aws_acm_certificate"):
            valid = validated_names(target.values)
            return None if valid is None else bool(names & {plain(name) for name in valid})
        if not names and kinds not in _NEEDED:
            return None
        return bool(names & self.identity(target))


def related(source: str, target: str) -> bool:
    """Tell whether it is known where a resource of one type names those of another."""
    return _paths(source, target) is not None


def may_differ(source: str, target: str) -> bool:
    """Tell whether a foreign design may have such a relation otherwise, so that its absence proves nothing."""
    return (source, target) in _MAY_DIFFER


def needed(source: str, target: str) -> bool:
    """Tell whether a resource that names no other of this type cannot be the one that is looked for."""
    return (source, target) in _NEEDED


def proves_source(source: str, target: str) -> bool:
    """Tell whether such a relation tells what the one that refers is."""
    return (source, target) not in _SHARED


def canonical(resource: Existing) -> str:
    """Return the type of ours that stands for an existing resource's."""
    return CANONICAL.get(resource.type, resource.type)


def kind_among(resource: Existing, kinds: Collection[str]) -> str:
    """Return the type among those of ours that an existing resource may have: its own where we have it, too."""
    return resource.type if resource.type in kinds else canonical(resource)


def plain(text: str) -> str:
    """Return a name as it is compared: AWS writes some with a final dot, in other case, or with a prefix."""
    return text.rstrip(".").lower().removeprefix("dualstack.").removesuffix(":*")


def names_at(value: Any, path: str) -> Iterator[str]:
    """Yield the texts at a path of nested blocks and lists, such as ``default_action.forward.target_group.arn``."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from names_at(item, path)
    elif isinstance(value, Mapping) and path:
        first, _, rest = path.partition(".")
        yield from names_at(value.get(first), rest)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from names_at(item, "")
    elif isinstance(value, str) and value and not path:
        yield plain(value)


def _paths(source: str, target: str, argument: str = "") -> tuple[str, ...] | None:
    if target == "aws_security_group" and source in _RULES:
        return (argument,) if argument else _RULES[source]
    return _PATHS.get((source, target))


def _texts_of(resource: Existing, attributes: Iterable[str]) -> set[str]:
    return {plain(text) for name in attributes if (text := resource.text(name))}
