"""What the chef-hub stack would have put into the account: Cloud Map service, workers' auto scaling group."""

from typing import Any

from hubctl.local_aws.seed import AccountSeed, seed_account
from hubctl.local_aws.server import LocalAws

WORKER_IMAGE = "ubuntu-22.04-chef-client-18.5.0"


def prepare_account(aws: LocalAws, *, domain: str, group: str, workers: int, maximum: int) -> str:
    """Create the Cloud Map service and the group; return the service's id."""
    account = seed_account(aws, AccountSeed(domain=domain, images=(WORKER_IMAGE,)))
    _create_group(aws, account.image_ids[WORKER_IMAGE], group=group, workers=workers, maximum=maximum)
    discovery = aws.client("servicediscovery")
    vpc = aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    operation = discovery.create_private_dns_namespace(Name=f"local.{domain}", Vpc=vpc)["OperationId"]
    namespace = discovery.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    service = discovery.create_service(
        Name="swarm-leader",
        NamespaceId=namespace,
        DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 60}]},
    )
    return str(service["Service"]["Id"])


def _create_group(aws: LocalAws, image: str, *, group: str, workers: int, maximum: int) -> None:
    ec2 = aws.client("ec2")
    template = ec2.create_launch_template(
        LaunchTemplateName="trial-worker",
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.large"},
    )["LaunchTemplate"]["LaunchTemplateId"]
    subnets = ",".join(subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2])
    aws.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=group,
        LaunchTemplate={"LaunchTemplateId": template},
        MinSize=0,
        MaxSize=maximum,
        DesiredCapacity=workers,
        VPCZoneIdentifier=subnets,
    )


def desired_workers(autoscaling: Any, group: str) -> int:
    """Return the group's desired capacity."""
    answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    return int(answer["AutoScalingGroups"][0]["DesiredCapacity"])
