"""EC2 launch templates: tags of the template itself are not part of what it launches.

moto stores both in the template's data, and Terraform sees tag specifications that nobody asked for.
"""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplateVersion

from hubctl.local_aws.extensions.patching import wrap


@wrap(LaunchTemplateVersion, "__init__")
def _init(
    original: Any, self: LaunchTemplateVersion, template: Any, number: int, data: dict[str, Any], text: str
) -> None:
    launched = [
        specification
        for specification in data.get("TagSpecifications", [])
        if specification.get("ResourceType") != "launch-template"
    ]
    if launched:
        data = {**data, "TagSpecifications": launched}
    else:
        data = {name: value for name, value in data.items() if name != "TagSpecifications"}
    original(self, template, number, data, text)
