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


def test_an_ipv6_block_of_a_subnet_becomes_associated(ec2: Any, vpc_id: str) -> None:
    vpc = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.9.2.0/24", Ipv6CidrBlock=block)["Subnet"]
    subnet = ec2.describe_subnets(SubnetIds=[made["SubnetId"]])["Subnets"][0]
    association = subnet["Ipv6CidrBlockAssociationSet"][0]
    assert association["Ipv6CidrBlock"] == block
    assert association["Ipv6CidrBlockState"]["State"] == "associated"


def test_a_registered_image_is_found_by_its_attributes(ec2: Any) -> None:
    made = ec2.register_image(
        Name="found-1.0",
        Architecture="arm64",
        VirtualizationType="hvm",
        EnaSupport=True,
        RootDeviceName="/dev/xvda",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 12, "VolumeType": "gp3"}}],
        TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": "role", "Value": "lab"}]}],
    )
    filters = {
        "name": "found-*",
        "architecture": "arm64",
        "virtualization-type": "hvm",
        "root-device-type": "ebs",
        "state": "available",
        "tag:role": "lab",
    }
    found = ec2.describe_images(
        Owners=["self"], Filters=[{"Name": name, "Values": [value]} for name, value in filters.items()]
    )["Images"]
    assert [image["ImageId"] for image in found] == [made["ImageId"]]
    disk = found[0]["BlockDeviceMappings"][0]
    assert disk["DeviceName"] == found[0]["RootDeviceName"] == "/dev/xvda"
    assert disk["Ebs"]["VolumeSize"] == 12
    assert disk["Ebs"]["SnapshotId"].startswith("snap-")
    assert found[0]["EnaSupport"]
    assert found[0]["CreationDate"]


def test_an_image_with_another_architecture_is_not_found(ec2: Any) -> None:
    ec2.register_image(Name="other-1.0", Architecture="x86_64", VirtualizationType="hvm")
    filters = [{"Name": "name", "Values": ["other-*"]}, {"Name": "architecture", "Values": ["arm64"]}]
    assert not ec2.describe_images(Owners=["self"], Filters=filters)["Images"]


def test_tags_of_a_launch_template_are_not_tags_of_what_it_launches(ec2: Any) -> None:
    tags = [{"Key": "owner", "Value": "ops"}]
    made = ec2.create_launch_template(
        LaunchTemplateName="tagged",
        LaunchTemplateData={
            "InstanceType": "t3.micro",
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
        },
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )["LaunchTemplate"]
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=made["LaunchTemplateId"])
    launched = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]["TagSpecifications"]
    assert [specification["ResourceType"] for specification in launched] == ["instance"]
    assert made["Tags"] == tags
    ec2.create_tags(Resources=[made["LaunchTemplateId"]], Tags=[{"Key": "owner", "Value": "others"}])
    (found,) = ec2.describe_launch_templates(LaunchTemplateIds=[made["LaunchTemplateId"]])["LaunchTemplates"]
    assert found["Tags"] == [{"Key": "owner", "Value": "others"}]


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


def test_a_protocol_without_ports_needs_none(ec2: Any, vpc_id: str) -> None:
    group = ec2.create_security_group(GroupName="esp", Description="esp", VpcId=vpc_id)["GroupId"]
    permission = {"IpProtocol": "50", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    (rule,) = [rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("50", -1, -1)


def test_tcp_still_needs_ports(ec2: Any, vpc_id: str) -> None:
    group = ec2.create_security_group(GroupName="tcp", Description="tcp", VpcId=vpc_id)["GroupId"]
    permission = {"IpProtocol": "tcp", "UserIdGroupPairs": [{"GroupId": group}]}
    with pytest.raises(ClientError, match="MissingParameter"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


def test_a_rule_that_names_a_group_keeps_its_description(aws: LocalAws) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    groups = [
        ec2.create_security_group(GroupName=f"described-{name}", Description=name, VpcId=vpc)["GroupId"]
        for name in ("server", "client")
    ]
    pair = {"GroupId": groups[1], "Description": "from the clients"}
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    made = ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[permission])
    (rule,) = made["SecurityGroupRules"]
    assert rule["Description"] == "from the clients"
    changed = {
        "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
        "SecurityGroupRule": {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "ReferencedGroupId": groups[1],
            "Description": "from them",
        },
    }
    ec2.modify_security_group_rules(GroupId=groups[0], SecurityGroupRules=[changed])
    (read,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
        "SecurityGroupRules"
    ]
    assert read["Description"] == "from them"


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
