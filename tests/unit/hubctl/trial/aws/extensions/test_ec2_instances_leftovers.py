"""What AWS deletes together with something else is gone here, too."""

from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws


@pytest.fixture
def ec2(aws: LocalAws) -> Any:
    return aws.client("ec2")


def held(ec2: Any, instance: str) -> tuple[list[str], list[str]]:
    """Return the network interfaces and the disks of an instance."""
    nics = ec2.describe_network_interfaces()["NetworkInterfaces"]
    disks = ec2.describe_volumes()["Volumes"]
    return (
        [n["NetworkInterfaceId"] for n in nics if n.get("Attachment", {}).get("InstanceId") == instance],
        [d["VolumeId"] for d in disks if any(a["InstanceId"] == instance for a in d["Attachments"])],
    )


def launch(ec2: Any, **options: Any) -> str:
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instance: str = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, **options)["Instances"][0][
        "InstanceId"
    ]
    return instance


def test_an_instance_ends_with_its_network_interface_and_one_root_disk(ec2: Any) -> None:
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    root = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "DeleteOnTermination": True}}
    instance = launch(ec2, SubnetId=subnet, BlockDeviceMappings=[root])
    nics, disks = held(ec2, instance)
    assert (len(nics), len(disks)) == (1, 1)
    ec2.terminate_instances(InstanceIds=[instance])
    assert not set(nics) & {
        n["NetworkInterfaceId"] for n in ec2.describe_network_interfaces()["NetworkInterfaces"]
    }
    assert not set(disks) & {d["VolumeId"] for d in ec2.describe_volumes()["Volumes"]}


def test_a_group_leaves_no_second_root_disk(ec2: Any, aws: LocalAws) -> None:
    autoscaling, before = (
        aws.client("autoscaling"),
        {d["VolumeId"] for d in ec2.describe_volumes()["Volumes"]},
    )
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    root = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "DeleteOnTermination": True}}
    data = {"ImageId": image, "InstanceType": "t3.micro", "BlockDeviceMappings": [root]}
    ec2.create_launch_template(LaunchTemplateName="leftovers", LaunchTemplateData=data)
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="leftovers",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=ec2.describe_subnets()["Subnets"][0]["SubnetId"],
        LaunchTemplate={"LaunchTemplateName": "leftovers"},
    )
    assert len({d["VolumeId"] for d in ec2.describe_volumes()["Volumes"]} - before) == 1
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="leftovers", ForceDelete=True)
    assert {d["VolumeId"] for d in ec2.describe_volumes()["Volumes"]} == before


def test_an_interface_that_was_there_before_stays(ec2: Any) -> None:
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    nic = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    instance = launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": nic}])
    ec2.terminate_instances(InstanceIds=[instance])
    assert nic in {n["NetworkInterfaceId"] for n in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    ec2.delete_network_interface(NetworkInterfaceId=nic)
