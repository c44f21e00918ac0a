"""The instances of the Lab's group, as the local AWS describes them, and the metadata service of their hosts.

That service gives each host its instance's identity and its role's credentials.
"""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hubctl.trial.hosts.metadata_service import MetadataService
from hubctl.trial.hosts.pool import STOPPED, look_at_pool

ROLE_FOLDER = "/latest/meta-data/iam/security-credentials/"


@dataclass(frozen=True, kw_only=True)
class LabInstance:
    """An instance. ``user_data`` is the script of its first boot, ``role`` that of its instance profile."""

    id: str
    address: str
    zone: str
    type: str
    image: str
    user_data: str
    role: str


@dataclass(frozen=True, kw_only=True)
class GroupMember:
    """What the group says of one of its instances."""

    state: str
    healthy: bool
    protected: bool
    target: str = "InService"

    @property
    def stopped(self) -> bool:
        """Whether its machine waits in the warm pool, switched off."""
        return self.state in STOPPED


@dataclass(frozen=True, kw_only=True)
class GroupView:
    """The group: how many instances it wants, and at least; and what it and its warm pool have."""

    desired: int
    members: Mapping[str, GroupMember]
    smallest: int = 0

    def count(self, state: str) -> int:
        """Return how many instances are in a lifecycle state, such as ``InService`` or ``Terminating``."""
        return sum(member.state.startswith(state) for member in self.members.values())


class LabGroupReader:
    """Asks EC2, IAM and auto scaling about one group."""

    def __init__(self, aws: Any, group: str) -> None:
        self._ec2, self._iam = aws.client("ec2"), aws.client("iam")
        self._autoscaling = aws.client("autoscaling")
        self._group = group
        self._templates: dict[tuple[str, str], tuple[str, str]] = {}

    def instances(self) -> dict[str, LabInstance]:
        """Return the group's instances that are not terminated."""
        wanted = [
            {"Name": "tag:aws:autoscaling:groupName", "Values": [self._group]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
        ]
        found = self._ec2.describe_instances(Filters=wanted)["Reservations"]
        return {
            one["InstanceId"]: self._instance(one)
            for reservation in found
            for one in reservation["Instances"]
        }

    def group(self) -> GroupView:
        """Return what the group says of itself; nothing is wanted and there while it does not exist."""
        groups = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self._group])
        for group in groups["AutoScalingGroups"]:
            pool = look_at_pool(self._autoscaling, group)
            return GroupView(
                desired=int(group["DesiredCapacity"]),
                smallest=int(group["MinSize"]),
                members={
                    one["InstanceId"]: GroupMember(
                        state=one["LifecycleState"],
                        healthy=one["HealthStatus"] == "Healthy",
                        protected=bool(one.get("ProtectedFromScaleIn")),
                        target=pool.target(one["LifecycleState"]),
                    )
                    for one in (*group["Instances"], *pool.members)
                },
            )
        return GroupView(desired=0, members={})

    def _instance(self, described: Mapping[str, Any]) -> LabInstance:
        tags = {tag["Key"]: tag["Value"] for tag in described["Tags"]}
        user_data, role = self._template(
            tags["aws:ec2launchtemplate:id"], tags["aws:ec2launchtemplate:version"]
        )
        return LabInstance(
            id=described["InstanceId"],
            address=described["PrivateIpAddress"],
            zone=described["Placement"]["AvailabilityZone"],
            type=described["InstanceType"],
            image=described["ImageId"],
            user_data=user_data,
            role=role,
        )

    def _template(self, template: str, version: str) -> tuple[str, str]:
        """Return the user data and the role of a version of a launch template, which never changes."""
        if (template, version) not in self._templates:
            answer = self._ec2.describe_launch_template_versions(
                LaunchTemplateId=template, Versions=[version]
            )
            data = answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]
            profile = data["IamInstanceProfile"]["Arn"].rpartition("/")[2]
            roles = self._iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
            self._templates[template, version] = (
                base64.b64decode(data["UserData"]).decode(),
                str(roles[0]["RoleName"]),
            )
        return self._templates[template, version]


def settings_of_user_data(user_data: str) -> dict[str, Any]:
    """Return what the user data writes to instance.json: the base64 in its one here-string."""
    _, _, rest = user_data.partition("/instance.json <<< '")
    settings: dict[str, Any] = json.loads(base64.b64decode(rest.partition("'")[0]))
    return settings


class LabMetadataService(MetadataService):
    """Knows a host by the address that it asks from. ``states`` are the lifecycle states that instances are moved to."""

    def __init__(self, address: str, region: str, sts: Any) -> None:
        self._region = region
        self._sts = sts
        self._by_address: dict[str, LabInstance] = {}
        self._credentials: dict[str, str] = {}
        self.states: dict[str, str] = {}
        super().__init__(address)

    @property
    def at(self) -> str:
        """ADDRESS:PORT."""
        host, port = self.server_address[:2]
        return f"{host!s}:{port}"

    def add(self, instance: LabInstance) -> None:
        """Serve an instance; its role's credentials come from STS, as on AWS."""
        if instance.role not in self._credentials:
            self._credentials[instance.role] = self._assumed(instance)
        self._by_address[instance.address] = instance

    def remove(self, instance: LabInstance) -> None:
        """Serve an instance no longer."""
        self._by_address.pop(instance.address, None)

    def documents(self, peer: str) -> dict[str, str]:
        """Return what the host of that address sees: path → text; nothing for strangers."""
        instance = self._by_address.get(peer)
        if instance is None:
            return {}
        data = "/latest/meta-data"
        return {
            f"{data}/instance-id": instance.id,
            f"{data}/instance-type": instance.type,
            f"{data}/ami-id": instance.image,
            f"{data}/local-ipv4": instance.address,
            f"{data}/placement/availability-zone": instance.zone,
            f"{data}/placement/region": self._region,
            f"{data}/autoscaling/target-lifecycle-state": self.states.get(instance.id, "InService"),
            ROLE_FOLDER: instance.role,
            f"{ROLE_FOLDER}{instance.role}": self._credentials[instance.role],
            "/latest/user-data": instance.user_data,
        }

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a host that ended before its answer came."""

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answer for as long as the block lasts."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join(5)
            self.server_close()

    def _assumed(self, instance: LabInstance) -> str:
        account = self._sts.get_caller_identity()["Account"]
        given = self._sts.assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{instance.role}",
            RoleSessionName=instance.id,
            DurationSeconds=12 * 3600,
        )["Credentials"]
        return json.dumps(
            {
                "Code": "Success",
                "Type": "AWS-HMAC",
                "LastUpdated": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "AccessKeyId": given["AccessKeyId"],
                "SecretAccessKey": given["SecretAccessKey"],
                "Token": given["SessionToken"],
                "Expiration": f"{given['Expiration'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
        )
