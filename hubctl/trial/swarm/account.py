"""What the chef-hub stack would have put into the account: Cloud Map service, workers' auto scaling group.

The instances of that group are read from the local AWS; the metadata service gives each host what it knows of its instance.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.files import write_whole
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws

WORKER_IMAGE = "ubuntu-22.04-chef-client-18.5.0"
# As long as the stack gives a worker to leave.
LEAVING_SECONDS = 900
FIRST_VERSION = "1"
_DATA = "/latest/meta-data"


@dataclass(frozen=True, kw_only=True)
class WorkerGroup:
    """The workers' auto scaling group: its names, and how many there are at first and at most."""

    name: str
    hook: str
    workers: int
    maximum: int


def prepare_account(aws: LocalAws, *, domain: str, group: WorkerGroup) -> str:
    """Create the Cloud Map service and the group; return the service's id."""
    account = seed_account(aws, AccountSeed(domain=domain, images=(WORKER_IMAGE,)))
    _create_group(aws, account.image_ids[WORKER_IMAGE], group)
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


def renew_image(aws: LocalAws, group: str, *, domain: str, name: str) -> str:
    """Do what an apply with a newer machine image does: a further version of the launch template, which the group launches.

    Return that version. Nothing that runs is touched.
    """
    account = seed_account(aws, AccountSeed(domain=domain, images=(WORKER_IMAGE, name)))
    autoscaling, ec2 = aws.client("autoscaling"), aws.client("ec2")
    described = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][
        0
    ]
    template = described["LaunchTemplate"]
    made = ec2.create_launch_template_version(
        LaunchTemplateId=template["LaunchTemplateId"],
        SourceVersion=template["Version"],
        LaunchTemplateData={"ImageId": account.image_ids[name], "InstanceType": "t3.large"},
    )
    version = str(made["LaunchTemplateVersion"]["VersionNumber"])
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=group,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": version},
    )
    return version


def _create_group(aws: LocalAws, image: str, group: WorkerGroup) -> None:
    ec2 = aws.client("ec2")
    template = ec2.create_launch_template(
        LaunchTemplateName="trial-worker",
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.large"},
    )["LaunchTemplate"]["LaunchTemplateId"]
    subnets = ",".join(subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2])
    aws.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=group.name,
        LaunchTemplate={"LaunchTemplateId": template, "Version": FIRST_VERSION},
        MinSize=0,
        MaxSize=group.maximum,
        DesiredCapacity=group.workers,
        VPCZoneIdentifier=subnets,
        LifecycleHookSpecificationList=[
            {
                "LifecycleHookName": group.hook,
                "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
                "HeartbeatTimeout": LEAVING_SECONDS,
                "DefaultResult": "CONTINUE",
            }
        ],
    )


@dataclass(frozen=True, kw_only=True)
class WorkerInstance:
    """An instance of the group. ``version`` is that of the launch template it was launched from."""

    id: str
    version: str
    state: str

    @property
    def leaves(self) -> bool:
        """Whether the group ends it."""
        return self.state.startswith("Terminat")


def instances_of(autoscaling: Any, group: str) -> dict[str, WorkerInstance]:
    """Return the group's instances by id."""
    answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    return {
        one["InstanceId"]: WorkerInstance(
            id=one["InstanceId"],
            version=str(one["LaunchTemplate"]["Version"]),
            state=one["LifecycleState"],
        )
        for one in answer["AutoScalingGroups"][0]["Instances"]
    }


def instance_metadata(instance: WorkerInstance, *, address: str, region: str) -> dict[str, str]:
    """Return what the metadata service gives the instance's host: path → text."""
    identity = {"region": region, "instanceId": instance.id, "privateIp": address}
    return {
        "/latest/dynamic/instance-identity/document": json.dumps(identity),
        f"{_DATA}/instance-id": instance.id,
        f"{_DATA}/local-hostname": f"ip-{address.replace('.', '-')}.ec2.internal",
        f"{_DATA}/autoscaling/target-lifecycle-state": "Terminated" if instance.leaves else "InService",
    }


def write_metadata(file: Path, metadata: Mapping[str, Mapping[str, str]]) -> None:
    """Write the metadata service's file, whole."""
    write_whole(file, json.dumps(metadata), durable=False)
