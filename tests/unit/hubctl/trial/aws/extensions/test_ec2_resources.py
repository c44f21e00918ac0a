"""Images, launch templates, subnets and rules of security groups read back as they were asked for."""

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
