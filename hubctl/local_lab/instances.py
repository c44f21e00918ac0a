"""The instances of the Lab's group, as the local AWS tells of them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An instance that runs. ``user_data`` is the script of its first boot, ``role`` that of its instance profile."""

    id: str
    address: str
    zone: str
    type: str
    image: str
    user_data: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """What the group says of one of its instances."""

    state: str
    healthy: bool
    protected: bool


@dataclass(frozen=True, kw_only=True)
class GroupView:
    """The group: how many instances it wants, and what it has."""

    desired: int
    members: Mapping[str, Member]

    def count(self, state: str) -> int:
        """Return how many instances are in a lifecycle state, such as ``InService`` or ``Terminating``."""
        return sum(member.state.startswith(state) for member in self.members.values())


class Instances:
    """Asks EC2, IAM and auto scaling about one group."""

    def __init__(self, aws: Any, group: str) -> None:
        self._ec2, self._iam = aws.client("ec2"), aws.client("iam")
        self._autoscaling = aws.client("autoscaling")
        self._group = group
        self._templates: dict[tuple[str, str], tuple[str, str]] = {}

    def running(self) -> dict[str, Instance]:
        """Return the group's instances that are not terminated."""
        wanted = [
            {"Name": "tag:aws:autoscaling:groupName", "Values": [self._group]},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
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
            return GroupView(
                desired=int(group["DesiredCapacity"]),
                members={
                    one["InstanceId"]: Member(
                        state=one["LifecycleState"],
                        healthy=one["HealthStatus"] == "Healthy",
                        protected=bool(one["ProtectedFromScaleIn"]),
                    )
                    for one in group["Instances"]
                },
            )
        return GroupView(desired=0, members={})

    def _instance(self, described: Mapping[str, Any]) -> Instance:
        tags = {tag["Key"]: tag["Value"] for tag in described["Tags"]}
        user_data, role = self._template(
            tags["aws:ec2launchtemplate:id"], tags["aws:ec2launchtemplate:version"]
        )
        return Instance(
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


def told(user_data: str) -> dict[str, Any]:
    """Return what the user data writes to instance.json: the base64 in its one here-string."""
    _, _, rest = user_data.partition("/instance.json <<< '")
    settings: dict[str, Any] = json.loads(base64.b64decode(rest.partition("'")[0]))
    return settings
