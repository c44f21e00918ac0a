"""What the chef-hub stack would have put into the account: Cloud Map service, workers' auto scaling group.

The instances of that group are read from the local AWS; the metadata service gives each host what it knows of its instance.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubctl.core.files import write_whole
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from hubctl.trial.hosts.pool import STOPPED, PoolView, look_at_pool, notice_documents

WORKER_IMAGE = "ubuntu-22.04-chef-client-18.5.0"
# As long as the stack gives a worker to leave.
LEAVING_SECONDS = 900
FIRST_VERSION = "1"
_DATA = "/latest/meta-data"


@dataclass(frozen=True, kw_only=True)
class WorkerGroup:
    """The workers' auto scaling group: its names, how many there are at first and at most, and how many wait in a pool."""

    name: str
    hook: str
    workers: int
    maximum: int
    pool: int = 0
    launching_hook: str = ""


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
    autoscaling = aws.client("autoscaling")
    autoscaling.create_auto_scaling_group(
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
    if group.pool:
        add_pool(autoscaling, group)


def add_pool(autoscaling: Any, group: WorkerGroup) -> None:
    """Give the group the warm pool and the launching hook that the stack would give it."""
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=group.name,
        LifecycleHookName=group.launching_hook,
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        HeartbeatTimeout=LEAVING_SECONDS,
        DefaultResult="CONTINUE",
    )
    autoscaling.put_warm_pool(
        AutoScalingGroupName=group.name,
        MinSize=group.pool,
        MaxGroupPreparedCapacity=group.pool,
        PoolState="Stopped",
        InstanceReusePolicy={"ReuseOnScaleIn": True},
    )


@dataclass(frozen=True, kw_only=True)
class WorkerInstance:
    """An instance of the group. ``version`` is that of the launch template it was launched from.

    ``target`` is the state that it is moved to, ``tags`` are those of its machine.
    """

    id: str
    version: str
    state: str
    target: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def leaves(self) -> bool:
        """Whether the group ends it."""
        return self.state.startswith("Terminat")

    @property
    def stopped(self) -> bool:
        """Whether its machine waits in the pool, switched off."""
        return self.state in STOPPED


def instances_of(autoscaling: Any, group: str, ec2: Any = None) -> dict[str, WorkerInstance]:
    """Return the instances of the group and of its warm pool by id; with ``ec2`` their tags too."""
    (described,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
        "AutoScalingGroups"
    ]
    pool = look_at_pool(autoscaling, described)
    there = [*described["Instances"], *pool.members]
    tags = {} if ec2 is None else _tags(ec2, [one["InstanceId"] for one in there])
    return {
        one["InstanceId"]: WorkerInstance(
            id=one["InstanceId"],
            version=str(one["LaunchTemplate"]["Version"]),
            state=one["LifecycleState"],
            target=pool.target(one["LifecycleState"]),
            tags=tags.get(one["InstanceId"], {}),
        )
        for one in there
    }


def _tags(ec2: Any, ids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if ids:
        answer = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": ids}])
        for tag in answer["Tags"]:
            found.setdefault(tag["ResourceId"], {})[tag["Key"]] = tag["Value"]
    return found


def instance_metadata(instance: WorkerInstance, *, address: str, region: str) -> dict[str, str]:
    """Return what the metadata service gives the instance's host: path → text."""
    identity = {"region": region, "instanceId": instance.id, "privateIp": address}
    return {
        "/latest/dynamic/instance-identity/document": json.dumps(identity),
        f"{_DATA}/instance-id": instance.id,
        f"{_DATA}/local-hostname": f"ip-{address.replace('.', '-')}.ec2.internal",
        f"{_DATA}/autoscaling/target-lifecycle-state": instance.target or PoolView().target(instance.state),
        **notice_documents(instance.tags),
    }


def write_metadata(file: Path, metadata: Mapping[str, Mapping[str, str]]) -> None:
    """Write the metadata service's file, whole."""
    write_whole(file, json.dumps(metadata), durable=False)
