"""The lab instances: launch template or configuration, group, lifecycle hook and user data."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Configuration = dict[str, Any]


def test_instances_have_imdsv2_with_hop_limit_1_and_an_encrypted_gp3_root(
    lab_resources: Configuration,
) -> None:
    template = lab_resources["aws_launch_template.lab"]
    assert template["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    (root,) = template["block_device_mappings"]
    assert root["device_name"] == "${data.aws_ami.lab.root_device_name}"
    assert root["ebs"]["encrypted"] == "true"
    assert root["ebs"]["volume_type"] == "gp3"


def test_instances_get_their_settings_and_no_secret(lab: Configuration, lab_resources: Configuration) -> None:
    settings = lab["locals"]["instance_settings"]
    assert settings["autoscaling_group"] == "${var.name}"
    assert settings["metric"] == {"namespace": "JupyterHub/Lab", "name": "UserSessions"}
    assert settings["homes"]["file_system_id"] == "${aws_efs_file_system.homes.id}"
    assert not re.search(r"password|secret|token(?!_url)", json.dumps(settings), re.IGNORECASE)
    assert "local.instance_settings" in lab_resources["aws_launch_template.lab"]["user_data"]


def test_the_group_spans_all_subnets_and_trusts_the_balancer(lab_resources: Configuration) -> None:
    group = lab_resources["aws_autoscaling_group.lab"]
    assert group["vpc_zone_identifier"] == ["${aws_subnet.public_1.id}", "${aws_subnet.public_2.id}"]
    assert group["health_check_type"] == "ELB"
    assert group["target_group_arns"] == ["${aws_lb_target_group.hub.arn}"]
    assert (group["min_size"], group["max_size"]) == ("${var.min_size}", "${var.max_size}")
    assert "instance_refresh" not in group  # AWS's would wait an hour for users, and then give up
    assert group["launch_template"]["id"] == "${aws_launch_template.lab.id}"


def test_an_apply_never_takes_back_what_scaling_decided(lab_resources: Configuration) -> None:
    assert lab_resources["aws_autoscaling_group.lab"]["lifecycle"]["ignore_changes"] == ["desired_capacity"]


def test_a_terminating_instance_waits_for_its_sessions(lab_resources: Configuration) -> None:
    hook = lab_resources["aws_autoscaling_lifecycle_hook.drain"]
    assert hook["lifecycle_transition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert hook["heartbeat_timeout"] == "${var.drain_timeout_seconds}"
    assert hook["default_result"] == "CONTINUE"


def test_the_group_comes_after_what_its_instances_need_and_ends_before_it(
    lab_resources: Configuration,
) -> None:
    """Nothing in the launch template refers to these: a first boot would meet no route, no rights or no homes."""
    waits = set(lab_resources["aws_autoscaling_group.lab"]["depends_on"])
    kinds = (
        "aws_efs_mount_target.",
        "aws_iam_role_policy.lab",
        "aws_route.",
        "aws_route_table_association.",
        "aws_vpc_security_group_",
    )
    assert waits == {address for address in lab_resources if address.startswith(kinds)}


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        (
            {"security_group_rules": "inline", "routes": "inline", "instance_policy": "managed"},
            {"aws_iam_role_policy_attachment.lab_instance"},
        ),
        ({"security_group_rules": "legacy", "instance_policy": "none"}, {"aws_route.internet"}),
    ],
)
def test_however_rules_and_routes_are_written_the_group_waits_for_what_there_is(
    synth: Callable[..., Configuration], ways: Configuration, expected: set[str]
) -> None:
    found = synth("aws-lab", profile="original", **ways)["resource"]
    addresses = {f"{kind}.{name}" for kind, blocks in found.items() for name in blocks}
    waits = set(found["aws_autoscaling_group"]["lab"]["depends_on"])
    assert waits <= addresses
    assert expected <= waits
    assert not [address for address in waits if "mount_target" in address]


def test_settings_that_user_data_cannot_hold_are_refused_by_name(
    lab_resources: Configuration, project: Path
) -> None:
    (check,) = lab_resources["aws_launch_template.lab"]["lifecycle"]["precondition"]
    assert check["condition"] == "${(length(base64encode(jsonencode(local.instance_settings))) <= 14000)}"
    assert "hub_login_allowed_groups" in check["error_message"]
    script = project / "constructs/hub_constructs/aws_lab/first_boot.sh"
    around = 300  # the lines that write the settings down
    assert around + len(script.read_bytes()) + 14_000 <= 16_384


def test_the_older_launch_configuration_refuses_them_too(synth: Callable[..., Configuration]) -> None:
    found = synth("aws-lab", launch="configuration")["resource"]["aws_launch_configuration"]["lab"]
    assert len(found["lifecycle"]["precondition"]) == 1
    assert found["lifecycle"]["create_before_destroy"] is True
