"""Terraform's own validation blocks refuse what the settings refuse, with the variable's name and the remedy."""

import functools
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform

pytestmark = pytest.mark.terraform

# Terraform does not evaluate a rule about a variable that is refused itself, so no rule here speaks of another bad one.
BAD: dict[str, dict[str, Any]] = {
    "aws-lab": {
        "domain_name": "lab.example.com",
        "vpc_cidr": "10.20.0.0/99",
        "name": "Has Spaces",
        "scale_down_threshold": 8,
        "max_size": 0,
        "root_volume_gib": 20.5,
        "hub_port": 70000,
        "hub_user_domains": "on",
        "log_retention_days": 2,
        "availability_zones": ["us-east-1a"],
        "ami_owner": "somebody",
        "owner": "",
    },
    # Cases 10, 11, 14 and 15: what AWS would refuse at the apply
    "aws-lab: limits of AWS": {
        "domain_name": f"{'a' * 60}.lab.example.test",
        "name": "internal-lab",
        "availability_zones": ["us-east-1", "us-east-1b"],
    },
    # The stack was not synthesized for it, so the provider would ask for the services under another name
    "aws-lab: the region": {"region": "eusc-de-east-1"},
    "chef-hub: limits of AWS, and users": {
        "default_availability_zone": "us-east-1",
        "bootstrap_bucket": "lab--ol-s3",
        "hub_login_allowed_users": ["ada l"],
        "hub_login_admin_users": ["ada", "ada"],
        "target_domain": "lab.example.123",
    },
    "chef-hub": {
        "deployer_ip": "198.51.100.77",
        "aws_account_id": "12",
        "secondary_availability_zone": "eu-west-1a",
        "target_domain": "no domain",
        "bootstrap_bucket": "Not_A_Bucket",
        "vpc_cidr": "10.30.0.1/16",
        "worker_max_size": 0,
        "worker_cpu_target_percent": 101,
    },
    "chef-hub: the hub": {
        "default_availability_zone": "eu-west-1a",
        "hub_user_cpus": 0,
        "hub_tls_source": "files",
        "hub_login_authenticator": "generic",
        "vpc_cidr": "100.79.252.0/22",
    },
}


@pytest.fixture(scope="module")
def initialized(
    terraform: Callable[[Path], Terraform], synthesized: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Terraform]:
    """Return ``initialized(stack)``: the driver in a copy of the stack's folder."""

    @functools.cache
    def ready(stack: str) -> Terraform:
        folder = tmp_path_factory.mktemp("validation") / stack
        return terraform(Path(shutil.copytree(synthesized / stack, folder)))

    return ready


@pytest.fixture(scope="module", params=sorted(BAD))
def refused(
    request: pytest.FixtureRequest,
    initialized: Callable[[str], Terraform],
    variables: Mapping[str, Mapping[str, str]],
) -> tuple[str, str]:
    """Return the name of a group of bad variables, and Terraform's answer to all of them in one plan."""
    group: str = request.param
    stack = group.partition(":")[0]
    driver = initialized(stack)
    with pytest.raises(HubctlError) as error:
        driver.plan(variables={**variables[stack], **BAD[group]})
    return group, " ".join(error.value.message.split())


def test_every_bad_variable_is_named_in_one_plan(refused: tuple[str, str]) -> None:
    group, answer = refused
    assert not [name for name in BAD[group] if f"{name}: " not in answer and f"{name} must " not in answer]
