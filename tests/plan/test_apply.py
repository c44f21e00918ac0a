"""Both stacks apply to the local AWS with the real provider, and a second plan finds nothing to do."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hubctl.local_aws.server import LocalAws
from hubctl.terraform.driver import Terraform

pytestmark = [pytest.mark.terraform, pytest.mark.apply]

STACKS = ("aws-lab", "chef-hub")
Applied = Mapping[str, Terraform]


@pytest.fixture(scope="module")
def applied(
    run_main: Callable[..., Path],
    terraform: Callable[[Path], Terraform],
    variables: Mapping[str, Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Applied:
    """Both stacks, applied side by side."""
    stacks = run_main(tmp_path_factory.mktemp("applied"))
    drivers = {stack: terraform(stacks / stack) for stack in STACKS}
    with ThreadPoolExecutor(len(STACKS)) as pool:
        for outcome in [pool.submit(drivers[stack].apply, variables=variables[stack]) for stack in STACKS]:
            outcome.result()
    return drivers


@pytest.mark.parametrize("stack", STACKS)
def test_a_second_plan_is_empty(
    applied: Applied, variables: Mapping[str, Mapping[str, str]], stack: str
) -> None:
    plan = applied[stack].plan(variables=variables[stack])
    assert plan.is_empty, plan.describe()


def test_outputs_tell_where_to_go(applied: Applied) -> None:
    lab = {name: output.value for name, output in applied["aws-lab"].output().items()}
    assert lab["lab_url"] == "https://hub.lab.example.test/"
    assert lab["autoscaling_group_name"] == "aws-lab"
    assert lab["alb_dns_name"].endswith("elb.amazonaws.com")
    hub = {name: output.value for name, output in applied["chef-hub"].output().items()}
    assert hub["hub_url"] == "https://notebooks.lab.example.test/hub/login"
    assert set(hub) == {"workstation_ip", "swarm_leader_ip", "ssh_group_id", "hub_url", "bootstrap_bucket"}


def test_the_group_runs_instances_of_the_image_behind_the_balancer(
    applied: Applied, local_aws: LocalAws
) -> None:
    assert applied
    (group,) = local_aws.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=["aws-lab"]
    )["AutoScalingGroups"]
    assert len(group["Instances"]) == 1
    (target_group,) = local_aws.client("elbv2").describe_target_groups(Names=["aws-lab"])["TargetGroups"]
    assert group["TargetGroupARNs"] == [target_group["TargetGroupArn"]]


def test_the_name_points_at_the_balancer(applied: Applied, local_aws: LocalAws) -> None:
    dns_name = applied["aws-lab"].output()["alb_dns_name"].value
    route53 = local_aws.client("route53")
    (zone,) = [z for z in route53.list_hosted_zones()["HostedZones"] if z["Name"] == "lab.example.test."]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (alias,) = [record for record in records if record["Name"] == "hub.lab.example.test."]
    assert dns_name in alias["AliasTarget"]["DNSName"]


def test_no_secret_lies_in_either_state(applied: Applied) -> None:
    for stack, driver in applied.items():
        state = (driver.folder / "terraform.tfstate").read_text(encoding="utf-8").lower()
        for word in ("private key-----", "_secret_access_key", '"password"'):
            assert word not in state, f"{stack}: {word}"
