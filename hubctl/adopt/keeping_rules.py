"""Which arguments are kept or ignored before the first plan, by resource type, and which exclude each other."""

from collections.abc import Mapping
from typing import Any

# Counted by AWS, set by nobody.
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
# Arguments of which exactly one may be written down, the most telling one first: AWS fills in some of the others.
ALTERNATIVES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws_autoscaling_group": (
        ("mixed_instances_policy", "launch_template", "launch_configuration"),
        ("vpc_zone_identifier", "availability_zones"),
    ),
    "aws_launch_template": (("instance_requirements", "instance_type"),),
}


# A state has id and name of a launch template; the provider takes one of them.
_TWO_NAMES = {"id": "name", "launch_template_id": "launch_template_name"}


def named_once(value: Any) -> Any:
    """Return blocks that name a launch template by its id alone, where they have both id and name of it."""
    if isinstance(value, list):
        return [named_once(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    spare = {name for identifier, name in _TWO_NAMES.items() if value.get(identifier) and name in value}
    return {name: named_once(item) for name, item in value.items() if name not in spare}
