"""Auto scaling groups: settings that moto accepts and forgets, so that a second plan is empty."""

from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import EmptyResult

from hubctl.local_aws.extensions.patching import add, wrap

# Request member -> attribute of the group, which the serializer finds by that name.
_KEPT_ON_CREATE = {
    "DefaultInstanceWarmup": "default_instance_warmup",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "Context": "context",
    "DesiredCapacityType": "desired_capacity_type",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
}
_KEPT_ON_UPDATE = {
    **_KEPT_ON_CREATE,
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "PlacementGroup": "placement_group",
    "TerminationPolicies": "termination_policies",
}


# How a group starts instances: one of these.
_LAUNCHES = ("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy")


def _keep(response: AutoScalingResponse, members: dict[str, str]) -> FakeAutoScalingGroup:
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups[name]
    for member, attribute in members.items():
        value = response._get_param(member)
        if value is not None:
            setattr(group, attribute, value)
    return group


@wrap(AutoScalingResponse)
def create_auto_scaling_group(original: Any, self: AutoScalingResponse) -> EmptyResult:
    """Answer CreateAutoScalingGroup, with its lifecycle hooks."""
    answer: EmptyResult = original(self)
    group = _keep(self, _KEPT_ON_CREATE)
    # The API's default is 0, which moto takes for 300 (API reference of CreateAutoScalingGroup).
    group.health_check_grace_period = self._get_int_param("HealthCheckGracePeriod") or 0
    for hook in self._get_param("LifecycleHookSpecificationList", []):
        self.autoscaling_backend.create_lifecycle_hook(
            name=hook["LifecycleHookName"],
            as_name=self._get_param("AutoScalingGroupName"),
            transition=hook["LifecycleTransition"],
            timeout=hook.get("HeartbeatTimeout"),
            result=hook.get("DefaultResult"),
        )
        _set_notification(self, hook["LifecycleHookName"], hook)
    return answer


@wrap(AutoScalingResponse)
def update_auto_scaling_group(original: Any, self: AutoScalingResponse) -> EmptyResult:
    """Answer UpdateAutoScalingGroup. A group goes on with its mixed instances policy unless it is told another launch.

    moto drops the policy with whatever update (API reference of UpdateAutoScalingGroup: what is not named stays).
    """
    present = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
    policy = present.mixed_instances_policy if present is not None else None
    answer: EmptyResult = original(self)
    group = _keep(self, _KEPT_ON_UPDATE)
    if not any(self._get_param(member) for member in _LAUNCHES):
        group.mixed_instances_policy = policy
    return answer


@wrap(AutoScalingResponse)
def put_lifecycle_hook(original: Any, self: AutoScalingResponse) -> EmptyResult:
    """Answer PutLifecycleHook; moto names a queue and a role of its own whatever was asked."""
    answer: EmptyResult = original(self)
    _set_notification(self, self._get_param("LifecycleHookName"), self._get_params())
    return answer


@wrap(AutoScalingResponse)
def enable_metrics_collection(original: Any, self: AutoScalingResponse) -> EmptyResult:
    """Answer EnableMetricsCollection, which adds to the metrics; moto puts these in the place of all others."""
    group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
    before = list(group.metrics)
    answer: EmptyResult = original(self)
    group.metrics = [*before, *(name for name in group.metrics if name not in before)]
    return answer


def _set_notification(response: AutoScalingResponse, name: str, request: Any) -> None:
    hook: Any = response.autoscaling_backend.describe_lifecycle_hooks(
        as_name=response._get_param("AutoScalingGroupName"), lifecycle_hook_names=[name]
    )[0]
    hook.role_arn = request.get("RoleARN")
    hook.notification_target_arn = request.get("NotificationTargetARN")
    hook.notification_metadata = request.get("NotificationMetadata")


@add(AutoScalingResponse)
def disable_metrics_collection(self: AutoScalingResponse) -> EmptyResult:
    """Answer DisableMetricsCollection; no names mean all of them."""
    group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
    unwanted = self._get_param("Metrics") or group.metrics
    group.metrics = [metric for metric in group.metrics if metric not in unwanted]
    return EmptyResult()
