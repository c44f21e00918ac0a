"""A Chef hub whose author wrote it otherwise: nodes with for_each, one role, an Elastic IP, other names throughout.

Which node is what is read off names, tags, images, Cloud Map, parameters and the site's record; which security group lets
whom in, off its rules.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hubctl.adopt.inference.chef_hub import HubView, infer_hub_settings
from hubctl.adopt.inference.clues import IngressRule, ingress_rules
from hubctl.adopt.matching.candidates import Matching
from hubctl.adopt.state.state_file import read_state
from tests.unit.hubctl.adopt.conftest import Document, add, theirs_of

Paired = Callable[..., Matching]
VPC, SUBNET, OTHER = "vpc-0aaaaaaaaaaaaaaaa", "subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"
GROUPS = {name: f"sg-0{letter * 16}" for name, letter in (("nodes", "a"), ("web", "b"), ("admin", "c"))}


def instances(document: Document, address: str, of: Mapping[str, Mapping[str, Any]]) -> None:
    """Add a resource with for_each."""
    add(document, address)
    document["resources"][-1]["instances"] = [
        {"index_key": key, "attributes": dict(values)} for key, values in of.items()
    ]


def rule(port: int, source: str, **more: Any) -> dict[str, Any]:
    return {"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": [source], **more}


@pytest.fixture
def hub() -> Document:
    document: Document = {"version": 4, "lineage": "l", "serial": 1, "resources": []}
    add(document, "aws_vpc.this", id=VPC, cidr_block="10.60.0.0/16")
    zones = {"a": (SUBNET, "us-east-1a"), "c": (OTHER, "us-east-1c")}
    instances(
        document,
        "aws_subnet.public",
        {key: {"id": s, "vpc_id": VPC, "availability_zone": z} for key, (s, z) in zones.items()},
    )
    everything = {"protocol": "-1", "from_port": 0, "to_port": 0, "self": True}
    ways = {
        "nodes": [everything],
        "web": [rule(443, "0.0.0.0/0"), rule(80, "0.0.0.0/0")],
        "admin": [rule(22, "203.0.113.77/32")],
    }
    for name, identifier in GROUPS.items():
        group = {"id": identifier, "name": f"geo-{name}", "vpc_id": VPC, "ingress": ways[name]}
        add(document, f"aws_security_group.{name}", **group)
    trust = '{"Statement":[{"Principal":{"Service":"ec2.amazonaws.com"}}]}'
    add(document, "aws_iam_role.node", id="geo-node", name="geo-node", assume_role_policy=trust)
    add(document, "aws_iam_instance_profile.node", id="geo-node", name="geo-node", role="geo-node")
    nodes = {}
    for number, key in enumerate(("chef", "leader", "workstation"), 4):
        more = [GROUPS["web"]] if key == "leader" else []
        nodes[key] = {
            "id": f"i-0{number}{'0' * 15}",
            "arn": f"arn:aws:ec2:us-east-1:123456789012:instance/i-0{number}{'0' * 15}",
            "availability_zone": "us-east-1a",
            "subnet_id": SUBNET,
            "private_ip": f"10.60.0.{number}",
            "private_dns": f"ip-10-60-0-{number}.ec2.internal",
            "iam_instance_profile": "geo-node",
            "instance_type": "t3.small",
            "key_name": "ops",
            "vpc_security_group_ids": [GROUPS["nodes"], GROUPS["admin"], *more],
        }
    instances(document, "aws_instance.node", nodes)
    eip = {"instance": nodes["leader"]["id"], "public_ip": "203.0.113.10"}
    add(document, "aws_eip.leader", id="eipalloc-1", **eip)
    add(
        document,
        "aws_launch_template.worker",
        id="lt-0aaaaaaaaaaaaaaaa",
        name="geo-worker",
        instance_type="m6i.large",
        iam_instance_profile=[{"name": "geo-node"}],
        vpc_security_group_ids=[GROUPS["nodes"]],
    )
    add(
        document,
        "aws_autoscaling_group.worker",
        id="geo-workers",
        name="geo-workers",
        min_size=1,
        max_size=7,
        vpc_zone_identifier=[SUBNET, OTHER],
        launch_template=[{"id": "lt-0aaaaaaaaaaaaaaaa"}],
    )
    mounted = {
        key: {
            "id": f"fsmt-0{letter * 16}",
            "file_system_id": "fs-0aaaaaaaaaaaaaaaa",
            "subnet_id": subnet,
            "ip_address": address,
            "security_groups": [GROUPS["nodes"]],
        }
        for key, letter, subnet, address in (("a", "a", SUBNET, "10.60.0.8"), ("c", "c", OTHER, "10.60.16.4"))
    }
    add(document, "aws_efs_file_system.homes", id="fs-0aaaaaaaaaaaaaaaa")
    instances(document, "aws_efs_mount_target.homes", mounted)
    told = {"chef_server_dns": "ip-10-60-0-4.ec2.internal", "chef_server_ip": "10.60.0.4"}
    instances(
        document,
        "aws_ssm_parameter.p",
        {
            key: {"id": f"/geo/{key}", "name": f"/geo/{key}", "type": "String", "value": value}
            for key, value in {**told, "nfs_mount_ip": "10.60.0.8"}.items()
        },
    )
    namespace = {"id": "ns-1", "name": "geo.local", "vpc": VPC}
    add(document, "aws_service_discovery_private_dns_namespace.ns", **namespace)
    services = {key: {"id": f"srv-{key}", "name": key} for key in ("chef", "swarm")}
    for service in services.values():
        service["dns_config"] = [{"namespace_id": "ns-1"}]  # type: ignore[assignment]
    instances(document, "aws_service_discovery_service.svc", services)
    at = {"chef": "10.60.0.4", "swarm": "10.60.0.5"}
    instances(
        document,
        "aws_service_discovery_instance.master",
        {
            key: {
                "id": f"{key}-master",
                "instance_id": f"{key}-master",
                "service_id": f"srv-{key}",
                "attributes": {"AWS_INSTANCE_IPV4": address},
            }
            for key, address in at.items()
        },
    )
    content = "runCommand:\n  - cloud-init status --wait\n"
    add(document, "aws_ssm_document.wait", id="geo-wait", name="geo-wait", content=content)
    add(
        document,
        "aws_route53_record.hub",
        id="r",
        name="geo.lab.example.test",
        fqdn="geo.lab.example.test",
        type="A",
        zone_id="Z1",
        records=["203.0.113.10"],
    )
    return document


def view(document: Document, **chosen: str) -> HubView:
    return HubView(read_state(json.dumps(document), "state"), chosen)


def test_which_node_is_what_is_known(hub: Document) -> None:
    assert {kind: node.address for kind, node in view(hub).nodes.items()} == {
        "chef-server": 'aws_instance.node["chef"]',
        "chef-workstation": 'aws_instance.node["workstation"]',
        "hub-leader": 'aws_instance.node["leader"]',
    }


def test_settings_are_read_off_it_and_not_off_other_machines(hub: Document) -> None:
    add(hub, "aws_instance.films", id="i-0f", availability_zone="us-east-1b", key_name="films")
    add(hub, "aws_vpc.films", id="vpc-0f", cidr_block="10.99.0.0/16")
    add(hub, "aws_route53_zone.films", id="Z2", zone_id="Z2", name="films.test")
    add(hub, "aws_route53_zone.lab", id="Z1", zone_id="Z1", name="lab.example.test")
    found = infer_hub_settings(view(hub))
    expected = {
        "profile": "original",
        "default_availability_zone": "us-east-1a",
        "secondary_availability_zone": "us-east-1c",
        "target_domain": "lab.example.test",
        "vpc_cidr": "10.60.0.0/16",
        "key_name": "ops",
        "worker_max_size": 7,
        "worker_instance_type": "m6i.large",
    }
    assert {key: found.get(key) for key in expected} == expected


def test_separate_roles_are_those_of_the_other_profile(hub: Document) -> None:
    for node in next(r for r in hub["resources"] if r["name"] == "node" and r["type"] == "aws_instance")[
        "instances"
    ]:
        node["attributes"]["iam_instance_profile"] = node["index_key"]
    assert infer_hub_settings(view(hub))["profile"] == "recommended"


def test_two_that_could_be_the_leader_are_a_tie_until_one_is_chosen(hub: Document) -> None:
    hub["resources"] = [r for r in hub["resources"] if r["type"] not in ("aws_instance", "aws_eip")]
    for name in ("leader_1", "leader_2"):
        add(hub, f"aws_instance.{name}", id=f"i-{name}", tags={"Name": "leader"})
    (equal,) = view(hub).equal_candidates
    assert (equal.ours, equal.candidates) == (
        "aws_instance.hub-leader",
        ("aws_instance.leader_1", "aws_instance.leader_2"),
    )
    chosen = view(hub, **{"aws_instance.hub-leader": "aws_instance.leader_2"})
    assert chosen.equal_candidates == []
    assert chosen.nodes["hub-leader"].address == "aws_instance.leader_2"


@pytest.mark.node
def test_its_parts_find_their_counterparts(hub: Document, paired: Paired) -> None:
    add(hub, "aws_instance.films", id="i-0f", subnet_id=SUBNET, private_ip="10.60.0.9")
    add(hub, "aws_security_group.films", id="sg-0ffffffffffffffff", vpc_id=VPC, name="films")
    add(hub, "aws_route53_record.films", id="f", name="films.lab.example.test", type="CNAME", records=["x"])
    found = paired(hub, stack="chef-hub")
    expected = {
        "aws_instance.chef-server": 'aws_instance.node["chef"]',
        "aws_instance.chef-workstation": 'aws_instance.node["workstation"]',
        "aws_instance.hub-leader": 'aws_instance.node["leader"]',
        "aws_security_group.allow_all_http_sg": "aws_security_group.web",
        "aws_security_group.allow_deployer_sg": "aws_security_group.admin",
        "aws_security_group.allow_vpc_traffic_sg": "aws_security_group.nodes",
        "aws_autoscaling_group.chef-workers": "aws_autoscaling_group.worker",
        "aws_iam_role.chef_server_profile": "aws_iam_role.node",
        "aws_efs_file_system.research_shared_fs": "aws_efs_file_system.homes",
        "aws_efs_mount_target.core_mnt_target": 'aws_efs_mount_target.homes["a"]',
        "aws_ssm_parameter.chef_server_ip": 'aws_ssm_parameter.p["chef_server_ip"]',
        "aws_ssm_parameter.chef_server_dns": 'aws_ssm_parameter.p["chef_server_dns"]',
        "aws_ssm_parameter.nfs_mount_ip": 'aws_ssm_parameter.p["nfs_mount_ip"]',
        "aws_service_discovery_service.swarm_svc": 'aws_service_discovery_service.svc["swarm"]',
        "aws_service_discovery_instance.chef_svc_master": 'aws_service_discovery_instance.master["chef"]',
        "aws_route53_record.maphub_nb_cname_record": "aws_route53_record.hub",
        "aws_ssm_document.cloud_init_wait": "aws_ssm_document.wait",
    }
    pairs = {match.ours: match.theirs for match in found.matches}
    assert {ours: pairs.get(ours) for ours in expected} == expected
    assert found.equal_candidates == ()
    carried = paired(
        hub, stack="chef-hub", carry=["aws_eip.leader"]
    )  # it goes on, and is the leader's address
    assert theirs_of(carried, "aws_route53_record.maphub_nb_cname_record") == "aws_route53_record.hub"
    films = {"aws_instance.films", "aws_security_group.films", "aws_route53_record.films"}
    assert films <= set(found.only_there)


def test_ways_in_are_read_from_blocks_and_from_rules_of_their_own() -> None:
    document: Document = {"version": 4, "lineage": "l", "serial": 1, "resources": []}
    add(document, "aws_security_group.g", id="sg-1", ingress=[rule(22, "10.0.0.0/8")])
    legacy = {"type": "ingress", "protocol": "tcp", "from_port": 80, "to_port": 80}
    add(
        document,
        "aws_security_group_rule.r",
        id="r",
        security_group_id="sg-1",
        cidr_blocks=["10.1.0.0/16"],
        **legacy,
    )
    separate = {"ip_protocol": "-1", "referenced_security_group_id": "sg-2"}
    add(document, "aws_vpc_security_group_ingress_rule.n", id="n", security_group_id="sg-1", **separate)
    out = {**legacy, "type": "egress", "cidr_blocks": ["0.0.0.0/0"]}
    add(document, "aws_security_group_rule.out", id="o", security_group_id="sg-1", **out)
    state = read_state(json.dumps(document), "state")
    (group,) = state.of("aws_security_group")
    assert set(ingress_rules(state, group, "10.1.0.0/16")) == {
        IngressRule(port=22, everything=False, source="some"),
        IngressRule(port=80, everything=False, source="own"),
        IngressRule(port=0, everything=True, source="own"),
    }
