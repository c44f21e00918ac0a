"""How a group gets its instances: from a warm pool, of several types, on demand or spot.

All of it changes a group in place. https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cdktf import Token
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupMixedInstancesPolicy,
    AutoscalingGroupMixedInstancesPolicyInstancesDistribution,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplate,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification,
    AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride,
    AutoscalingGroupWarmPool,
    AutoscalingGroupWarmPoolInstanceReusePolicy,
)
from cdktf_cdktf_provider_aws.autoscaling_lifecycle_hook import AutoscalingLifecycleHook
from constructs import Construct

from hub_constructs.core.addresses import at

# With the launching hook an instance enters service only once it serves, so that nothing is left to warm up but the
# first period of the metrics.
POOLED_WARMUP_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class WarmPool:
    """``size``, ``smallest`` and ``largest`` are expressions without ``${}``: of the pool, and the group's sizes."""

    state: Literal["Stopped", "Hibernated"]
    size: str
    smallest: str
    largest: str
    reuse: bool

    @property
    def hibernated(self) -> bool:
        """Tell whether the instances write their memory to their root volume."""
        return self.state == "Hibernated"

    def block(self) -> AutoscalingGroupWarmPool:
        """Return the group's block: so many instances at any time, or as many as the group can still grow by.

        The latter is what AWS does without numbers: the pool is the difference of the largest size and the desired capacity.
        A pool that cannot hold more than that keeps no instance that would never serve. A smaller one stays as large as it
        is, with smallest and prepared size the same, so that it is filled again while the group grows.
        https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html
        """
        smaller = f"{self.size} < {self.largest} - {self.smallest}"
        return AutoscalingGroupWarmPool(
            pool_state=self.state,
            min_size=Token.as_number(f"${{{smaller} ? {self.size} : 0}}"),
            max_group_prepared_capacity=Token.as_number(f"${{{smaller} ? {self.size} : -1}}"),
            instance_reuse_policy=AutoscalingGroupWarmPoolInstanceReusePolicy(reuse_on_scale_in=self.reuse),
        )


@dataclass(frozen=True, kw_only=True)
class SpotShare:
    """How many instances are not spot: the first ``on_demand_base``, and ``on_demand_percent`` of the others."""

    on_demand_base: float
    on_demand_percent: float


def launching(
    *,
    template_id: str,
    version: str,
    types: Sequence[str] = (),
    spot: SpotShare | None = None,
) -> dict[str, Any]:
    """Return the arguments with which a group starts instances from a launch template.

    ``types`` are all types, the most welcome first; none with ``spot`` None is the template's type alone.

    On demand the list's order decides, and the next type is taken where the one before is not to be had. Of spot
    instances AWS chooses the cheapest among the types that it is least likely to take back.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/allocation-strategies.html
    """
    if len(types) < 2 and spot is None:
        return {"launch_template": AutoscalingGroupLaunchTemplate(id=template_id, version=version)}
    return {
        "mixed_instances_policy": AutoscalingGroupMixedInstancesPolicy(
            instances_distribution=AutoscalingGroupMixedInstancesPolicyInstancesDistribution(
                on_demand_allocation_strategy="prioritized",
                on_demand_base_capacity=0 if spot is None else spot.on_demand_base,
                on_demand_percentage_above_base_capacity=100 if spot is None else spot.on_demand_percent,
                spot_allocation_strategy="price-capacity-optimized",
            ),
            launch_template=AutoscalingGroupMixedInstancesPolicyLaunchTemplate(
                launch_template_specification=AutoscalingGroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecification(
                    launch_template_id=template_id, version=version
                ),
                override=[
                    AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride(instance_type=name)
                    for name in types
                ],
            ),
        )
    }


def launching_hook(
    scope: Construct, address: str, *, name: str, group: AutoscalingGroup, seconds: float
) -> AutoscalingLifecycleHook:
    """Add the hook at which a new instance waits until it is ready, in the pool as in the group.

    Without it AWS would stop an instance of the pool in the middle of its first boot. The instance goes on by itself, or
    gives itself up. One that says nothing for ``seconds`` goes on as if there were no hook: a group whose image knows
    nothing of it must still grow, and health checks and alarms find an instance that never serves.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/warm-pool-instance-lifecycle.html
    """
    return at(
        AutoscalingLifecycleHook(
            scope,
            "launching",
            name=name,
            autoscaling_group_name=group.name,
            lifecycle_transition="autoscaling:EC2_INSTANCE_LAUNCHING",
            heartbeat_timeout=seconds,
            default_result="CONTINUE",
        ),
        address,
    )
