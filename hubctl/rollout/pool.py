"""The warm pool in a rollout: instances of an older version that wait there are ended, and AWS fills the pool with newer ones.

They serve nobody. An apply leaves them as they are: AWS launches the newer version only from then on.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html (updating instances)
"""

from typing import Any

from hubctl.core.aws import told_plainly
from hubctl.core.live import Deployment
from hubctl.rollout.group import LaunchedGroup, is_old, version_of


def old_in_pool(autoscaling: Any, deployment: Deployment, group: LaunchedGroup) -> list[str]:
    """Return the instances of the pool that have an older version; raise HubctlError when AWS refuses."""
    found: list[str] = []
    following: dict[str, str] = {}
    with told_plainly(f"look at the warm pool of {deployment.group}"):
        while True:
            page = autoscaling.describe_warm_pool(AutoScalingGroupName=deployment.group, **following)
            found += [
                one["InstanceId"]
                for one in page.get("Instances", ())
                if is_old(version_of(one), group.launches, group.launches)
                and "Terminat" not in one["LifecycleState"]
            ]
            if not page.get("NextToken"):
                return sorted(found)
            following = {"NextToken": page["NextToken"]}


def renew_pool(ec2: Any, old: list[str]) -> None:
    """End them. Auto scaling's own call does not take instances of a warm pool; it replaces what EC2 has ended.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TerminateInstanceInAutoScalingGroup.html
    """
    if old:
        with told_plainly(f"end {', '.join(old)} in the warm pool (the rollout has begun all the same)"):
            ec2.terminate_instances(InstanceIds=old)
