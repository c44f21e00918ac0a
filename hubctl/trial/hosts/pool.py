"""What a host of a trial has to know of its group's warm pool: whether its machine is stopped, and what IMDS says of it.

A hibernated instance is taken for a stopped one: no memory of a host can be kept here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.scaling.warm_pool import WarmPoolSettings

_DATA = "/latest/meta-data"
STOPPED = ("Warmed:Stopped", "Warmed:Hibernated")
# What the local AWS marks a spot instance with that it takes back; the value is when.
INTERRUPTION_TAG = "hubctl:local-aws:spot-interruption"


@dataclass(frozen=True, kw_only=True)
class PoolView:
    """The group's warm pool: its instances as DescribeWarmPool has them, and whether one more may come back to it."""

    state: str = ""
    room: bool = False
    members: tuple[Mapping[str, Any], ...] = ()

    def target(self, lifecycle: str) -> str:
        """Return what the metadata service calls the state that an instance is moved to.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
        """
        if lifecycle.startswith("Warmed:Terminat"):
            return "Warmed:Terminated"
        if lifecycle.startswith("Warmed:"):
            return f"Warmed:{self.state or 'Stopped'}"
        if lifecycle.startswith("Terminat"):
            return f"Warmed:{self.state}" if self.room else "Terminated"
        return "InService"


def look_at_pool(autoscaling: Any, group: Mapping[str, Any]) -> PoolView:
    """Return the pool of a group that DescribeAutoScalingGroups has shown; an empty one where there is none."""
    answer = autoscaling.describe_warm_pool(AutoScalingGroupName=group["AutoScalingGroupName"])
    settings = answer.get("WarmPoolConfiguration")
    members = tuple(answer.get("Instances") or ())
    if not settings:
        return PoolView(members=members)
    prepared = settings.get("MaxGroupPreparedCapacity")
    pool = WarmPoolSettings(
        min_size=int(settings.get("MinSize") or 0),
        max_prepared=int(prepared) if prepared is not None and int(prepared) >= 0 else None,
        state=settings.get("PoolState") or "Stopped",
        reuse_on_scale_in=bool((settings.get("InstanceReusePolicy") or {}).get("ReuseOnScaleIn", False)),
    )
    size = pool.size(desired=int(group["DesiredCapacity"]), max_size=int(group["MaxSize"]))
    return PoolView(state=pool.state, room=pool.reuse_on_scale_in and len(members) < size, members=members)


def notice_documents(tags: Mapping[str, str]) -> dict[str, str]:
    """Return what the metadata service tells a spot instance that AWS takes back; nothing for others.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
    """
    at = tags.get(INTERRUPTION_TAG, "")
    if not at.endswith("Z"):
        return {}
    return {
        f"{_DATA}/spot/instance-action": json.dumps({"action": "terminate", "time": at}),
        f"{_DATA}/events/recommendations/rebalance": json.dumps({"noticeTime": at}),
    }
