"""EC2 launch templates: a version's data is what it launches, no more.

moto stores the tags of the template itself there too, keeps empty user data, forgets to read the user
data of later versions, on which an auto scaling group then fails, and never
shows a change of tags.
"""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.utils import parse_user_data

from hubctl.local_aws.extensions.patching import wrap


def _tags(self: LaunchTemplate) -> list[dict[str, str]]:
    return self.get_tags()


def _ignore(self: LaunchTemplate, tags: list[dict[str, str]]) -> None:
    """Leave the tags where they are kept; moto sets a copy of them when it makes a template."""


setattr(LaunchTemplate, "tags", property(_tags, _ignore))  # noqa: B010 - mypy refuses the assignment


@wrap(LaunchTemplateVersion, "__init__")
def _init(
    original: Any, self: LaunchTemplateVersion, template: Any, number: int, data: dict[str, Any], text: str
) -> None:
    data = dict(data)
    _set(data, "TagSpecifications", _launched(data.get("TagSpecifications") or []))
    user_data = data.get("UserData")
    if isinstance(user_data, str):
        user_data = parse_user_data(user_data)
    _set(data, "UserData", user_data if user_data is not None and user_data.as_bytes() else None)
    original(self, template, number, data, text)


def _launched(specifications: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [specification for specification in specifications if _is_launched(specification)]


def _is_launched(specification: dict[str, Any]) -> bool:
    return specification.get("ResourceType") != "launch-template"


def _set(data: dict[str, Any], name: str, value: Any) -> None:
    """Set a member, or leave it out when there is nothing in it."""
    if value:
        data[name] = value
    else:
        data.pop(name, None)
