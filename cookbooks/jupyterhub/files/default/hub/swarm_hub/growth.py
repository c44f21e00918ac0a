"""The workers' auto scaling group: how large it is, and asking for more.

Never for less: AWS's own policies and the workers' farewell do that.
"""

from __future__ import annotations

from typing import Any, Protocol

import boto3
from botocore.config import Config

from swarm_hub.admission import Group


class GrowthError(Exception):
    """The auto scaling group cannot be seen or raised; the message says what AWS answered."""


class Growth(Protocol):
    """Something that can be asked for more workers. Calls block; they are made in a thread."""

    def group(self) -> Group:
        """Return the group as it is now."""

    def raise_to(self, capacity: int) -> None:
        """Ask for ``capacity`` workers, if that is more than was asked for."""


def autoscaling_client(region: str) -> Any:
    """Return boto3's client; its calls end soon: nobody waits minutes at a login page for one that hangs."""
    config = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
    return boto3.client("autoscaling", region_name=region, config=config)


class AutoScalingGrowth:
    """Growth by an AWS auto scaling group."""

    def __init__(self, name: str, *, region: str, client: Any = None) -> None:
        self.name = name
        self._client = client or autoscaling_client(region)

    def group(self) -> Group:
        """Return desired and maximal size; raise GrowthError when AWS cannot tell."""
        try:
            answer = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        except Exception as error:
            raise GrowthError(f"AWS does not show the auto scaling group {self.name}: {error}") from error
        if not answer["AutoScalingGroups"]:
            raise GrowthError(f"there is no auto scaling group {self.name}")
        found = answer["AutoScalingGroups"][0]
        return Group(name=self.name, desired=found["DesiredCapacity"], maximum=found["MaxSize"])

    def raise_to(self, capacity: int) -> None:
        """Set the desired capacity, not waiting for a cooldown: somebody waits for the worker."""
        if self.group().desired >= capacity:  # a policy or another hub was faster
            return
        try:
            self._client.set_desired_capacity(
                AutoScalingGroupName=self.name, DesiredCapacity=capacity, HonorCooldown=False
            )
        except Exception as error:
            raise GrowthError(f"AWS does not raise {self.name} to {capacity} workers: {error}") from error
