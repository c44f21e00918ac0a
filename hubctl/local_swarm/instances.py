"""The instances of the workers' group, as the local AWS tells of them, and what each host is told of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.files import write_whole

_DATA = "/latest/meta-data"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An instance of the group. ``version`` is that of the launch template it was launched from."""

    id: str
    version: str
    state: str

    @property
    def leaves(self) -> bool:
        """Whether the group ends it."""
        return self.state.startswith("Terminat")


def instances_of(autoscaling: Any, group: str) -> dict[str, Instance]:
    """Return the group's instances by id."""
    answer = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    return {
        one["InstanceId"]: Instance(
            id=one["InstanceId"],
            version=str(one["LaunchTemplate"]["Version"]),
            state=one["LifecycleState"],
        )
        for one in answer["AutoScalingGroups"][0]["Instances"]
    }


def told_to_host(instance: Instance, *, address: str, region: str) -> dict[str, str]:
    """Return what the metadata service tells the instance's host: path → text."""
    identity = {"region": region, "instanceId": instance.id, "privateIp": address}
    return {
        "/latest/dynamic/instance-identity/document": json.dumps(identity),
        f"{_DATA}/instance-id": instance.id,
        f"{_DATA}/local-hostname": f"ip-{address.replace('.', '-')}.ec2.internal",
        f"{_DATA}/autoscaling/target-lifecycle-state": "Terminated" if instance.leaves else "InService",
    }


def write_told(file: Path, told: Mapping[str, Mapping[str, str]]) -> None:
    """Write the metadata service's file, whole."""
    write_whole(file, json.dumps(told), durable=False)
