"""Auto scaling, where moto differs from the API: settings, launch versions, notifications, policies and refreshes.

Groups keep settings that moto accepts and forgets, so that a second plan is empty, and stay within their bounds. Each instance
keeps the version of the launch template that it was launched from. moto lacks Put, Describe and DeleteNotificationConfiguration.
Scaling policies keep ``Enabled``, warm-up numbers and predictive scaling. moto lacks instance refreshes: here a refresh replaces
the instances at once, and is done.
"""

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from hubctl.trial.aws.extensions.patching import add, replace_property, wrap

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
NotificationConfigurations = dict[tuple[str, str, str], None]


def group_named(backend: Any, name: str) -> Any:
    """Return a group of moto's; refuse a name that none has."""
    group = backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - {name}")
    return group


def _group(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    named: FakeAutoScalingGroup = group_named(
        response.autoscaling_backend, response._get_param("AutoScalingGroupName")
    )
    return named


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
    """Answer UpdateAutoScalingGroup. A group keeps its mixed instances policy unless another launch is named.

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
    """Answer PutLifecycleHook; moto names its own queue and role, whatever was asked."""
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


def launches_from(group: FakeAutoScalingGroup | None) -> dict[str, str] | None:
    """Return what the group launches now, with the number of the version; None without a template."""
    template = group.ec2_launch_template if group is not None else None
    if group is None or template is None:
        return None
    version = template.get_version(group.launch_template_version).number
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "Version": str(version),
    }


@wrap(InstanceState, "__init__")
def _init(original: Any, self: InstanceState, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.__dict__["_launched_from"] = launches_from(self.auto_scaling_group)


@replace_property(InstanceState, "launch_template")
def _launch_template(self: InstanceState) -> dict[str, str] | None:
    launched_from: dict[str, str] | None = self.__dict__["_launched_from"]
    return launched_from


@wrap(AutoScalingResponse)
def set_desired_capacity(original: Any, self: AutoScalingResponse) -> ActionResult:
    """Answer SetDesiredCapacity, which stays within the bounds of the group."""
    group, wanted = _group(self), self._get_int_param("DesiredCapacity")
    for side, word, bound in (("below", "min", group.min_size), ("above", "max", group.max_size)):
        if (wanted < int(bound or 0)) if side == "below" else (wanted > int(bound or 0)):
            raise ValidationError(
                f"New SetDesiredCapacity value {wanted} is {side} {word} value {bound} for the AutoScalingGroup."
            )
    answer: ActionResult = original(self)
    return answer


def _configurations(backend: AutoScalingBackend) -> NotificationConfigurations:
    """Return the configurations as (group, topic, type) keys, in the order in which they were put."""
    configurations: NotificationConfigurations = backend.__dict__.setdefault(
        "_notification_configurations", {}
    )
    groups = backend.autoscaling_groups
    for key in [key for key in configurations if key[0] not in groups]:
        del configurations[key]
    return configurations


@add(AutoScalingResponse)
def put_notification_configuration(self: AutoScalingResponse) -> EmptyResult:
    """Answer PutNotificationConfiguration, which replaces the types of a group and a topic."""
    delete_notification_configuration(self)
    group, topic = self._get_param("AutoScalingGroupName"), self._get_param("TopicARN")
    configurations = _configurations(self.autoscaling_backend)
    configurations.update({(group, topic, kind): None for kind in self._get_param("NotificationTypes", [])})
    return EmptyResult()


@add(AutoScalingResponse)
def delete_notification_configuration(self: AutoScalingResponse) -> EmptyResult:
    """Answer DeleteNotificationConfiguration."""
    group, topic = self._get_param("AutoScalingGroupName"), self._get_param("TopicARN")
    configurations = _configurations(self.autoscaling_backend)
    for key in [key for key in configurations if key[:2] == (group, topic)]:
        del configurations[key]
    return EmptyResult()


@add(AutoScalingResponse)
def describe_notification_configurations(self: AutoScalingResponse) -> ActionResult:
    """Answer DescribeNotificationConfigurations."""
    names = self._get_param("AutoScalingGroupNames", [])
    configurations = [
        {"AutoScalingGroupName": group, "TopicARN": topic, "NotificationType": kind}
        for group, topic, kind in _configurations(self.autoscaling_backend)
        if not names or group in names
    ]
    return ActionResult({"NotificationConfigurations": configurations})


@wrap(AutoScalingResponse)
def put_scaling_policy(original: Any, self: AutoScalingResponse) -> ActionResult:
    """Answer PutScalingPolicy and keep what moto's own drops."""
    answer: ActionResult = original(self)
    policy: Any = self.autoscaling_backend.policies[self._get_param("PolicyName")]
    enabled = self._get_bool_param("Enabled", True)
    policy.enabled = True if enabled is None else enabled
    # Empty structures would read as settings that the policy does not have.
    if not policy.predictive_scaling_configuration:
        policy.predictive_scaling_configuration = None
    return answer


def _refreshes(group: FakeAutoScalingGroup) -> list[dict[str, Any]]:
    refreshes: list[dict[str, Any]] = group.__dict__.setdefault("_refreshes", [])
    return refreshes


@add(AutoScalingResponse)
def start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    """Answer StartInstanceRefresh."""
    group = _group(self)
    started = utcnow()
    instance_ids = [state.instance.id for state in group.instance_states]
    if instance_ids:
        backend = self.autoscaling_backend
        backend.ec2_backend.terminate_instances(instance_ids)
        backend.notify_terminate_instances(instance_ids)
        backend.elbv2_backend.notify_terminate_instances(instance_ids)
        backend.update_attached_target_groups(group.name)
    refresh = {
        "InstanceRefreshId": str(mock_random.uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "Successful",
        "StartTime": started,
        "EndTime": utcnow(),
        "PercentageComplete": 100,
        "InstancesToUpdate": 0,
        "Preferences": self._get_param("Preferences"),
    }
    _refreshes(group).insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


@add(AutoScalingResponse)
def describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
    """Answer DescribeInstanceRefreshes, the newest first."""
    wanted = self._get_param("InstanceRefreshIds", [])
    found = [
        refresh
        for refresh in _refreshes(_group(self))
        if not wanted or refresh["InstanceRefreshId"] in wanted
    ]
    return ActionResult({"InstanceRefreshes": found})


@add(AutoScalingResponse)
def cancel_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    """Answer CancelInstanceRefresh: there is never one to cancel."""
    raise AutoscalingClientError(
        "ActiveInstanceRefreshNotFound",
        f"No in progress or pending Instance Refresh found for Auto Scaling group {_group(self).name}",
    )
