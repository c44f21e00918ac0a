"""By which id ``terraform import`` takes what a state holds."""

from collections.abc import Mapping

from hubctl.adopt.existing import Existing

# Made of attributes; all others are imported by their id. The page of each type in the documentation of the provider says so.
_FORMS: Mapping[str, str] = {
    "aws_autoscaling_lifecycle_hook": "{autoscaling_group_name}/{name}",
    "aws_autoscaling_policy": "{autoscaling_group_name}/{name}",
    "aws_autoscaling_schedule": "{autoscaling_group_name}/{scheduled_action_name}",
    "aws_iam_role_policy_attachment": "{role}/{policy_arn}",
    "aws_lb_listener_certificate": "{listener_arn}_{certificate_arn}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_service_discovery_private_dns_namespace": "{id}:{vpc}",
    "aws_volume_attachment": "{device_name}:{volume_id}:{instance_id}",
}
# The provider cannot import these, or only by what a state does not tell.
_NEVER = frozenset(
    {
        "aws_acm_certificate_validation",
        "aws_autoscaling_attachment",
        "aws_iam_policy_attachment",
        "aws_launch_template_version",
        "aws_lb_target_group_attachment",
        "aws_main_route_table_association",
        "aws_security_group_rule",
    }
)


def import_id(resource: Existing) -> str | None:
    """Return the id, None when the resource cannot be imported or an attribute is missing."""
    if resource.type in _NEVER:
        return None
    values = {name: value for name, value in resource.values.items() if isinstance(value, str) and value}
    try:
        return _FORMS.get(resource.type, "{id}").format_map(values)
    except KeyError:
        return None
