"""Warm pools: refused as AWS refuses them, and their instances shown.

moto keeps the settings of a pool only. Without scaling a pool has no instances here; the scaling loop launches, stops and
starts them (``hubctl.trial.aws.scaling``), and keeps them on the group, apart from the instances in service.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html#warm-pools-limitations (what is
excluded, as read in 2026-12: spot instances, weights, and hibernation that the launch template does not ask for)
"""

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.trial.aws.extensions.autoscaling import group_named
from hubctl.trial.aws.extensions.patching import wrap

UNLIMITED = -1  # as MaxGroupPreparedCapacity: the group's largest size


def warm_states(group: Any) -> list[Any]:
    """Return the states of the pool's instances, as moto keeps those of the group; the list may be changed."""
    states: list[Any] = group.__dict__.setdefault("_warm_states", [])
    return states


def warm_pool_of(group: Any) -> WarmPoolSettings | None:
    """Return the pool's settings as the engine reads them; raise ValueError for settings that AWS refuses."""
    pool = group.warm_pool
    if pool is None:
        return None
    prepared = pool.max_group_prepared_capacity
    reuse = (pool.instance_reuse_policy or {}).get("ReuseOnScaleIn", False)
    return WarmPoolSettings(
        min_size=int(pool.min_size or 0),
        max_prepared=None if prepared is None or int(prepared) == UNLIMITED else int(prepared),
        state=pool.pool_state,
        reuse_on_scale_in=str(reuse).lower() == "true",
    )


def spot_in(group: FakeAutoScalingGroup) -> str | None:
    """Return where a group asks for Spot Instances, None when it does not."""
    configuration: Any = group.launch_config
    if configuration is not None and configuration.spot_price:
        return "its launch configuration has a Spot price"
    policy = group.mixed_instances_policy
    if policy:
        distribution = policy.get("InstancesDistribution") or {}
        percentage = distribution.get("OnDemandPercentageAboveBaseCapacity")
        if percentage is not None and int(percentage) < 100:
            return "its mixed instances policy asks for Spot Instances"
    template: Any = group.ec2_launch_template
    if template is not None:
        data = template.get_version(group.launch_template_version).data
        if (data.get("InstanceMarketOptions") or {}).get("MarketType") == "spot":
            return "its launch template asks for Spot Instances"
    return None


def excluded_in(group: FakeAutoScalingGroup, state: str | None) -> str | None:
    """Return why a group cannot have a warm pool whose instances wait in ``state``; None when it can."""
    if (spot := spot_in(group)) is not None:
        return f"a warm pool excludes Spot Instances: {spot}"
    policy = group.mixed_instances_policy
    if not policy:
        return None
    template = policy["LaunchTemplate"]
    if any(one.get("WeightedCapacity") for one in template.get("Overrides") or ()):
        return "a warm pool excludes instance weights: its mixed instances policy has some"
    launched: Any = group.ec2_launch_template
    data = {} if launched is None else launched.get_version(group.launch_template_version).data
    hibernates = (data.get("HibernationOptions") or {}).get("Configured", False)
    if state == "Hibernated" and str(hibernates).lower() != "true":
        return "with several instance types, Hibernated needs HibernationOptions in the launch template"
    return None


@wrap(AutoScalingBackend)
def update_auto_scaling_group(original: Any, self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """Answer UpdateAutoScalingGroup, which may not bring to a group what its warm pool excludes."""
    group = self.autoscaling_groups.get(name)
    before = {} if group is None else dict(group.__dict__)
    answer = original(self, name, *args, **kwargs)
    if group is not None and group.warm_pool is not None:
        problem = excluded_in(group, group.warm_pool.pool_state)
        if problem is not None:
            group.__dict__.update(before)
            raise ValidationError(f"The Auto Scaling group {name} has a warm pool, and {problem}.")
    return answer


@wrap(AutoScalingBackend)
def put_warm_pool(original: Any, self: Any, group_name: str, **settings: Any) -> None:
    """Answer PutWarmPool. What a request does not name goes back to its default."""
    group = group_named(self, group_name)
    if (problem := excluded_in(group, settings.get("pool_state"))) is not None:
        raise ValidationError(
            f"You can't add such a warm pool to the Auto Scaling group {group_name}: {problem}."
        )
    before = group.warm_pool
    original(self, group_name=group_name, **settings)
    try:
        warm_pool_of(group)
    except ValueError as error:
        group.warm_pool = before
        raise ValidationError(str(error)) from None


@wrap(AutoScalingResponse)
def describe_warm_pool(_original: Any, self: AutoScalingResponse) -> ActionResult:
    """Answer DescribeWarmPool with the pool's instances."""
    group = group_named(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
    return ActionResult({"WarmPoolConfiguration": group.warm_pool, "Instances": list(warm_states(group))})


@wrap(AutoScalingBackend)
def describe_auto_scaling_instances(original: Any, self: Any, instance_ids: list[str]) -> list[Any]:
    """Answer DescribeAutoScalingInstances, which shows the instances of warm pools too."""
    warm = [
        state
        for group in self.autoscaling_groups.values()
        for state in warm_states(group)
        if not instance_ids or state.instance.id in instance_ids
    ]
    return [*original(self, instance_ids), *warm]


@wrap(AutoScalingResponse)
def delete_warm_pool(original: Any, self: AutoScalingResponse) -> EmptyResult:
    """Answer DeleteWarmPool: with instances in it only by force."""
    group = group_named(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
    if warm_states(group) and not self._get_bool_param("ForceDelete", False):
        raise AutoscalingClientError(
            "ResourceInUse",
            f"You cannot delete the warm pool of {group.name} because there are still instances in it",
        )
    answer: EmptyResult = original(self)
    return answer
