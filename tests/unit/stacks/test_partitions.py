"""Partitions of AWS: what the stacks say to the provider and to the backend there, and what is refused by name."""

import json
import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from hub_constructs.core.aws_limits import regions
from hub_constructs.core.aws_limits.regions import SERVICE_HOSTS
from stacks.settings.loading import check_context

Synth = Callable[..., dict[str, Any]]
ESC = {
    "region": "eusc-de-east-1",
    "default_region": "eusc-de-east-1",
    "default_availability_zone": "eusc-de-east-1a",
    "secondary_availability_zone": "eusc-de-east-1b",
}
REGION_VARIABLE = {"aws-lab": "region", "chef-hub": "default_region"}
# Types that are not called like the provider's service; each other one begins with the service's name.
SERVICE_OF_TYPE = {
    "aws_cloudwatch_log_group": "logs",
    "aws_launch_configuration": "autoscaling",
    "aws_lb": "elbv2",
    "aws_lb_listener": "elbv2",
    "aws_lb_target_group": "elbv2",
    "aws_service_discovery_instance": "servicediscovery",
    "aws_service_discovery_private_dns_namespace": "servicediscovery",
    "aws_service_discovery_service": "servicediscovery",
    "aws_caller_identity": "sts",
}


@pytest.mark.parametrize("stack", sorted(REGION_VARIABLE))
@pytest.mark.parametrize("profile", ["recommended", "original"])
def test_a_stack_in_the_european_sovereign_cloud_names_the_hosts_of_all_its_services(
    synth: Synth, stack: str, profile: str
) -> None:
    """Case 10: provider 5.100.0 looks for them under amazonaws.com, and the account would be another one's."""
    made = synth(stack, profile=profile, **ESC)
    (provider,) = made["provider"]["aws"]
    region = f"${{var.{REGION_VARIABLE[stack]}}}"
    assert provider["endpoints"] == [
        {name: f"https://{host}.{region}.amazonaws.eu" for name, host in SERVICE_HOSTS.items()}
    ]
    kinds = {*made["resource"], *made.get("data", {})} - {"aws_partition", "terraform_data"}
    ec2 = re.compile(
        "aws_(ami|availability_zones|default_security|eip|instance|internet_gateway|launch_template|main_route|"
        "nat_|route$|route_table|security_group|subnet|vpc)"
    )
    used = {
        SERVICE_OF_TYPE.get(kind) or ("ec2" if ec2.match(kind) else kind.removeprefix("aws_").split("_")[0])
        for kind in kinds
    }
    assert used <= set(SERVICE_HOSTS), used - set(SERVICE_HOSTS)


def test_the_hosts_are_those_of_the_sdk() -> None:
    clients = {
        "api.ecr": "ecr",
        "elasticfilesystem": "efs",
        "elasticloadbalancing": "elbv2",
        "monitoring": "cloudwatch",
    }
    region = "eusc-de-east-1"
    for host in SERVICE_HOSTS.values():
        client = boto3.client(
            clients.get(host, host),
            region_name=region,
            aws_access_key_id="none",
            aws_secret_access_key="none",
            config=Config(ignore_configured_endpoint_urls=True),  # as those of a local AWS
        )
        assert client.meta.endpoint_url == f"https://{host}.{region}.amazonaws.eu"


@pytest.mark.parametrize("stack", sorted(REGION_VARIABLE))
def test_elsewhere_no_host_is_named_and_new_regions_are_not_refused_by_the_provider(
    synth: Synth, stack: str
) -> None:
    (provider,) = synth(stack)["provider"]["aws"]
    assert "endpoints" not in provider
    # It would refuse ap-southeast-6, which is newer than it is.
    assert provider["skip_region_validation"] is True


@pytest.mark.parametrize("stack", sorted(REGION_VARIABLE))
def test_the_variable_stays_where_the_hosts_of_the_stack_are(synth: Synth, stack: str) -> None:
    name = REGION_VARIABLE[stack]
    for context, condition in (({}, '${!can(regex("^(?:eusc'), (ESC, '${can(regex("^(?:eusc')):
        blocks = synth(stack, **context)["variable"][name]["validation"]
        (block,) = [each for each in blocks if "synthesized for" in each["error_message"]]
        assert block["condition"].startswith(condition)
        assert block["error_message"].startswith(f"{name}: ")


@pytest.mark.parametrize("stack", sorted(REGION_VARIABLE))
def test_no_partition_is_written_down(synth: Synth, stack: str) -> None:
    """ARNs take the partition from the provider; services that take roles are called the same everywhere."""
    text = json.dumps(synth(stack, **({"access_logs": True} if stack == "aws-lab" else {}))["resource"])
    assert "arn:aws:" not in text
    assert "arn:${data.aws_partition.current.partition}:" in text
    services = set(re.findall(r"[\w.-]+\.amazonaws\.[\w.]+", text))
    assert services - {"logdelivery.elasticloadbalancing.amazonaws.com"} == {
        "backup.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "ec2.amazonaws.com",
    }
    assert "dns_suffix" not in text


def _backend(synth: Synth, region: str) -> dict[str, Any]:
    backend = {"type": "s3", "bucket": "acme-state", "region": region}
    made: dict[str, Any] = synth("aws-lab", backend=backend)["terraform"]["backend"]["s3"]
    return made


def test_the_state_can_lie_in_the_european_sovereign_cloud(synth: Synth) -> None:
    """Case 10: Terraform 1.11 says "Invalid region value", and would look for the bucket under amazonaws.com."""
    made = _backend(synth, "eusc-de-east-1")
    assert made["skip_region_validation"] is True
    assert made["endpoints"] == {
        service: f"https://{service}.eusc-de-east-1.amazonaws.eu"
        for service in ("dynamodb", "iam", "s3", "sts")
    }


@pytest.mark.parametrize("region", ["ap-east-2", "ap-southeast-6", "eu-southwest-3"])
def test_the_state_can_lie_in_a_region_that_is_newer_than_terraform(synth: Synth, region: str) -> None:
    made = _backend(synth, region)
    assert made["skip_region_validation"] is True
    assert "endpoints" not in made


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_a_backend_that_terraform_knows_stays_as_it_was(synth: Synth, region: str) -> None:
    """A backend with another argument would ask everybody for `terraform init -reconfigure`."""
    assert set(_backend(synth, region)) == {"bucket", "region", "key", "encrypt", "use_lockfile"}


LOGIN = {
    "hub_login_authenticator": "cognito",
    "hub_login_authorize_url": "https://login.example.org/authorize",
    "hub_login_token_url": "https://login.example.org/token",
    "hub_login_userdata_url": "https://login.example.org/userInfo",
    "hub_login_username_claim": "email",
}
CHINA = {
    "region": "cn-north-1",
    "default_region": "cn-northwest-1",
    "default_availability_zone": "cn-northwest-1a",
    "secondary_availability_zone": "cn-northwest-1b",
}


def test_what_is_missing_in_a_partition_is_refused_by_name() -> None:
    _, found = check_context({**CHINA, **LOGIN, "access_logs": True})
    assert len(found) == 3, found
    assert "there is no Amazon Cognito in the partition aws-cn of cn-north-1" in found[0]
    assert "Choose generic" in found[0]
    assert "balancers in China write access logs as an account of AWS" in found[1]
    assert "there is no Amazon Cognito in the partition aws-cn of cn-northwest-1" in found[2]


@pytest.mark.parametrize(
    "context",
    [
        CHINA,
        {**CHINA, **LOGIN, "hub_login_authenticator": "generic"},
        {"region": "us-gov-west-1", "access_logs": True, **LOGIN},
        {**ESC, **LOGIN, "access_logs": True},
    ],
    ids=["China", "China, another login", "GovCloud", "European Sovereign Cloud"],
)
def test_what_is_there_is_accepted(context: dict[str, Any]) -> None:
    assert check_context(context)[1] == []


def test_variables_are_refused_in_the_same_way(synth: Synth) -> None:
    for stack, region in REGION_VARIABLE.items():
        blocks = synth(stack)["variable"]["hub_login_authenticator"]["validation"]
        (block,) = [each for each in blocks if "Cognito" in each["error_message"]]
        china = next(each.region_pattern for each in regions.partitions() if each.name == "aws-cn")
        assert block["condition"] == (
            f'${{var.hub_login_authenticator != "cognito" || !can(regex("^(?:{china})$", var.{region}))}}'
        )
    logs = synth("aws-lab", access_logs=True)["variable"]["region"]["validation"]
    assert [each for each in logs if "balancers in China" in each["error_message"]]
    assert not [
        each
        for each in synth("aws-lab")["variable"]["region"]["validation"]
        if "China" in each["error_message"]
    ]
