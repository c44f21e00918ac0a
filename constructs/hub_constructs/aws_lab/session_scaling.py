"""Scaling on what users do: the average number of user sessions per instance, and the places that are still free."""

from dataclasses import dataclass
from typing import Any

from cdktf import Token
from cdktf_cdktf_provider_aws.autoscaling_policy import AutoscalingPolicy, AutoscalingPolicyStepAdjustment
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from constructs import Construct

from hub_constructs.core.addresses import at

NAMESPACE = "JupyterHub/Lab"
METRIC = "UserSessions"
# Free places of the whole group, as each instance reckons them: its own, times the instances in service. So the average
# is right however often each of them publishes. A sum would be wrong in each minute in which one run comes early or late.
FREE_METRIC = "FreePlaces"
# Published by the session agent only while it is so: a hub does not answer, a rollout is long past its deadline.
SILENT_METRIC, LATE_METRIC = "HubSilent", "RolloutLate"
PERIOD_SECONDS = 60  # the session agent publishes once a minute
# Two of three minutes above: one odd value adds nothing, and a class that logs in gets instances within two minutes.
UP_PERIODS, UP_DATAPOINTS = 3, 2
# A quarter of an hour below without a break: people between two sessions keep their room.
DOWN_PERIODS = 15
FAST_ABOVE_THRESHOLD = "1"  # sessions per instance above the threshold
WARMUP_SECONDS = 300  # from launch to the first answer of the hub, image included in the AMI
# As many as a policy may have: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html
MOST_STEPS = 20


def spare_policy_name(name: str) -> str:
    """Return the name of the policy by which places are kept free, of the Lab of that name."""
    return f"{name}-spare-up"


@dataclass(frozen=True, kw_only=True)
class Spare:
    """Places kept free. ``places`` is a number token, ``places_per_instance`` an expression of Terraform.

    The group may give an instance away while ``enough_to_shrink`` (a number token) places are free: the spare ones, and
    those of that instance.
    """

    places: float
    places_per_instance: str
    enough_to_shrink: float


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
    spare: Spare | None = None


class SessionScaling(Construct):
    """Two policies and the two alarms that trigger them, and a third pair where places are kept free.

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
        if props.spare is not None:
            self._keep_free(props.spare)

    def _keep_free(self, spare: Spare) -> None:
        """Add instances as soon as fewer places are free, as many as are missing; and none leaves that holds spare ones."""
        self.spare_up = self._policy("spare_up", _steps_by_shortage(spare), warmup=self._props.warmup)
        self.places_low = self._alarm(
            "places_low",
            "Users fill the Lab: fewer places are free than are to be kept for the next ones",
            "LessThanThreshold",
            spare.places,
            periods=1,
            datapoints=1,
            policy=self.spare_up,
            metric=FREE_METRIC,
        )
        # An alarm over several metrics takes one expression: the free places, or, while the sessions are not under their
        # threshold, a number that does not breach.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
        low = self.sessions_low
        for name in ("namespace", "metric_name", "dimensions", "statistic", "period"):
            low.add_override(name, None)
        low.alarm_description = (
            "Users have left: few sessions per instance, and more places stay free than are to be kept"
        )
        low.comparison_operator = "GreaterThanOrEqualToThreshold"
        low.threshold = spare.enough_to_shrink
        threshold = Token.as_string(self._props.scale_down_threshold)
        low.add_override(
            "metric_query",
            [
                self._query("sessions", METRIC),
                self._query("free", FREE_METRIC),
                {
                    "id": "unneeded",
                    "label": "Free places, while there are few sessions per instance",
                    "expression": f"IF(sessions < {threshold}, free, -1)",
                    "return_data": True,
                },
            ],
        )
        if not self._props.simple:
            self.scale_down.put_step_adjustment(_steps_by_surplus(spare))

    def _query(self, name: str, metric: str) -> dict[str, Any]:
        return {
            "id": name,
            "metric": {
                "namespace": NAMESPACE,
                "metric_name": metric,
                "dimensions": {"AutoScalingGroupName": self._props.group_name},
                "stat": "Average",
                "period": PERIOD_SECONDS,
            },
        }

    def _policy(
        self, address: str, steps: list[AutoscalingPolicyStepAdjustment], *, warmup: int | None = None
    ) -> AutoscalingPolicy:
        if self._props.simple:
            return self._simple_policy(address, -1 if address == "scale_down" else 1)
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
        metric: str = METRIC,
    ) -> CloudwatchMetricAlarm:
        return at(
            CloudwatchMetricAlarm(
                self,
                address,
                alarm_name=f"{self._props.name}-{address.replace('_', '-')}",
                alarm_description=description,
                namespace=NAMESPACE,
                metric_name=metric,
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


def _steps_by_shortage(spare: Spare) -> list[AutoscalingPolicyStepAdjustment]:
    """Return a step for each number of instances that may be missing; the last one has no lower bound.

    Below a threshold AWS counts a value at a bound to the step further down. Half a place keeps a shortage of just one
    instance's places in the first step.
    """

    def bound(instances: int) -> str:
        return f"${{-{instances} * {spare.places_per_instance} - 0.5}}" if instances else "0"

    return [
        AutoscalingPolicyStepAdjustment(
            scaling_adjustment=missing,
            metric_interval_lower_bound=bound(missing) if missing < MOST_STEPS else None,
            metric_interval_upper_bound=bound(missing - 1),
        )
        for missing in range(1, MOST_STEPS + 1)
    ]


def _steps_by_surplus(spare: Spare) -> list[AutoscalingPolicyStepAdjustment]:
    """Return a step for each number of instances whose places are free beyond the spare ones; the last one has no end.

    One instance at a time would never get further than one below those that run: AWS takes an adjustment from the current
    capacity, in which instances that users keep in service count.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
    """

    def bound(instances: int) -> str:
        return f"${{{instances} * {spare.places_per_instance}}}" if instances else "0"

    return [
        AutoscalingPolicyStepAdjustment(
            scaling_adjustment=-unneeded,
            metric_interval_lower_bound=bound(unneeded - 1),
            metric_interval_upper_bound=bound(unneeded) if unneeded < MOST_STEPS else None,
        )
        for unneeded in range(1, MOST_STEPS + 1)
    ]
