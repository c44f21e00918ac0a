from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws


@pytest.fixture
def ec2(aws: LocalAws) -> Any:
    return aws.client("ec2")


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    return str(vpc["VpcId"])


@pytest.fixture
def subnet_id(ec2: Any, vpc_id: str) -> str:
    return str(ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"])


def run_instance(ec2: Any, **request: Any) -> str:
    ran = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, **request)
    return str(ran["Instances"][0]["InstanceId"])


def described(ec2: Any, instance_id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def test_detailed_monitoring_is_switched_on_and_off(ec2: Any, subnet_id: str) -> None:
    instance_id = run_instance(ec2, SubnetId=subnet_id)
    assert described(ec2, instance_id)["Monitoring"] == {"State": "disabled"}

    answer = ec2.monitor_instances(InstanceIds=[instance_id])["InstanceMonitorings"]
    assert answer == [{"InstanceId": instance_id, "Monitoring": {"State": "enabled"}}]
    assert described(ec2, instance_id)["Monitoring"] == {"State": "enabled"}

    ec2.unmonitor_instances(InstanceIds=[instance_id])
    assert described(ec2, instance_id)["Monitoring"] == {"State": "disabled"}


def test_monitoring_an_unknown_instance_is_an_error(ec2: Any) -> None:
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.monitor_instances(InstanceIds=["i-0123456789abcdef0"])


def test_security_groups_of_an_instance_read_back(ec2: Any, vpc_id: str, subnet_id: str) -> None:
    groups = {
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]
        for name in ("one", "two")
    }
    instance_id = run_instance(ec2, SubnetId=subnet_id, SecurityGroupIds=sorted(groups))
    instance = described(ec2, instance_id)
    assert {group["GroupId"] for group in instance["SecurityGroups"]} == groups
    assert {group["GroupId"] for group in instance["NetworkInterfaces"][0]["Groups"]} == groups


def test_changing_the_shutdown_behaviour_keeps_the_groups(ec2: Any, vpc_id: str, subnet_id: str) -> None:
    group = ec2.create_security_group(GroupName="kept", Description="kept", VpcId=vpc_id)["GroupId"]
    instance_id = run_instance(ec2, SubnetId=subnet_id, SecurityGroupIds=[group])
    ec2.modify_instance_attribute(
        InstanceId=instance_id, InstanceInitiatedShutdownBehavior={"Value": "terminate"}
    )
    attribute = ec2.describe_instance_attribute(
        InstanceId=instance_id, Attribute="instanceInitiatedShutdownBehavior"
    )
    assert attribute["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate"
    assert [found["GroupId"] for found in described(ec2, instance_id)["SecurityGroups"]] == [group]


def test_groups_changed_at_the_interface_show_at_the_instance(ec2: Any, vpc_id: str, subnet_id: str) -> None:
    before, after = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]
        for name in ("before", "after")
    )
    instance_id = run_instance(
        ec2, NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet_id, "Groups": [before]}]
    )
    instance = described(ec2, instance_id)
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [before]
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=instance["NetworkInterfaces"][0]["NetworkInterfaceId"], Groups=[after]
    )
    assert [group["GroupId"] for group in described(ec2, instance_id)["SecurityGroups"]] == [after]


def test_cpu_credits_are_chosen_and_changed(ec2: Any, subnet_id: str) -> None:
    def credits_of(instance_id: str) -> str:
        answer = ec2.describe_instance_credit_specifications(InstanceIds=[instance_id])
        return str(answer["InstanceCreditSpecifications"][0]["CpuCredits"])

    plain = run_instance(ec2, SubnetId=subnet_id)
    chosen = run_instance(ec2, SubnetId=subnet_id, CreditSpecification={"CpuCredits": "unlimited"})
    assert (credits_of(plain), credits_of(chosen)) == ("standard", "unlimited")
    ec2.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": plain, "CpuCredits": "unlimited"}]
    )
    assert credits_of(plain) == "unlimited"


def test_a_lent_public_address_goes_with_a_stop_and_an_elastic_one_stays(ec2: Any, subnet_id: str) -> None:
    interface = {"DeviceIndex": 0, "SubnetId": subnet_id, "AssociatePublicIpAddress": True}
    instance_id = run_instance(ec2, NetworkInterfaces=[interface])
    lent = described(ec2, instance_id)["PublicIpAddress"]
    ec2.stop_instances(InstanceIds=[instance_id])
    assert "PublicIpAddress" not in described(ec2, instance_id)
    ec2.start_instances(InstanceIds=[instance_id])
    assert described(ec2, instance_id)["PublicIpAddress"] != lent

    made = ec2.allocate_address(Domain="vpc")
    associated = ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance_id)
    for change in (ec2.stop_instances, ec2.start_instances):
        change(InstanceIds=[instance_id])
        assert described(ec2, instance_id)["PublicIpAddress"] == made["PublicIp"]

    ec2.disassociate_address(AssociationId=associated["AssociationId"])
    assert described(ec2, instance_id)["PublicIpAddress"] != made["PublicIp"]


def test_an_elastic_ip_of_a_terminated_instance_is_free_again(ec2: Any, subnet_id: str) -> None:
    first, second = run_instance(ec2, SubnetId=subnet_id), run_instance(ec2, SubnetId=subnet_id)
    made = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=first)
    ec2.terminate_instances(InstanceIds=[first])
    (address,) = ec2.describe_addresses(AllocationIds=[made["AllocationId"]])["Addresses"]
    assert "AssociationId" not in address
    ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=second)
    assert described(ec2, second)["PublicIpAddress"] == made["PublicIp"]
