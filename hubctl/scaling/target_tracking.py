"""The two alarms that a target tracking policy makes for itself.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html says that they exist, that scaling out
is quick and scaling in gradual, and that without data nothing scales in, but not their settings. These are the ones that the
console shows for such policies: three minutes above the target, a quarter of an hour below nine tenths of it.
"""

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.policies import TargetTrackingPolicy

HIGH_MINUTES = 3
LOW_MINUTES = 15
LOW_SHARE = 0.9


def alarms_of(policy: TargetTrackingPolicy, group: str) -> tuple[Alarm, ...]:
    """Return the high alarm of a group's policy, and the low one unless the policy may not scale in."""
    action = f":autoScalingGroupName/{group}:policyName/{policy.name}"
    high = Alarm(
        name=f"TargetTracking-{group}-{policy.name}-AlarmHigh",
        metric=policy.metric,
        statistic=policy.statistic,
        comparison="GreaterThanThreshold",
        threshold=policy.target,
        evaluation_periods=HIGH_MINUTES,
        actions=(action,),
    )
    low = Alarm(
        name=f"TargetTracking-{group}-{policy.name}-AlarmLow",
        metric=policy.metric,
        statistic=policy.statistic,
        comparison="LessThanThreshold",
        threshold=policy.target * LOW_SHARE,
        evaluation_periods=LOW_MINUTES,
        actions=(action,),
    )
    return (high,) if policy.disable_scale_in else (high, low)
