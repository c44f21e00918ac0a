"""Instance refreshes that take their time: the requests, answered from what the engine does.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CancelInstanceRefresh.html
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html (errors)
Not served are checkpoints, rollbacks and a desired configuration of the refresh's own: they are refused.
"""

import functools
from collections.abc import Mapping
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from hubctl.scaling.group import ScaledGroupSettings
from hubctl.scaling.refresh import InstanceRefresh, RefreshPreferences
from hubctl.trial.aws.extensions.autoscaling import group_named, launches_from
from hubctl.trial.aws.extensions.patching import wrap
from hubctl.trial.aws.scaling.loop import ScalingLoop
from hubctl.trial.aws.scaling.machines import Machines
from hubctl.trial.aws.scaling.reading import Clock

_UNSERVED = ("CheckpointPercentages", "CheckpointDelay", "AutoRollback", "AlarmSpecification", "BakeTime")


def answer_refreshes(loop: ScalingLoop) -> None:
    """Replace the requests about refreshes, which are done at once otherwise."""
    found = functools.partial(_found, loop)
    _hold_pools(loop)

    @wrap(AutoScalingResponse)
    def start_instance_refresh(_original: Any, self: AutoScalingResponse) -> ActionResult:
        moto_group, machines = found(self)
        if any(refresh.active for refresh in machines.refreshes):
            raise AutoscalingClientError(
                "InstanceRefreshInProgress",
                "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
            )
        if self._get_param("DesiredConfiguration"):
            raise ValidationError(
                "The local AWS serves no DesiredConfiguration: set the group's launch template"
            )
        given = self._get_param("Preferences") or {}
        template = launches_from(moto_group)
        refresh = InstanceRefresh(
            id=str(mock_random.uuid4()),
            started=loop.clock.now(),
            target=int(template["Version"]) if template else 0,
            preferences=_preferences(given, machines.group.spec, moto_group),
        )
        machines.refreshes.insert(0, refresh)
        return ActionResult({"InstanceRefreshId": refresh.id})

    @wrap(AutoScalingResponse)
    def describe_instance_refreshes(_original: Any, self: AutoScalingResponse) -> ActionResult:
        moto_group, machines = found(self)
        wanted = self._get_param("InstanceRefreshIds") or []
        return ActionResult(
            {
                "InstanceRefreshes": [
                    _described(refresh, moto_group.name, loop.clock)
                    for refresh in machines.refreshes
                    if not wanted or refresh.id in wanted
                ]
            }
        )

    @wrap(AutoScalingResponse)
    def cancel_instance_refresh(_original: Any, self: AutoScalingResponse) -> ActionResult:
        moto_group, machines = found(self)
        for refresh in machines.refreshes:
            if refresh.status in ("Pending", "InProgress"):
                refresh.cancel()
                return ActionResult({"InstanceRefreshId": refresh.id})
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound",
            f"No in progress or pending Instance Refresh found for Auto Scaling group {moto_group.name}",
        )


def _found(loop: ScalingLoop, response: AutoScalingResponse) -> tuple[Any, Machines]:
    group = group_named(response.autoscaling_backend, response._get_param("AutoScalingGroupName"))
    return group, loop.region(response.autoscaling_backend).machines(group)


def _hold_pools(loop: ScalingLoop) -> None:
    @wrap(AutoScalingResponse)
    def put_warm_pool(original: Any, self: AutoScalingResponse) -> Any:
        """Answer PutWarmPool, whose page names InstanceRefreshInProgress among its errors."""
        if any(refresh.active for refresh in _found(loop, self)[1].refreshes):
            raise AutoscalingClientError(
                "InstanceRefreshInProgress", "An active instance refresh blocks changes of the warm pool."
            )
        return original(self)


def _preferences(given: Mapping[str, Any], spec: ScaledGroupSettings, moto_group: Any) -> RefreshPreferences:
    unserved = [name for name in _UNSERVED if given.get(name) not in (None, False, "false", [])]
    if unserved:
        raise ValidationError(f"The local AWS serves no {', '.join(unserved)} of instance refreshes")
    # "The default is to use the value for the default instance warmup, or the health check grace period."
    warmup = spec.default_warmup
    if warmup is None:
        warmup = float(moto_group.health_check_grace_period or 0)
    try:
        return RefreshPreferences(
            min_healthy=int(given.get("MinHealthyPercentage", 90)),
            max_healthy=int(given.get("MaxHealthyPercentage", 100)),
            warmup=float(given.get("InstanceWarmup", warmup)),
            skip_matching=str(given.get("SkipMatching", False)).lower() == "true",
            protected=given.get("ScaleInProtectedInstances", "Wait"),
        )
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _described(refresh: InstanceRefresh, group: str, clock: Clock) -> dict[str, Any]:
    preferences = refresh.preferences
    return {
        "InstanceRefreshId": refresh.id,
        "AutoScalingGroupName": group,
        "Status": refresh.status,
        "StatusReason": refresh.reason or None,
        "StartTime": clock.moment(refresh.started),
        "EndTime": None if refresh.ended is None else clock.moment(refresh.ended),
        "PercentageComplete": refresh.percentage,
        "InstancesToUpdate": refresh.to_update,
        "Preferences": {
            "MinHealthyPercentage": preferences.min_healthy,
            "MaxHealthyPercentage": preferences.max_healthy,
            "InstanceWarmup": int(preferences.warmup),
            "SkipMatching": preferences.skip_matching,
            "ScaleInProtectedInstances": preferences.protected,
        },
    }
