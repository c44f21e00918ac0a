"""What each kind of node may do in AWS."""

from typing import Any

import pytest

from tests.support.hub_nodes import KINDS, statements

Configuration = dict[str, Any]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_roles_hold_inline_policies_only(hub_resources: Configuration, kind: str) -> None:
    role = hub_resources[f"aws_iam_role.{KINDS[kind]}"]
    assert "managed_policy_arns" not in role
    assert "ec2.amazonaws.com" in role["assume_role_policy"]
    assert not [address for address in hub_resources if address.startswith("aws_iam_role_policy_attachment.")]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_action_is_named_and_only_those_without_resources_have_a_star(
    hub_resources: Configuration, kind: str
) -> None:
    without_resources = {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "servicediscovery:GetOperation",
        "servicediscovery:ListInstances",
        "ssm:UpdateInstanceInformation",
    }
    for statement in statements(hub_resources, kind).values():
        assert not [action for action in statement["Action"] if "*" in action]
        if "*" in statement["Resource"]:
            others = {a for a in statement["Action"] if not a.startswith(("ssmmessages:", "ec2messages:"))}
            assert others <= without_resources


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nodes_list_instances_of_the_stacks_services_only(hub_resources: Configuration, kind: str) -> None:
    condition = statements(hub_resources, kind)["ListNodes"]["Condition"]
    (services,) = (keys["servicediscovery:ServiceArn"] for keys in condition.values())
    assert services == [
        "aws_service_discovery_service.chef_svc.arn",
        "aws_service_discovery_service.swarm_svc.arn",
    ]


def test_parameters_are_read_and_written_by_path(hub_resources: Configuration) -> None:
    for kind in KINDS:
        found = statements(hub_resources, kind)
        for resource in found["WriteParameters"]["Resource"]:
            assert ":parameter/chef-hub/" in resource
        for resource in found["ReadParameters"]["Resource"]:
            assert not resource.endswith((":parameter/*", ":parameter/chef-hub/*"))


def test_only_server_and_workstation_read_the_administrators_key(hub_resources: Configuration) -> None:
    readers = {
        kind
        for kind in KINDS
        for resource in statements(hub_resources, kind)["ReadParameters"]["Resource"]
        if resource.endswith(("/chef_server/*", "/chef_server/admin_key"))
    }
    assert readers == {"chef_server", "workstation"}


def test_only_the_leader_reads_the_secrets_of_the_login(hub_resources: Configuration) -> None:
    readers = {
        kind
        for kind in KINDS
        if any("/chef-hub/hub/" in r for r in statements(hub_resources, kind)["ReadParameters"]["Resource"])
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
    hub_resources: Configuration, sid: str, kinds: set[str]
) -> None:
    assert {kind for kind in KINDS if sid in statements(hub_resources, kind)} == kinds


def test_scaling_rights_are_for_the_one_group(hub_resources: Configuration) -> None:
    for kind, sid in (("hub_leader", "AskForCapacityAndKeepBusyWorkers"), ("worker", "LeaveInOrder")):
        (group,) = statements(hub_resources, kind)[sid]["Resource"]
        assert group.endswith(":autoScalingGroup:*:autoScalingGroupName/jupyter-workers-asg")
