"""AMIs are looked up by name and owner; the original design's plan does not need one to exist."""

import re
from typing import Any

Configuration = dict[str, Any]


def test_instances_come_from_the_newest_image_of_the_name_and_owner(
    lab_resources: Configuration, lab: Configuration
) -> None:
    image = lab["data"]["aws_ami"]["lab"]
    assert image["most_recent"] is True
    assert image["owners"] == ["${var.ami_owner}"]
    assert {"name": "name", "values": ["${var.ami_name}"]} in image["filter"]
    template = lab_resources["aws_launch_template.lab"]
    assert template["image_id"] == "${data.aws_ami.lab.id}"


def test_the_plan_does_not_hang_on_an_image_of_someone_else(original_hub: Configuration) -> None:
    assert "aws_ami" not in original_hub["data"]
    assert set(original_hub["data"]["aws_ami_ids"]) == {
        "ubuntu-chef-server",
        "ubuntu-chef-workstation",
        "ubuntu-chef-client",
    }
    for name, block in original_hub["resource"]["aws_instance"].items():
        assert re.fullmatch(
            r'\$\{try\(data\.aws_ami_ids\.[a-z-]+\.ids\[0\], "no-image-.*"\)\}', block["ami"]
        ), name
