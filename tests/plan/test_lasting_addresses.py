"""The leader's public address and the leader itself outlive a stop, also in a deployment made before Elastic IPs.

The blocks of the leader, its network and its address are those of the stack; what else a leader needs is left out, to
save the minutes of a whole deployment.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.terraform.driver import Terraform
from hubctl.trial.aws.server import LocalAws

pytestmark = [pytest.mark.terraform, pytest.mark.apply]

LEADER, ADDRESS = "aws_instance.hub-leader", "aws_eip.hub-leader"
NETWORK = (("aws_vpc", "infra-vpc"), ("aws_internet_gateway", "core-igw"), ("aws_subnet", "default_subnet"))
# What refers to other blocks and says nothing about addresses
UNRELATED = (
    "depends_on",
    "iam_instance_profile",
    "key_name",
    "user_data_base64",
    "vpc_security_group_ids",
    "availability_zone",
)


@pytest.fixture
def part(synthesized: Path, tmp_path: Path, local_aws: LocalAws) -> Callable[..., Path]:
    """Return ``part(before=bool)``: writes the leader's part of the stack, as today's or as it was before."""
    images = local_aws.client("ec2").describe_images(Owners=["self"])["Images"]
    image = next(one["ImageId"] for one in images if "chef-client" in one["Name"])
    stack = json.loads((synthesized / "chef-hub" / "cdk.tf.json").read_text())

    def write(*, before: bool) -> Path:
        resources = stack["resource"]
        leader = {k: v for k, v in resources["aws_instance"]["hub-leader"].items() if k not in UNRELATED}
        leader |= {"ami": image, "instance_type": "t3.medium"}
        kept: dict[str, Any] = {kind: {name: dict(resources[kind][name])} for kind, name in NETWORK}
        kept["aws_vpc"]["infra-vpc"]["cidr_block"] = "10.30.0.0/16"
        kept["aws_subnet"]["default_subnet"] |= {
            "cidr_block": "10.30.0.0/18",
            "availability_zone": "us-east-1a",
        }
        if before:
            leader["associate_public_ip_address"] = True
        else:
            kept["aws_eip"] = {"hub-leader": resources["aws_eip"]["hub-leader"]}
        kept["aws_instance"] = {"hub-leader": leader}
        document = {
            "terraform": {"required_providers": stack["terraform"]["required_providers"]},
            "provider": {"aws": [{"region": "us-east-1"}]},
            "resource": kept,
        }
        folder = tmp_path / "leader"
        folder.mkdir(exist_ok=True)
        (folder / "main.tf.json").write_text(json.dumps(document))
        return folder

    return write


class Leader:
    """The leader of one state, as AWS tells it."""

    def __init__(self, aws: LocalAws, driver: Terraform) -> None:
        self._ec2 = aws.client("ec2")
        (resource,) = [r for r in json.loads(driver.pull_state())["resources"] if r["type"] == "aws_instance"]
        self.id: str = resource["instances"][0]["attributes"]["id"]

    def stop(self) -> None:
        self._ec2.stop_instances(InstanceIds=[self.id])

    def start(self) -> None:
        self._ec2.start_instances(InstanceIds=[self.id])

    @property
    def public_ip(self) -> str | None:
        (reservation,) = self._ec2.describe_instances(InstanceIds=[self.id])["Reservations"]
        address = reservation["Instances"][0].get("PublicIpAddress")
        return None if address is None else str(address)


def actions(driver: Terraform) -> Mapping[str, str]:
    return {change.address: change.action for change in driver.plan().changes if not change.is_no_op}


def test_an_older_deployment_gets_an_address_that_outlives_a_stop_and_is_never_replaced(
    part: Callable[..., Path], terraform: Callable[[Path], Terraform], local_aws: LocalAws
) -> None:
    driver = terraform(part(before=True))
    driver.apply()
    leader = Leader(local_aws, driver)
    lent = leader.public_ip
    assert lent
    leader.stop()
    assert leader.public_ip is None
    assert actions(driver)[LEADER] == "replace", "the local AWS or the provider no longer shows the problem"

    part(before=False)
    assert actions(driver) == {ADDRESS: "create"}, "while it is stopped"
    leader.start()
    assert actions(driver) == {ADDRESS: "create"}, "while it runs"
    driver.apply()
    assert Leader(local_aws, driver).id == leader.id
    lasting = leader.public_ip
    assert lasting != lent

    leader.stop()
    assert actions(driver) == {}
    assert leader.public_ip == lasting
    leader.start()
    assert actions(driver) == {}
    assert leader.public_ip == lasting

    driver.destroy()
    addresses = local_aws.client("ec2").describe_addresses()["Addresses"]
    assert lasting not in {address["PublicIp"] for address in addresses}
