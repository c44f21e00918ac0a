"""Both stacks apply to the local AWS with the real provider, a second plan finds nothing to do, and a destroy keeps homes.

All of it in one file, because applying takes most of the time.
"""

import copy
import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform, driver_environment, variable_environment
from hubctl.core.terraform.plan import plan_from_json
from hubctl.core.terraform.stored_state import managed_resources
from hubctl.destroy.run import Destroyed, DestroyRequest, destroy
from hubctl.trial.aws.server import LocalAws
from stacks.registry import STACK_NAMES
from tests.support.checkov_findings import Report, accepted, reports, unexplained
from tests.support.inventory import inventory

pytestmark = [pytest.mark.terraform, pytest.mark.apply, pytest.mark.story]

HOMES = {"aws-lab": "aws_efs_file_system.homes", "chef-hub": "aws_efs_file_system.research_shared_fs"}
LAYER = {
    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "size": 1,
    "digest": f"sha256:{'0' * 64}",
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": LAYER,
    "layers": [LAYER],
}
Applied = Mapping[str, Terraform]


@pytest.fixture(scope="module")
def before(local_aws: LocalAws) -> set[str]:
    """What the account holds before anything is deployed."""
    return inventory(local_aws)


@pytest.fixture(scope="module")
def applied(
    before: set[str],
    synthesized: Path,
    terraform: Callable[[Path], Terraform],
    variables: Mapping[str, Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Applied:
    """Both stacks, applied side by side."""
    assert before
    stacks = Path(shutil.copytree(synthesized, tmp_path_factory.mktemp("applied") / "stacks"))
    drivers = {stack: terraform(stacks / stack) for stack in STACK_NAMES}
    with ThreadPoolExecutor(len(STACK_NAMES)) as pool:
        for outcome in [
            pool.submit(drivers[stack].apply, variables=variables[stack]) for stack in STACK_NAMES
        ]:
            outcome.result()
    return drivers


@pytest.fixture(scope="module")
def second_plans(
    applied: Applied, variables: Mapping[str, Mapping[str, str]]
) -> Mapping[str, dict[str, Any]]:
    """The JSON of a plan of each applied stack."""
    return {stack: applied[stack].plan_document(variables=variables[stack]) for stack in STACK_NAMES}


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_a_second_plan_is_empty(second_plans: Mapping[str, dict[str, Any]], stack: str) -> None:
    plan = plan_from_json(second_plans[stack])
    assert plan.is_empty, plan.describe()


# Settings that people change while others work → what alone changes then
WHILE_PEOPLE_WORK: dict[str, tuple[dict[str, Any], set[str]]] = {
    "chef-hub": (
        {
            "hub_max_users": 77,
            "hub_max_cluster_memory_gib": 99,
            "hub_user_memory_gib": 3,
            "hub_user_cpus": 1.5,
            "hub_notebook_image": "quay.io/jupyter/minimal-notebook:2025-01-01",
            "hub_image": "example.org/hub:2",
            "hub_idle_timeout_minutes": 45,
            "hub_login_allowed_users": ["ada", "grace"],
            "hub_login_admin_users": ["ada"],
            "hub_tls_acme_contact": "ops@example.org",
        },
        {"aws_ssm_parameter.node_contract"},
    ),
    # The Lab's instances get these at launch: new ones start with it, and running ones wait for a rollout.
    "aws-lab": (
        {"user_memory_gib": 3, "hub_user_cpus": 1.5, "hub_login_allowed_users": ["ada", "grace"]},
        # An instance has other places then, which steps and threshold of the free ones count in.
        {
            "aws_launch_template.lab",
            "aws_autoscaling_group.lab",
            "aws_autoscaling_policy.scale_down",
            "aws_autoscaling_policy.spare_up",
            "aws_cloudwatch_metric_alarm.sessions_low",
        },
    ),
}


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_changed_settings_restart_and_replace_nothing(
    applied: Applied, variables: Mapping[str, Mapping[str, str]], stack: str
) -> None:
    changed, addresses = WHILE_PEOPLE_WORK[stack]
    plan = applied[stack].plan(refresh=False, variables={**variables[stack], **changed})
    actions = {change.address: change.action for change in plan.changes if change.action != "no-op"}
    assert actions == dict.fromkeys(addresses, "update"), plan.describe()


@pytest.fixture(scope="module")
def checked(
    second_plans: Mapping[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Report]:
    """What checkov finds in each stack, all values known, and in a lab with a widened group and a wildcard."""
    weak = copy.deepcopy(second_plans["aws-lab"])
    for resource in weak["planned_values"]["root_module"]["resources"]:
        if resource["address"] == "aws_vpc_security_group_ingress_rule.hub_from_balancer":
            resource["values"] |= {"cidr_ipv4": "0.0.0.0/0", "from_port": 22, "to_port": 22}
        if resource["address"] == "aws_iam_role_policy.homes_backup":
            resource["values"]["policy"] = resource["values"]["policy"].replace(
                '"elasticfilesystem:Backup"', '"*"'
            )
    return reports({**second_plans, "weak-lab": weak}, tmp_path_factory.mktemp("checkov"))


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_checkov_finds_nothing_unexplained(checked: Mapping[str, Report], stack: str) -> None:
    assert checked[stack].passed > 80, f"checkov has looked at next to nothing of {stack}"
    assert unexplained(checked[stack].failed) == []


def test_every_accepted_finding_is_still_there(checked: Mapping[str, Report]) -> None:
    found = [finding for stack in STACK_NAMES for finding in checked[stack].failed]
    assert [entry for entry in accepted() if not any(entry.explains(one) for one in found)] == []


def test_checkov_finds_a_widened_group_and_a_wildcard(checked: Mapping[str, Report]) -> None:
    found = " ".join(unexplained(checked["weak-lab"].failed))
    assert "aws_vpc_security_group_ingress_rule.hub_from_balancer" in found
    assert "aws_iam_role_policy.homes_backup" in found


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


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_terraform_alone_refuses_to_delete_homes(
    applied: Applied, variables: Mapping[str, Mapping[str, str]], stack: str
) -> None:
    with pytest.raises(HubctlError, match=rf"{HOMES[stack]}[\s\S]*prevent_destroy"):
        applied[stack].plan(variables=variables[stack], refresh=False, destroy=True)


@pytest.fixture(scope="module")
def destroyed(
    applied: Applied,
    local_aws: LocalAws,
    variables: Mapping[str, Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, Destroyed]:
    """Both stacks destroyed side by side, after nodes and operators have left something in each."""
    bucket, s3 = applied["chef-hub"].output()["bootstrap_bucket"].value, local_aws.client("s3")
    s3.delete_bucket_policy(Bucket=bucket)  # it wants TLS, which the local AWS has not
    for version in ("one", "two"):
        s3.put_object(Bucket=bucket, Key="cookbooks/LATEST", Body=version)
    local_aws.client("ecr").put_image(
        repositoryName="geospatial", imageManifest=json.dumps(MANIFEST), imageTag="1"
    )
    for name in ("chef_server/admin_key", "worker-i-1/status", "hub/login/client-secret"):
        local_aws.client("ssm").put_parameter(Name=f"/chef-hub/{name}", Value="x", Type="SecureString")
    folder = tmp_path_factory.mktemp("destroyed")

    def take_down(stack: str) -> Destroyed | None:
        request = DestroyRequest(
            stack=stack, delete_homes=False, delete_backups=False, saved=folder, adoption=folder / "adoption"
        )
        driver = with_variables(applied[stack], local_aws, variables[stack])
        return destroy(request, driver, local_aws.client, agree=lambda _: True, say=print)

    with ThreadPoolExecutor(len(STACK_NAMES)) as pool:
        outcomes = dict(zip(STACK_NAMES, pool.map(take_down, STACK_NAMES), strict=True))
    return {stack: outcome for stack, outcome in outcomes.items() if outcome is not None}


def with_variables(driver: Terraform, aws: LocalAws, variables: Mapping[str, str]) -> Terraform:
    """Return a driver whose environment holds the variables, as an operator's does."""
    environment = {**aws.environment(), **variable_environment(variables)}
    return Terraform(driver.folder, driver_environment(environment))


def test_after_a_destroy_only_the_homes_are_there(
    destroyed: Mapping[str, Destroyed], before: set[str], local_aws: LocalAws
) -> None:
    homes = {outcome.kept[0].id for outcome in destroyed.values()}
    assert len(homes) == len(STACK_NAMES)
    left = {f"efs file_systems {each}" for each in homes} | {
        "ssm parameter /chef-hub/hub/login/client-secret"
    }
    assert inventory(local_aws) - before == left
    assert before <= inventory(local_aws), "what was there before the deployment is not touched"
    assert destroyed["chef-hub"].parameters_kept == ("/chef-hub/hub/login/client-secret",)


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_state_was_saved_before_and_protection_is_back(
    destroyed: Mapping[str, Destroyed], applied: Applied, stack: str
) -> None:
    outcome = destroyed[stack]
    saved = json.loads(outcome.saved_state.read_text(encoding="utf-8"))
    assert outcome.saved_state.stat().st_mode & 0o777 == 0o600
    kinds = {resource["type"] for resource in saved["resources"]}
    assert {"aws_efs_file_system", "aws_vpc", "aws_sns_topic"} <= kinds
    assert not list(applied[stack].folder.glob("*_override.tf.json"))


@pytest.fixture(scope="module")
def again(
    destroyed: Mapping[str, Destroyed],
    local_aws: LocalAws,
    variables: Mapping[str, Mapping[str, str]],
    synthesize_adopting: Callable[[str, Path], Path],
) -> Applied:
    """The next deployment of each stack, with what it takes over; of it, the homes alone are applied."""
    drivers = {}
    for stack, outcome in destroyed.items():
        assert outcome.imports is not None
        folder = synthesize_adopting(stack, outcome.imports)
        drivers[stack] = with_variables(Terraform(folder, {}), local_aws, variables[stack])
        drivers[stack].init()
        drivers[stack].apply(targets=[outcome.kept[0].address])
    return drivers


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_next_deployment_takes_the_same_homes(
    destroyed: Mapping[str, Destroyed], again: Applied, stack: str
) -> None:
    (files,) = [
        resource
        for resource in managed_resources(again[stack].stored_state())
        if resource["type"] == "aws_efs_file_system"
    ]
    assert (files["address"], files["values"]["id"]) == (HOMES[stack], destroyed[stack].kept[0].id)
