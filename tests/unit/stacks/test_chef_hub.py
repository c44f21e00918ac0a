"""Each requirement of the Chef hub, asserted on the synthesized JSON of profile ``recommended``."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from hub_constructs.core.addresses import addresses_in

Configuration = dict[str, Any]
KINDS = {
    "chef_server": "chef_server_profile",
    "workstation": "chef_workstation",
    "hub_leader": "hub_leader",
    "worker": "hub_worker",
}
INSTANCES = ("chef-server", "chef-workstation", "hub-leader")


@pytest.fixture(scope="module")
def hub(synth: Callable[..., Configuration]) -> Configuration:
    return synth("chef-hub")


@pytest.fixture(scope="module")
def resources(hub: Configuration) -> Configuration:
    return {
        f"{kind}.{name}": block for kind, blocks in hub["resource"].items() for name, block in blocks.items()
    }


def statements(resources: Configuration, kind: str) -> dict[str, Configuration]:
    """Return the statements of a node's policy by their Sid; references stand in them as quoted text."""
    policy = str(resources[f"aws_iam_role_policy.{KINDS[kind]}"]["policy"])
    text = policy.removeprefix("${jsonencode(").removesuffix(")}").replace('" = ', '": ')
    text = re.sub(r"(?<=[\[ ])((?:aws|data|local|var)[.\w-]+)(?=[,\]}])", r'"\1"', text)
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}


def ingress(resources: Configuration, group: str) -> list[tuple[str, Any, str]]:
    """Return protocol, port and peer of each ingress rule of ``group``."""
    return sorted(
        (
            rule["ip_protocol"],
            rule.get("from_port", 0),
            rule.get("cidr_ipv4") or rule["referenced_security_group_id"],
        )
        for address, rule in resources.items()
        if address.startswith("aws_vpc_security_group_ingress_rule.")
        and rule["security_group_id"] == f"${{aws_security_group.{group}.id}}"
    )


def test_addresses_are_announced(hub: Configuration, golden: Callable[[str, str], None]) -> None:
    golden("addresses-chef-hub-recommended.txt", "\n".join(sorted(addresses_in(hub))) + "\n")


def test_b1_it_is_several_dozen_resources_with_the_originals_outputs(hub: Configuration) -> None:
    assert len(addresses_in({"resource": hub["resource"]})) >= 60
    originals = {"workstation_ip", "swarm_leader_ip", "ssh_group_id"}
    assert set(hub["output"]) == {*originals, "hub_url", "bootstrap_bucket"}
    assert hub["output"]["bootstrap_bucket"]["value"] == "${local.bootstrap_bucket}"
    assert hub["output"]["hub_url"]["value"] == "https://notebooks.${var.target_domain}/hub/login"
    assert hub["output"]["ssh_group_id"]["value"] == "${aws_security_group.allow_deployer_sg.id}"


def test_variables_keep_their_names(hub: Configuration) -> None:
    names = {
        "deployer_ip",
        "aws_account_id",
        "default_region",
        "default_availability_zone",
        "secondary_availability_zone",
        "target_domain",
    }
    assert names <= set(hub["variable"])
    assert hub["variable"]["deployer_ip"]["sensitive"] is True
    assert "default" not in hub["variable"]["deployer_ip"]
    assert hub["variable"]["aws_account_id"]["default"] == ""


def test_b2_one_vpc_in_a_private_range_with_two_zones(hub: Configuration, resources: Configuration) -> None:
    assert hub["variable"]["vpc_cidr"]["default"] == "10.30.0.0/16"
    vpc = resources["aws_vpc.infra-vpc"]
    assert (vpc["cidr_block"], vpc["enable_dns_hostnames"], vpc["enable_dns_support"]) == (
        "${var.vpc_cidr}",
        True,
        True,
    )
    zones = []
    for index, name in enumerate(("default_subnet", "default_subnet_2")):
        subnet = resources[f"aws_subnet.{name}"]
        assert subnet["cidr_block"] == f"${{cidrsubnet(var.vpc_cidr, 2, {index})}}"
        assert subnet["map_public_ip_on_launch"] is False
        zones.append(subnet["availability_zone"])
    assert zones == ["${var.default_availability_zone}", "${var.secondary_availability_zone}"]


def test_the_main_routes_lead_to_the_internet(resources: Configuration) -> None:
    (route,) = resources["aws_route_table.main"]["route"]
    assert route["cidr_block"] == "0.0.0.0/0"
    assert route["gateway_id"] == "${aws_internet_gateway.core-igw.id}"
    main = resources["aws_main_route_table_association.asc-main-vpc"]
    assert main["route_table_id"] == "${aws_route_table.main.id}"


@pytest.mark.parametrize(
    ("name", "image", "kind"),
    [
        ("chef-server", "ubuntu-chef-server", "chef_server"),
        ("chef-workstation", "ubuntu-chef-workstation", "workstation"),
        ("hub-leader", "ubuntu-chef-client", "hub_leader"),
    ],
)
def test_b3_b5_b9_each_node_runs_its_own_image_script_and_role(
    hub: Configuration, resources: Configuration, name: str, image: str, kind: str
) -> None:
    instance = resources[f"aws_instance.{name}"]
    assert instance["ami"] == f"${{data.aws_ami.{image}.id}}"
    assert instance["iam_instance_profile"] == f"${{aws_iam_instance_profile.{KINDS[kind]}.name}}"
    assert f'"node_kind" = "{kind}"' in instance["user_data_base64"]
    lookup = hub["data"]["aws_ami"][image]
    assert lookup["most_recent"] is True
    assert lookup["owners"] == ["${var.ami_owner}"]
    assert {block["name"] for block in lookup["filter"]} >= {
        "name",
        "state",
        "architecture",
        "virtualization-type",
    }


@pytest.mark.parametrize("name", INSTANCES)
def test_instances_are_hardened(resources: Configuration, name: str) -> None:
    instance = resources[f"aws_instance.{name}"]
    assert instance["metadata_options"] == {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": 1,
    }
    assert instance["root_block_device"]["encrypted"] is True
    assert instance["root_block_device"]["volume_type"] == "gp3"
    assert instance["monitoring"] is True
    assert instance["ebs_optimized"] is True


@pytest.mark.parametrize("name", INSTANCES)
def test_no_node_is_made_after_another_or_replaced_by_surprise(resources: Configuration, name: str) -> None:
    instance = resources[f"aws_instance.{name}"]
    assert instance["depends_on"] == ["aws_ssm_parameter.node_contract"]
    assert {"ami", "user_data_base64"} <= set(instance["lifecycle"]["ignore_changes"])


def test_there_is_no_ssh_key_by_default(hub: Configuration, resources: Configuration) -> None:
    assert hub["variable"]["key_name"]["default"] == ""
    for address in (*(f"aws_instance.{name}" for name in INSTANCES), "aws_launch_template.chef-workers"):
        assert resources[address]["key_name"] == '${var.key_name == "" ? null : var.key_name}'
    rule = resources["aws_vpc_security_group_ingress_rule.deployer_ssh"]
    assert rule["count"] == "${(length(var.key_name) >= 1) ? 1 : 0}"


def test_b4_workers_come_from_a_launch_template_in_both_zones(resources: Configuration) -> None:
    group = resources["aws_autoscaling_group.chef-workers"]
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
    assert "aws_launch_configuration.chef-workers" not in resources


def test_worker_template_is_hardened(resources: Configuration) -> None:
    template = resources["aws_launch_template.chef-workers"]
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


def test_tags_reach_what_the_group_makes(resources: Configuration) -> None:
    group = resources["aws_autoscaling_group.chef-workers"]
    tags = {tag["key"] for tag in group["tag"] if tag["propagate_at_launch"]}
    assert tags == {"Project", "Stack", "Owner", "Name"}
    specifications = resources["aws_launch_template.chef-workers"]["tag_specifications"]
    assert {block["resource_type"] for block in specifications} == {"instance", "volume"}
    assert all(set(block["tags"]) == tags for block in specifications)


def test_a_worker_can_leave_before_it_is_ended(resources: Configuration) -> None:
    hook = resources["aws_autoscaling_lifecycle_hook.chef-workers-terminating"]
    assert hook["lifecycle_transition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert hook["default_result"] == "CONTINUE"
    assert hook["heartbeat_timeout"] >= 600


def test_b17_more_workers_come_when_they_are_busy(resources: Configuration) -> None:
    policy = resources["aws_autoscaling_policy.hub-workers-asg-cpu"]
    assert policy["policy_type"] == "TargetTrackingScaling"
    tracking = policy["target_tracking_configuration"]
    assert tracking["predefined_metric_specification"]["predefined_metric_type"] == "ASGAverageCPUUtilization"
    assert tracking["target_value"] == "${var.worker_cpu_target_percent}"


def test_b6_files_are_shared_in_both_zones_encrypted_at_rest_and_on_the_way(resources: Configuration) -> None:
    files = resources["aws_efs_file_system.research_shared_fs"]
    assert files["encrypted"] is True
    assert "availability_zone_name" not in files
    subnets = {
        block["subnet_id"]
        for address, block in resources.items()
        if address.startswith("aws_efs_mount_target.")
    }
    assert subnets == {"${aws_subnet.default_subnet.id}", "${aws_subnet.default_subnet_2.id}"}
    assert resources["aws_efs_mount_target.core_mnt_target"]["subnet_id"] == "${aws_subnet.default_subnet.id}"
    policy = resources["aws_efs_file_system_policy.research_shared_fs"]["policy"]
    assert '"aws:SecureTransport" = "false"' in policy


def test_b7_facts_stand_in_plain_parameters_under_the_originals_names(resources: Configuration) -> None:
    names = {
        address.removeprefix("aws_ssm_parameter."): (block["name"], block["type"])
        for address, block in resources.items()
        if address.startswith("aws_ssm_parameter.")
    }
    assert names == {
        "chef_server_cfg": ("chef_server_config", "String"),
        "chef_server_dns": ("chef_server_dns", "String"),
        "chef_server_ip": ("chef_server_ip", "String"),
        "nfs_mount_ip": ("nfs_mount_ip", "String"),
        "node_contract": ("/chef-hub/contract", "String"),
    }
    value = resources["aws_ssm_parameter.chef_server_cfg"]["value"]
    assert "chef_svc.local.${var.target_domain}" in value
    assert not re.search(r"password|secret|key", value)


def test_changed_settings_reach_nodes_that_run(resources: Configuration) -> None:
    parameter = resources["aws_ssm_parameter.node_contract"]
    assert parameter["value"] == '${jsonencode({"chef_hub" = local.node_contract})}'
    assert parameter["tier"] == "Intelligent-Tiering"
    (check,) = parameter["lifecycle"]["precondition"]
    assert check["condition"] == '${(length(jsonencode({"chef_hub" = local.node_contract})) <= 8192)}'
    for kind in KINDS:
        read = statements(resources, kind)["ReadParameters"]["Resource"]
        assert any(resource.endswith(":parameter/chef-hub/contract") for resource in read), kind
        written = statements(resources, kind)["WriteParameters"]["Resource"]
        assert not any(resource.endswith(("/contract", "/chef-hub/*")) for resource in written), kind


def test_launch_data_holds_nothing_that_changes_and_the_contract_is_there_before_it(
    resources: Configuration,
) -> None:
    launched = {
        "aws_launch_template.chef-workers": "user_data",
        **{
            f"aws_instance.{name}": "user_data_base64"
            for name in ("chef-server", "chef-workstation", "hub-leader")
        },
    }
    for address, argument in launched.items():
        told = resources[address][argument]
        assert '"parameter_prefix" = "/chef-hub"' in told, address
        assert not re.search(r"\b(var|local|data|aws_\w+)\.", told), address
    for address in (*list(launched)[1:], "aws_autoscaling_group.chef-workers"):
        assert "aws_ssm_parameter.node_contract" in resources[address]["depends_on"], address


def test_no_apply_replaces_workers_by_itself(resources: Configuration) -> None:
    assert "instance_refresh" not in resources["aws_autoscaling_group.chef-workers"]


def test_b7_b12_nodes_find_each_other_by_name(resources: Configuration) -> None:
    namespace = resources["aws_service_discovery_private_dns_namespace.internal"]
    assert namespace["name"] == "local.${var.target_domain}"
    for name, node in (("chef_svc", "chef-server"), ("swarm_svc", "hub-leader")):
        service = resources[f"aws_service_discovery_service.{name}"]
        assert service["dns_config"]["namespace_id"].endswith("internal.id}")
        registered = resources[f"aws_service_discovery_instance.{name}_master"]
        assert registered["attributes"] == {"AWS_INSTANCE_IPV4": f"${{aws_instance.{node}.private_ip}}"}


def test_b14_the_hub_has_a_public_name(resources: Configuration) -> None:
    record = resources["aws_route53_record.maphub_nb_cname_record"]
    assert record["name"] == "notebooks.${var.target_domain}"
    assert record["records"] == ["${aws_eip.hub-leader.public_ip}"]


@pytest.mark.parametrize("name", ["chef-server", "chef-workstation", "hub-leader"])
def test_public_addresses_outlive_a_stop(hub: Configuration, resources: Configuration, name: str) -> None:
    instance, address = resources[f"aws_instance.{name}"], resources[f"aws_eip.{name}"]
    # The provider reads the attribute as false while an instance is stopped, and replaces it for a difference.
    assert "associate_public_ip_address" not in instance
    assert address["instance"] == f"${{aws_instance.{name}.id}}"
    assert address["depends_on"] == ["aws_internet_gateway.core-igw"]
    outputs = {"chef-workstation": "workstation_ip", "hub-leader": "swarm_leader_ip"}
    if name in outputs:
        assert hub["output"][outputs[name]]["value"] == f"${{aws_eip.{name}.public_ip}}"


def test_users_domains_lead_to_the_hub(resources: Configuration) -> None:
    record, hub = (
        resources[f"aws_route53_record.{name}"] for name in ("hub_users", "maphub_nb_cname_record")
    )
    assert record["name"] == "*.notebooks.${var.target_domain}"
    assert (record["type"], record["records"]) == ("A", hub["records"])
    assert "count" not in record  # whatever is switched off: servers that run keep their names


def test_b7_b10_a_bucket_is_made_when_none_is_given(hub: Configuration, resources: Configuration) -> None:
    wanted = "${(length(var.bootstrap_bucket) < 1) ? 1 : 0}"
    parts = [
        block for address, block in resources.items() if re.match(r"aws_s3_bucket\w*\.bootstrap", address)
    ]
    assert len(parts) == 7
    assert {block["count"] for block in parts} == {wanted}
    assert hub["locals"]["bootstrap_bucket"] == (
        "${(length(var.bootstrap_bucket) < 1) ? aws_s3_bucket.bootstrap.0.bucket : var.bootstrap_bucket}"
    )
    assert resources["aws_s3_bucket_versioning.bootstrap"]["versioning_configuration"]["status"] == "Enabled"
    block = resources["aws_s3_bucket_public_access_block.bootstrap"]
    assert all(
        block[key]
        for key in (
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        )
    )
    assert '"aws:SecureTransport" = "false"' in resources["aws_s3_bucket_policy.bootstrap"]["policy"]
    # Bundles are packed from the cookbooks again; see docs/how-to/destroy.md.
    assert resources["aws_s3_bucket.bootstrap"]["force_destroy"] is True


def test_images_are_scanned_immutable_and_do_not_pile_up(resources: Configuration) -> None:
    for name in ("geospatial", "jupyterhubserver"):
        repository = resources[f"aws_ecr_repository.{name}"]
        assert repository["image_tag_mutability"] == "IMMUTABLE"
        assert repository["image_scanning_configuration"] == {"scan_on_push": True}
        assert "imageCountMoreThan" in resources[f"aws_ecr_lifecycle_policy.{name}"]["policy"]


def test_logs_are_kept_for_a_while(resources: Configuration) -> None:
    group = resources["aws_cloudwatch_log_group.nodes"]
    assert (group["name"], group["retention_in_days"]) == ("/chef-hub/nodes", "${var.log_retention_days}")


@pytest.mark.parametrize(
    ("group", "rules"),
    [
        ("allow_all_http_sg", [("tcp", 80, "0.0.0.0/0"), ("tcp", 443, "0.0.0.0/0")]),
        ("allow_deployer_sg", [("tcp", 22, "${var.deployer_ip}")]),
        ("allow_deployer_http_sg", [("tcp", 443, "${var.deployer_ip}")]),
        (
            "chef_server_sg",
            [
                ("tcp", 443, "${aws_security_group.chef_workstation_sg.id}"),
                ("tcp", 443, "${aws_security_group.swarm_sg.id}"),
            ],
        ),
        ("chef_workstation_sg", []),
        ("swarm_leader_sg", [("tcp", 2377, "${aws_security_group.swarm_sg.id}")]),
        (
            "swarm_sg",
            [
                ("50", 0, "${aws_security_group.swarm_sg.id}"),
                ("tcp", 7946, "${aws_security_group.swarm_sg.id}"),
                ("udp", 4789, "${aws_security_group.swarm_sg.id}"),
                ("udp", 7946, "${aws_security_group.swarm_sg.id}"),
            ],
        ),
        ("efs_sg", [("tcp", 2049, "${aws_security_group.swarm_sg.id}")]),
    ],
)
def test_each_group_opens_what_it_is_for(
    resources: Configuration, group: str, rules: list[tuple[str, int, str]]
) -> None:
    assert ingress(resources, group) == rules


def test_no_group_opens_the_vpc_or_everything_to_anyone(resources: Configuration) -> None:
    for address, block in resources.items():
        if address.startswith("aws_security_group."):
            assert "ingress" not in block
            assert "egress" not in block
            assert len(block["description"]) > 10
        if address.startswith("aws_vpc_security_group_ingress_rule."):
            assert block["ip_protocol"] != "-1"
            assert block.get("cidr_ipv4") in (None, "0.0.0.0/0", "${var.deployer_ip}")
    assert "aws_security_group.allow_vpc_traffic_sg" not in resources


def test_only_the_leader_is_open_to_everyone(resources: Configuration) -> None:
    web = "${aws_security_group.allow_all_http_sg.id}"
    holders = [
        name for name in INSTANCES if web in resources[f"aws_instance.{name}"]["vpc_security_group_ids"]
    ]
    assert holders == ["hub-leader"]


def test_every_node_can_reach_out(resources: Configuration) -> None:
    outbound = {
        block["security_group_id"]
        for address, block in resources.items()
        if address.startswith("aws_vpc_security_group_egress_rule.")
    }
    for name in INSTANCES:
        assert outbound & set(resources[f"aws_instance.{name}"]["vpc_security_group_ids"]), name
    (interface,) = resources["aws_launch_template.chef-workers"]["network_interfaces"]
    assert outbound & set(interface["security_groups"])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_roles_hold_inline_policies_only(resources: Configuration, kind: str) -> None:
    role = resources[f"aws_iam_role.{KINDS[kind]}"]
    assert "managed_policy_arns" not in role
    assert "ec2.amazonaws.com" in role["assume_role_policy"]
    assert not [address for address in resources if address.startswith("aws_iam_role_policy_attachment.")]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_action_is_named_and_only_those_without_resources_have_a_star(
    resources: Configuration, kind: str
) -> None:
    without_resources = {
        "autoscaling:DescribeAutoScalingGroups",
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "servicediscovery:GetOperation",
        "servicediscovery:ListInstances",
        "ssm:UpdateInstanceInformation",
    }
    for statement in statements(resources, kind).values():
        assert not [action for action in statement["Action"] if "*" in action]
        if "*" in statement["Resource"]:
            others = {a for a in statement["Action"] if not a.startswith(("ssmmessages:", "ec2messages:"))}
            assert others <= without_resources


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nodes_are_listed_of_the_stacks_own_services_only(resources: Configuration, kind: str) -> None:
    condition = statements(resources, kind)["ListNodes"]["Condition"]
    (services,) = (keys["servicediscovery:ServiceArn"] for keys in condition.values())
    assert services == [
        "aws_service_discovery_service.chef_svc.arn",
        "aws_service_discovery_service.swarm_svc.arn",
    ]


def test_parameters_are_read_and_written_by_path(resources: Configuration) -> None:
    for kind in KINDS:
        found = statements(resources, kind)
        for resource in found["WriteParameters"]["Resource"]:
            assert ":parameter/chef-hub/" in resource
        for resource in found["ReadParameters"]["Resource"]:
            assert not resource.endswith((":parameter/*", ":parameter/chef-hub/*"))


def test_only_server_and_workstation_read_the_administrators_key(resources: Configuration) -> None:
    readers = {
        kind
        for kind in KINDS
        for resource in statements(resources, kind)["ReadParameters"]["Resource"]
        if resource.endswith(("/chef_server/*", "/chef_server/admin_key"))
    }
    assert readers == {"chef_server", "workstation"}


def test_only_the_leader_reads_the_secrets_of_the_login(resources: Configuration) -> None:
    readers = {
        kind
        for kind in KINDS
        if any("/chef-hub/hub/" in r for r in statements(resources, kind)["ReadParameters"]["Resource"])
    }
    assert readers == {"hub_leader"}


@pytest.mark.parametrize(
    ("sid", "kinds"),
    [
        ("AskForCapacityAndKeepBusyWorkers", {"hub_leader"}),
        ("LeaveInOrder", {"worker"}),
        ("RegisterItself", {"chef_server", "hub_leader"}),
        ("PublishObjects", {"chef_server"}),
        ("ReadObjects", {"workstation", "hub_leader", "worker"}),
        ("PullImages", {"hub_leader", "worker"}),
        ("WriteLogs", set(KINDS)),
        ("SessionManager", set(KINDS)),
    ],
)
def test_each_permission_is_with_those_who_need_it(
    resources: Configuration, sid: str, kinds: set[str]
) -> None:
    assert {kind for kind in KINDS if sid in statements(resources, kind)} == kinds


def test_scaling_rights_are_for_the_one_group(resources: Configuration) -> None:
    for kind, sid in (("hub_leader", "AskForCapacityAndKeepBusyWorkers"), ("worker", "LeaveInOrder")):
        (group,) = statements(resources, kind)[sid]["Resource"]
        assert group.endswith(":autoScalingGroup:*:autoScalingGroupName/jupyter-workers-asg")


def test_everything_is_tagged_and_foreign_accounts_are_refused(hub: Configuration) -> None:
    (provider,) = hub["provider"]["aws"]
    (tags,) = provider["default_tags"]
    assert tags["tags"] == {"Project": "jupyterhub-on-aws", "Stack": "chef-hub", "Owner": "${var.owner}"}
    assert provider["allowed_account_ids"] == '${var.aws_account_id == "" ? null : [var.aws_account_id]}'


def test_nothing_synthesized_looks_like_a_secret(hub: Configuration) -> None:
    text = json.dumps(hub)
    assert "PRIVATE KEY" not in text
    assert not re.search(r'"(?:password|secret\w*|token)": "[^$]', text)
