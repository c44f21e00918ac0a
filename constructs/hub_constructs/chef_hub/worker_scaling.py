"""More workers when they are busy, fewer when they are not: target tracking on the group's average CPU (B17)."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup
from cdktf_cdktf_provider_aws.autoscaling_policy import (
    AutoscalingPolicy,
    AutoscalingPolicyTargetTrackingConfiguration,
    AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification,
)
from constructs import Construct

from hub_constructs.addresses import at


@dataclass(frozen=True, kw_only=True)
class WorkerScalingProps:
    """``cpu_target_percent`` may be a number token; ``adjustment_type`` means nothing to target tracking."""

    group: AutoscalingGroup
    cpu_target_percent: float
    adjustment_type: str | None = None


class WorkerScaling(Construct):
    """The policy; it makes its own two alarms."""

    def __init__(self, scope: Construct, id_: str, props: WorkerScalingProps) -> None:
        super().__init__(scope, id_)
        metric = AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification(
            predefined_metric_type="ASGAverageCPUUtilization"
        )
        self.policy = at(
            AutoscalingPolicy(
                self,
                "cpu",
                name="hub-workers-asg-cpu",
                autoscaling_group_name=props.group.name,
                enabled=True,
                adjustment_type=props.adjustment_type,
                policy_type="TargetTrackingScaling",
                target_tracking_configuration=AutoscalingPolicyTargetTrackingConfiguration(
                    predefined_metric_specification=metric,
                    target_value=props.cpu_target_percent,
                    disable_scale_in=False,
                ),
            ),
            "hub-workers-asg-cpu",
        )
