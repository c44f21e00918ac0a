"""Each requirement of the AWS Lab, asserted on the synthesized JSON."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.core.addresses import addresses_in

Configuration = dict[str, Any]


@pytest.fixture(scope="module")
def lab(synth: Callable[..., Configuration]) -> Configuration:
    return synth("aws-lab")


@pytest.fixture(scope="module")
def resources(lab: Configuration) -> Configuration:
    return {
        f"{kind}.{name}": block for kind, blocks in lab["resource"].items() for name, block in blocks.items()
    }


def rules(resources: Configuration, group: str, direction: str) -> list[Configuration]:
    wanted = f"${{aws_security_group.{group}.id}}"
    return [
        rule
        for address, rule in resources.items()
        if address.startswith(f"aws_vpc_security_group_{direction}_rule.")
        and rule["security_group_id"] == wanted
    ]


def statements(resources: Configuration) -> str:
    return str(resources["aws_iam_role_policy.lab_instance"]["policy"])


def test_addresses_are_announced(lab: Configuration, golden: Callable[[str, str], None]) -> None:
    golden("addresses-aws-lab-recommended.txt", "\n".join(sorted(addresses_in(lab))) + "\n")


def test_addresses_of_the_original_profile_are_announced(
    synth: Callable[..., Configuration], golden: Callable[[str, str], None]
) -> None:
    addresses = addresses_in(synth("aws-lab", profile="original"))
    golden("addresses-aws-lab-original.txt", "\n".join(sorted(addresses)) + "\n")


def test_a1_the_load_balancer_is_public_and_an_application_load_balancer(resources: Configuration) -> None:
    balancer = resources["aws_lb.lab"]
    assert balancer["internal"] is False
    assert balancer["load_balancer_type"] == "application"
    assert balancer["security_groups"] == ["${aws_security_group.balancer.id}"]
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["idle_timeout"] == "${var.idle_timeout_seconds}"


def test_a1_idle_time_out_outlives_the_pauses_of_a_kernel(lab: Configuration) -> None:
    assert lab["variable"]["idle_timeout_seconds"]["default"] >= 600


def test_a2_the_configurable_domain_is_an_alias_of_the_balancer(
    resources: Configuration, lab: Configuration
) -> None:
    record = resources["aws_route53_record.lab"]
    assert record["name"] == "${var.domain_name}"
    assert record["type"] == "A"
    assert record["alias"]["name"] == "${aws_lb.lab.dns_name}"
    assert record["alias"]["zone_id"] == "${aws_lb.lab.zone_id}"
    assert "default" not in lab["variable"]["domain_name"]
    assert lab["data"]["aws_route53_zone"]["lab"]["name"] == "${var.hosted_zone}"


def test_a2_an_aaaa_record_comes_with_ipv6_only(
    synth: Callable[..., Configuration], resources: Configuration
) -> None:
    assert "aws_route53_record.lab_ipv6" not in resources
    dual = synth("aws-lab", ipv6=True)["resource"]
    assert dual["aws_route53_record"]["lab_ipv6"]["type"] == "AAAA"
    assert dual["aws_lb"]["lab"]["ip_address_type"] == "dualstack"
    assert dual["aws_vpc"]["lab"]["assign_generated_ipv6_cidr_block"] is True
    assert dual["aws_route"]["internet_ipv6"]["destination_ipv6_cidr_block"] == "::/0"
    assert dual["aws_vpc_security_group_ingress_rule"]["balancer_https_ipv6"]["cidr_ipv6"] == "::/0"


def test_a3_the_certificate_is_validated_by_dns_in_the_hosted_zone(resources: Configuration) -> None:
    assert resources["aws_acm_certificate.lab"]["validation_method"] == "DNS"
    assert resources["aws_acm_certificate.lab"]["domain_name"] == "${var.domain_name}"
    record = resources["aws_route53_record.certificate_validation"]
    assert record["zone_id"] == "${data.aws_route53_zone.lab.zone_id}"
    assert "aws_acm_certificate.lab" in record["name"]
    assert resources["aws_acm_certificate_validation.lab"]["validation_record_fqdns"] == [
        "${aws_route53_record.certificate_validation.fqdn}"
    ]


def test_a4_https_is_forwarded_and_http_redirected(resources: Configuration) -> None:
    https = resources["aws_lb_listener.https"]
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    # Through the validation, so that the listener waits for a certificate that is valid.
    assert https["certificate_arn"] == "${aws_acm_certificate_validation.lab.certificate_arn}"
    assert https["ssl_policy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert https["default_action"] == [
        {"type": "forward", "target_group_arn": "${aws_lb_target_group.hub.arn}"}
    ]
    http = resources["aws_lb_listener.http"]
    assert (http["port"], http["protocol"]) == (80, "HTTP")
    assert http["default_action"][0]["type"] == "redirect"
    assert http["default_action"][0]["redirect"] == {
        "port": "443",
        "protocol": "HTTPS",
        "status_code": "HTTP_301",
    }


def test_a4_users_stay_on_their_instance_and_the_health_of_the_hub_decides(resources: Configuration) -> None:
    group = resources["aws_lb_target_group.hub"]
    assert group["stickiness"] == {"enabled": True, "type": "lb_cookie", "cookie_duration": 86400}
    assert group["health_check"]["path"] == "/hub/health"
    assert group["health_check"]["matcher"] == "200"
    assert group["port"] == "${var.hub_port}"
    assert "var.drain_timeout_seconds" in group["deregistration_delay"]


def test_a5_instances_come_from_the_newest_image_of_the_name_and_owner(
    resources: Configuration, lab: Configuration
) -> None:
    image = lab["data"]["aws_ami"]["lab"]
    assert image["most_recent"] is True
    assert image["owners"] == ["${var.ami_owner}"]
    assert {"name": "name", "values": ["${var.ami_name}"]} in image["filter"]
    template = resources["aws_launch_template.lab"]
    assert template["image_id"] == "${data.aws_ami.lab.id}"


def test_instances_have_imdsv2_with_hop_limit_1_and_an_encrypted_gp3_root(resources: Configuration) -> None:
    template = resources["aws_launch_template.lab"]
    assert template["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    (root,) = template["block_device_mappings"]
    assert root["device_name"] == "${data.aws_ami.lab.root_device_name}"
    assert root["ebs"]["encrypted"] == "true"
    assert root["ebs"]["volume_type"] == "gp3"


def test_instances_are_told_their_settings_and_no_secret(
    lab: Configuration, resources: Configuration
) -> None:
    told = lab["locals"]["instance_settings"]
    assert told["autoscaling_group"] == "${var.name}"
    assert told["metric"] == {"namespace": "JupyterHub/Lab", "name": "UserSessions"}
    assert told["homes"]["file_system_id"] == "${aws_efs_file_system.homes.id}"
    assert not re.search(r"password|secret|token(?!_url)", json.dumps(told), re.IGNORECASE)
    assert "local.instance_settings" in resources["aws_launch_template.lab"]["user_data"]


def test_a7_the_group_spans_all_subnets_and_trusts_the_balancer(resources: Configuration) -> None:
    group = resources["aws_autoscaling_group.lab"]
    assert group["vpc_zone_identifier"] == ["${aws_subnet.public_1.id}", "${aws_subnet.public_2.id}"]
    assert group["health_check_type"] == "ELB"
    assert group["target_group_arns"] == ["${aws_lb_target_group.hub.arn}"]
    assert (group["min_size"], group["max_size"]) == ("${var.min_size}", "${var.max_size}")
    assert "instance_refresh" not in group  # AWS's would wait an hour for users, and then give up
    assert group["launch_template"]["id"] == "${aws_launch_template.lab.id}"


def test_a7_an_apply_never_takes_back_what_scaling_decided(resources: Configuration) -> None:
    assert resources["aws_autoscaling_group.lab"]["lifecycle"]["ignore_changes"] == ["desired_capacity"]


def test_a8_policies_are_steps_on_the_average_of_sessions(resources: Configuration) -> None:
    for name in ("scale_up", "scale_down"):
        policy = resources[f"aws_autoscaling_policy.{name}"]
        assert policy["policy_type"] == "StepScaling"
        assert policy["adjustment_type"] == "ChangeInCapacity"
        assert policy["metric_aggregation_type"] == "Average"
    for name in ("sessions_high", "sessions_low"):
        alarm = resources[f"aws_cloudwatch_metric_alarm.{name}"]
        assert (alarm["namespace"], alarm["metric_name"]) == ("JupyterHub/Lab", "UserSessions")
        assert alarm["statistic"] == "Average"
        assert alarm["dimensions"] == {"AutoScalingGroupName": "${aws_autoscaling_group.lab.name}"}


def test_a9_an_alarm_scales_up(resources: Configuration) -> None:
    alarm = resources["aws_cloudwatch_metric_alarm.sessions_high"]
    assert alarm["comparison_operator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["threshold"] == "${var.scale_up_threshold}"
    assert alarm["alarm_actions"] == ["${aws_autoscaling_policy.scale_up.arn}"]
    steps = resources["aws_autoscaling_policy.scale_up"]["step_adjustment"]
    assert [step["scaling_adjustment"] for step in steps] == [1, 2]
    assert steps[0]["metric_interval_upper_bound"] == steps[1]["metric_interval_lower_bound"]


def test_a10_another_alarm_scales_down(resources: Configuration) -> None:
    alarm = resources["aws_cloudwatch_metric_alarm.sessions_low"]
    assert alarm["comparison_operator"] == "LessThanThreshold"
    assert alarm["threshold"] == "${var.scale_down_threshold}"
    assert alarm["alarm_actions"] == ["${aws_autoscaling_policy.scale_down.arn}"]
    (step,) = resources["aws_autoscaling_policy.scale_down"]["step_adjustment"]
    assert step == {"scaling_adjustment": -1, "metric_interval_upper_bound": "0"}


def test_a10_silence_is_not_taken_for_an_empty_lab(resources: Configuration) -> None:
    for name in ("sessions_high", "sessions_low"):
        assert resources[f"aws_cloudwatch_metric_alarm.{name}"]["treat_missing_data"] == "notBreaching"


@pytest.mark.parametrize("count", [2, 3, 6])
def test_a11_balancer_and_instances_are_in_as_many_zones_as_set(
    synth: Callable[..., Configuration], count: int
) -> None:
    resources = synth("aws-lab", zone_count=count)["resource"]
    subnets = [f"${{aws_subnet.public_{number}.id}}" for number in range(1, count + 1)]
    assert resources["aws_lb"]["lab"]["subnets"] == subnets
    assert resources["aws_autoscaling_group"]["lab"]["vpc_zone_identifier"] == subnets
    zones = [
        resources["aws_subnet"][f"public_{number}"]["availability_zone"] for number in range(1, count + 1)
    ]
    assert len(set(zones)) == count
    targets = [target["subnet_id"] for target in resources["aws_efs_mount_target"].values()]
    assert targets == subnets


def test_a11_the_region_is_a_variable(lab: Configuration) -> None:
    assert lab["provider"]["aws"][0]["region"] == "${var.region}"


def test_a12_subnets_are_public(resources: Configuration) -> None:
    for number in (1, 2):
        assert resources[f"aws_subnet.public_{number}"]["map_public_ip_on_launch"] is True
        association = resources[f"aws_route_table_association.public_{number}"]
        assert association["route_table_id"] == "${aws_route_table.public.id}"
    route = resources["aws_route.internet"]
    assert route["destination_cidr_block"] == "0.0.0.0/0"
    assert route["gateway_id"] == "${aws_internet_gateway.lab.id}"


def test_a12_sessions_reach_the_internet(resources: Configuration) -> None:
    (way_out,) = rules(resources, "instances", "egress")
    assert (way_out["ip_protocol"], way_out["cidr_ipv4"]) == ("-1", "0.0.0.0/0")


def test_a13_only_the_balancer_opens_connections_to_instances(resources: Configuration) -> None:
    (way_in,) = rules(resources, "instances", "ingress")
    assert way_in["referenced_security_group_id"] == "${aws_security_group.balancer.id}"
    assert (way_in["from_port"], way_in["to_port"]) == ("${var.hub_port}", "${var.hub_port}")
    assert not {"cidr_ipv4", "cidr_ipv6", "prefix_list_id"} & set(way_in)
    assert resources["aws_launch_template.lab"]["vpc_security_group_ids"] == [
        "${aws_security_group.instances.id}"
    ]


def test_a13_nobody_but_the_instances_reaches_the_homes(resources: Configuration) -> None:
    (way_in,) = rules(resources, "homes", "ingress")
    assert way_in["referenced_security_group_id"] == "${aws_security_group.instances.id}"
    assert (way_in["from_port"], way_in["to_port"]) == (2049, 2049)


def test_security_groups_have_no_inline_rules(lab: Configuration) -> None:
    for group in lab["resource"]["aws_security_group"].values():
        assert not {"ingress", "egress"} & set(group)


def test_homes_are_encrypted_and_only_reached_over_tls(resources: Configuration) -> None:
    assert resources["aws_efs_file_system.homes"]["encrypted"] is True
    assert "aws:SecureTransport" in resources["aws_efs_file_system_policy.homes"]["policy"]


def test_access_logs_are_an_option_in_an_encrypted_private_bucket(
    synth: Callable[..., Configuration], resources: Configuration
) -> None:
    assert "access_logs" not in resources["aws_lb.lab"]
    with_logs = synth("aws-lab", access_logs=True)["resource"]
    assert with_logs["aws_lb"]["lab"]["access_logs"]["enabled"] is True
    block = with_logs["aws_s3_bucket_public_access_block"]["access_logs"]
    assert all(block[key] for key in block if key.startswith(("block_", "ignore_", "restrict_")))
    assert "AES256" in json.dumps(
        with_logs["aws_s3_bucket_server_side_encryption_configuration"]["access_logs"]
    )
    policy = with_logs["aws_s3_bucket_policy"]["access_logs"]["policy"]
    assert "logdelivery.elasticloadbalancing.amazonaws.com" in policy
    assert "aws:SecureTransport" in policy


def test_instances_may_only_do_what_they_need(resources: Configuration) -> None:
    policy = statements(resources)
    actions = set(re.findall(r'"([a-z0-9]+:[A-Za-z*]+)"', policy))
    assert not [action for action in actions if action.endswith("*")]
    assert "cloudwatch:PutMetricData" in actions
    assert '"cloudwatch:namespace" = "JupyterHub/Lab"' in policy
    # Only where AWS knows no narrower resource.
    wide = re.findall(r'"Sid" = "(\w+)"[^{}]*"Resource" = \["\*"\]', policy)
    assert wide == ["PublishSessions", "SeeOwnState", "SessionManager"]


def test_a_terminating_instance_waits_for_its_sessions(resources: Configuration) -> None:
    hook = resources["aws_autoscaling_lifecycle_hook.drain"]
    assert hook["lifecycle_transition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert hook["heartbeat_timeout"] == "${var.drain_timeout_seconds}"
    assert hook["default_result"] == "CONTINUE"


def test_everything_carries_project_stack_and_owner(lab: Configuration, resources: Configuration) -> None:
    tags = lab["provider"]["aws"][0]["default_tags"][0]["tags"]
    assert tags == {"Project": "jupyterhub-on-aws", "Stack": "aws-lab", "Owner": "${var.owner}"}
    # Default tags do not reach what the group launches: those are tagged by the group and the template.
    keys = {tag["key"] for tag in resources["aws_autoscaling_group.lab"]["tag"] if tag["propagate_at_launch"]}
    assert keys == {"Project", "Stack", "Owner", "Name"}


def test_outputs_keep_their_names(lab: Configuration) -> None:
    assert set(lab["output"]) == {"lab_url", "alb_dns_name", "autoscaling_group_name"}
    assert lab["output"]["lab_url"]["value"] == "https://${var.domain_name}/"


def test_every_variable_has_type_description_and_validation(lab: Configuration) -> None:
    for name, variable in lab["variable"].items():
        assert variable["type"] in {"string", "number", "list(string)", "bool"}, name
        assert variable["description"], name
        assert variable["type"] == "bool" or variable["validation"], name


def test_the_original_profile_keeps_homes_on_the_instances(synth: Callable[..., Configuration]) -> None:
    original = synth("aws-lab", profile="original")
    assert "aws_efs_file_system" not in original["resource"]
    assert "aws_autoscaling_lifecycle_hook" not in original["resource"]
    assert "default_tags" not in original["provider"]["aws"][0]


def test_the_group_comes_after_what_its_instances_need_and_ends_before_it(resources: Configuration) -> None:
    """Nothing in the launch template refers to these: a first boot would meet no route, no rights or no homes."""
    waits = set(resources["aws_autoscaling_group.lab"]["depends_on"])
    kinds = (
        "aws_efs_mount_target.",
        "aws_iam_role_policy.lab",
        "aws_route.",
        "aws_route_table_association.",
        "aws_vpc_security_group_",
    )
    assert waits == {address for address in resources if address.startswith(kinds)}


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (
            {"security_group_rules": "inline", "routes": "inline", "instance_policy": "managed"},
            {"aws_iam_role_policy_attachment.lab_instance"},
        ),
        ({"security_group_rules": "legacy", "instance_policy": "none"}, {"aws_route.internet"}),
    ],
)
def test_in_every_form_the_group_waits_for_what_there_is(
    synth: Callable[..., Configuration], forms: Configuration, expected: set[str]
) -> None:
    found = synth("aws-lab", profile="original", **forms)["resource"]
    addresses = {f"{kind}.{name}" for kind, blocks in found.items() for name in blocks}
    waits = set(found["aws_autoscaling_group"]["lab"]["depends_on"])
    assert waits <= addresses
    assert expected <= waits
    assert not [address for address in waits if "mount_target" in address]


def test_settings_that_user_data_cannot_hold_are_refused_by_name(
    resources: Configuration, project: Path
) -> None:
    (check,) = resources["aws_launch_template.lab"]["lifecycle"]["precondition"]
    assert check["condition"] == "${(length(base64encode(jsonencode(local.instance_settings))) <= 14000)}"
    assert "hub_login_allowed_groups" in check["error_message"]
    script = project / "constructs/hub_constructs/aws_lab/first_boot.sh"
    around = 300  # the lines that write the settings down
    assert around + len(script.read_bytes()) + 14_000 <= 16_384


def test_the_older_launch_configuration_refuses_them_too(synth: Callable[..., Configuration]) -> None:
    found = synth("aws-lab", launch="configuration")["resource"]["aws_launch_configuration"]["lab"]
    assert len(found["lifecycle"]["precondition"]) == 1
    assert found["lifecycle"]["create_before_destroy"] is True
