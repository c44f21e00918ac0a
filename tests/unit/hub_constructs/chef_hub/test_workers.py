"""The Swarm workers: launch template, group, lifecycle hook and scaling."""

from typing import Any

Configuration = dict[str, Any]


def test_workers_come_from_a_launch_template_in_both_zones(hub_resources: Configuration) -> None:
    group = hub_resources["aws_autoscaling_group.chef-workers"]
    assert group["name"] == "jupyter-workers-asg"
    assert group["vpc_zone_identifier"] == [
        "${aws_subnet.default_subnet.id}",
        "${aws_subnet.default_subnet_2.id}",
    ]
    assert group["launch_template"]["id"] == "${aws_launch_template.chef-workers.id}"
    assert "latest_version" in group["launch_template"]["version"]
    assert (group["min_size"], group["max_size"]) == ("${var.worker_min_size}", "${var.worker_max_size}")
    assert group["lifecycle"]["ignore_changes"] == ["desired_capacity"]
    assert group["health_check_grace_period"] >= 300
    assert "aws_launch_configuration.chef-workers" not in hub_resources


def test_worker_template_is_hardened(hub_resources: Configuration) -> None:
    template = hub_resources["aws_launch_template.chef-workers"]
    assert template["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    (disk,) = template["block_device_mappings"]
    assert disk["device_name"] == "${data.aws_ami.ubuntu-chef-client.root_device_name}"
    assert (disk["ebs"]["encrypted"], disk["ebs"]["volume_type"]) == ("true", "gp3")
    assert template["monitoring"] == {"enabled": True}
    (interface,) = template["network_interfaces"]
    assert interface["associate_public_ip_address"] == "true"
    assert interface["security_groups"] == [
        "${aws_security_group.swarm_sg.id}",
        "${aws_security_group.allow_deployer_sg.id}",
    ]
    assert template["iam_instance_profile"] == {"arn": "${aws_iam_instance_profile.hub_worker.arn}"}
    assert '"node_kind" = "worker"' in template["user_data"]


def test_tags_reach_what_the_group_makes(hub_resources: Configuration) -> None:
    group = hub_resources["aws_autoscaling_group.chef-workers"]
    tags = {tag["key"] for tag in group["tag"] if tag["propagate_at_launch"]}
    assert tags == {"Project", "Stack", "Owner", "Name"}
    specifications = hub_resources["aws_launch_template.chef-workers"]["tag_specifications"]
    assert {block["resource_type"] for block in specifications} == {"instance", "volume"}
    assert all(set(block["tags"]) == tags for block in specifications)


def test_a_worker_can_leave_before_it_is_ended(hub_resources: Configuration) -> None:
    hook = hub_resources["aws_autoscaling_lifecycle_hook.chef-workers-terminating"]
    assert hook["lifecycle_transition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert hook["default_result"] == "CONTINUE"
    assert hook["heartbeat_timeout"] >= 600


def test_more_workers_come_when_they_are_busy(hub_resources: Configuration) -> None:
    policy = hub_resources["aws_autoscaling_policy.hub-workers-asg-cpu"]
    assert policy["policy_type"] == "TargetTrackingScaling"
    tracking = policy["target_tracking_configuration"]
    assert tracking["predefined_metric_specification"]["predefined_metric_type"] == "ASGAverageCPUUtilization"
    assert tracking["target_value"] == "${var.worker_cpu_target_percent}"


def test_no_apply_replaces_workers_by_itself(hub_resources: Configuration) -> None:
    assert "instance_refresh" not in hub_resources["aws_autoscaling_group.chef-workers"]
