"""How nodes find each other and their settings: Cloud Map, and parameters in SSM."""

import re
from typing import Any

from tests.support.hub_nodes import KINDS, statements

Configuration = dict[str, Any]


def test_addresses_are_plain_parameters_under_the_originals_names(hub_resources: Configuration) -> None:
    names = {
        address.removeprefix("aws_ssm_parameter."): (block["name"], block["type"])
        for address, block in hub_resources.items()
        if address.startswith("aws_ssm_parameter.")
    }
    assert names == {
        "chef_server_cfg": ("chef_server_config", "String"),
        "chef_server_dns": ("chef_server_dns", "String"),
        "chef_server_ip": ("chef_server_ip", "String"),
        "nfs_mount_ip": ("nfs_mount_ip", "String"),
        "node_contract": ("/chef-hub/contract", "String"),
    }
    value = hub_resources["aws_ssm_parameter.chef_server_cfg"]["value"]
    assert "chef_svc.local.${var.target_domain}" in value
    assert not re.search(r"password|secret|key", value)


def test_changed_settings_reach_nodes_that_run(hub_resources: Configuration) -> None:
    parameter = hub_resources["aws_ssm_parameter.node_contract"]
    assert parameter["value"] == '${jsonencode({"chef_hub" = local.node_contract})}'
    assert parameter["tier"] == "Intelligent-Tiering"
    (check,) = parameter["lifecycle"]["precondition"]
    assert check["condition"] == '${(length(jsonencode({"chef_hub" = local.node_contract})) <= 8192)}'
    for kind in KINDS:
        read = statements(hub_resources, kind)["ReadParameters"]["Resource"]
        assert any(resource.endswith(":parameter/chef-hub/contract") for resource in read), kind
        written = statements(hub_resources, kind)["WriteParameters"]["Resource"]
        assert not any(resource.endswith(("/contract", "/chef-hub/*")) for resource in written), kind


def test_nodes_find_each_other_by_name(hub_resources: Configuration) -> None:
    namespace = hub_resources["aws_service_discovery_private_dns_namespace.internal"]
    assert namespace["name"] == "local.${var.target_domain}"
    for name, node in (("chef_svc", "chef-server"), ("swarm_svc", "hub-leader")):
        service = hub_resources[f"aws_service_discovery_service.{name}"]
        assert service["dns_config"]["namespace_id"].endswith("internal.id}")
        registered = hub_resources[f"aws_service_discovery_instance.{name}_master"]
        assert registered["attributes"] == {"AWS_INSTANCE_IPV4": f"${{aws_instance.{node}.private_ip}}"}
