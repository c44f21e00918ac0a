"""Scaling on what users do: the average number of user sessions per instance."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.autoscaling_policy import AutoscalingPolicy, AutoscalingPolicyStepAdjustment
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from constructs import Construct

from hub_constructs.core.addresses import at

NAMESPACE = "JupyterHub/Lab"
METRIC = "UserSessions"
# Published by the session agent only while it is so: a hub does not answer, a rollout is long past its deadline.
SILENT_METRIC, LATE_METRIC = "HubSilent", "RolloutLate"
PERIOD_SECONDS = 60  # the session agent publishes once a minute
# Two of three minutes above: one odd value adds nothing, and a class that logs in gets instances within two minutes.
UP_PERIODS, UP_DATAPOINTS = 3, 2
# A quarter of an hour below without a break: people between two sessions keep their room.
DOWN_PERIODS = 15
FAST_ABOVE_THRESHOLD = "1"  # sessions per instance above the threshold
WARMUP_SECONDS = 300  # from launch to the first answer of the hub, image included in the AMI


@dataclass(frozen=True, kw_only=True)
class SessionScalingProps:
    """Thresholds in user sessions per instance; ``simple`` takes the older policies, one instance at a time.

    ``warmup`` is how long a new instance does not count as one with few sessions.
    """

    name: str
    group_name: str
    scale_up_threshold: float
    scale_down_threshold: float
    simple: bool = False
    warmup: int = WARMUP_SECONDS


class SessionScaling(Construct):
    """Two policies and the two alarms that trigger them.

    Missing data never breaches. Above: without data there is no sign of users to serve. Below: a hub or an agent
    that is silent must not look like one without users, or the group would shrink under people at work.
    """

    def __init__(self, scope: Construct, id_: str, props: SessionScalingProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        # One instance at the threshold, two from one session above it: sessions then come faster than one
        # instance at a time can take them, and the instances are about to be full.
        self.scale_up = self._policy(
            "scale_up",
            [
                AutoscalingPolicyStepAdjustment(
                    scaling_adjustment=1,
                    metric_interval_lower_bound="0",
                    metric_interval_upper_bound=FAST_ABOVE_THRESHOLD,
                ),
                AutoscalingPolicyStepAdjustment(
                    scaling_adjustment=2, metric_interval_lower_bound=FAST_ABOVE_THRESHOLD
                ),
            ],
            warmup=props.warmup,
        )
        self.scale_down = self._policy(
            "scale_down",
            [AutoscalingPolicyStepAdjustment(scaling_adjustment=-1, metric_interval_upper_bound="0")],
        )
        self.sessions_high = self._alarm(
            "sessions_high",
            "Users log in: the average number of sessions per instance has reached the threshold",
            "GreaterThanOrEqualToThreshold",
            props.scale_up_threshold,
            periods=UP_PERIODS,
            datapoints=UP_DATAPOINTS,
            policy=self.scale_up,
        )
        self.sessions_low = self._alarm(
            "sessions_low",
            "Users have left: the average number of sessions per instance stays under the threshold",
            "LessThanThreshold",
            props.scale_down_threshold,
            periods=DOWN_PERIODS,
            datapoints=DOWN_PERIODS,
            policy=self.scale_down,
        )

    def _policy(
        self, address: str, steps: list[AutoscalingPolicyStepAdjustment], *, warmup: int | None = None
    ) -> AutoscalingPolicy:
        if self._props.simple:
            return self._simple_policy(address, 1 if address == "scale_up" else -1)
        return at(
            AutoscalingPolicy(
                self,
                address,
                name=f"{self._props.name}-{address.replace('_', '-')}",
                autoscaling_group_name=self._props.group_name,
                policy_type="StepScaling",
                adjustment_type="ChangeInCapacity",
                metric_aggregation_type="Average",
                estimated_instance_warmup=warmup,
                step_adjustment=steps,
            ),
            address,
        )

    def _simple_policy(self, address: str, adjustment: int) -> AutoscalingPolicy:
        return at(
            AutoscalingPolicy(
                self,
                address,
                name=f"{self._props.name}-{address.replace('_', '-')}",
                autoscaling_group_name=self._props.group_name,
                policy_type="SimpleScaling",
                adjustment_type="ChangeInCapacity",
                scaling_adjustment=adjustment,
                cooldown=WARMUP_SECONDS,
            ),
            address,
        )

    def _alarm(
        self,
        address: str,
        description: str,
        comparison: str,
        threshold: float,
        *,
        periods: int,
        datapoints: int,
        policy: AutoscalingPolicy,
    ) -> CloudwatchMetricAlarm:
        return at(
            CloudwatchMetricAlarm(
                self,
                address,
                alarm_name=f"{self._props.name}-{address.replace('_', '-')}",
                alarm_description=description,
                namespace=NAMESPACE,
                metric_name=METRIC,
                dimensions={"AutoScalingGroupName": self._props.group_name},
                statistic="Average",
                period=PERIOD_SECONDS,
                evaluation_periods=periods,
                datapoints_to_alarm=datapoints,
                comparison_operator=comparison,
                threshold=threshold,
                treat_missing_data="notBreaching",
                alarm_actions=[policy.arn],
            ),
            address,
        )
