"""Instance refreshes: moto has none. Here one replaces the instances at once, and is done.

Terraform starts one when a group with an ``instance_refresh`` block gets another launch template, and does
not wait for its end. Protected and standby instances are not told apart: with ``--scaling`` they are, and a refresh takes its
time (:mod:`hubctl.local_aws.scaling.refreshes`).
"""

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from hubctl.local_aws.extensions.patching import add


def _group(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    name = response._get_param("AutoScalingGroupName")
    if name not in response.autoscaling_backend.autoscaling_groups:
        raise AutoscalingClientError("ValidationError", f"AutoScalingGroup name not found - {name}")
    return response.autoscaling_backend.autoscaling_groups[name]


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
