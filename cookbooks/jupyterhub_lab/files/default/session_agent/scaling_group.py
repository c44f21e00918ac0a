"""The instance in its auto scaling group: metrics, protection, lifecycle action, capacity; each call bounded in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3

from session_agent.calls import CONFIG, meant
from session_agent.rollout import Group, Member
from session_agent.settings import Settings

# Of the limit on users' files, which the hub reckons.
DISK_METRIC = "DiskLimitPercent"
# https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html
MOST_PROTECTED = 50


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What the group knows of this instance; ``version`` says what it was launched from."""

    state: str
    protected: bool
    version: str = ""


class ScalingGroup:
    """The calls of one instance. Every method raises AwsError when AWS cannot be reached or refuses."""

    def __init__(self, settings: Settings, instance_id: str) -> None:
        self._settings = settings
        self._instance_id = instance_id
        session = boto3.session.Session(region_name=settings.region)
        self.autoscaling = session.client("autoscaling", config=CONFIG)
        self.cloudwatch = session.client("cloudwatch", config=CONFIG)

    def membership(self) -> Membership | None:
        """Return state and protection of this instance, None when it is in no group."""
        answer = self._call(
            self.autoscaling, "describe_auto_scaling_instances", InstanceIds=[self._instance_id]
        )
        for instance in answer["AutoScalingInstances"]:
            return Membership(
                state=str(instance["LifecycleState"]),
                protected=bool(instance["ProtectedFromScaleIn"]),
                version=_version(instance),
            )
        return None

    def whole(self) -> Group | None:
        """Return the group with all its instances, None when there is no such group."""
        answer = self._call(
            self.autoscaling, "describe_auto_scaling_groups", AutoScalingGroupNames=[self._settings.group]
        )
        for group in answer["AutoScalingGroups"]:
            return Group(
                desired=int(group["DesiredCapacity"]),
                smallest=int(group["MinSize"]),
                largest=int(group["MaxSize"]),
                launches=_version(group),
                members=tuple(
                    Member(
                        id=str(one["InstanceId"]),
                        version=_version(one),
                        state=str(one["LifecycleState"]),
                        healthy=one["HealthStatus"] == "Healthy",
                        protected=bool(one["ProtectedFromScaleIn"]),
                    )
                    for one in group["Instances"]
                ),
            )
        return None

    def publish(self, sessions: int, disk_limit: float | None = None) -> None:
        """Publish the number of sessions, and how much of the limit on files is used where that is known.

        In one call, because each one costs. CloudWatch stamps it, so a wrong clock here does not matter.
        """
        data = [self._datum(self._settings.metric, sessions, "Count")]
        if disk_limit is not None:
            data.append(self._datum(DISK_METRIC, disk_limit, "Percent"))
        self._put(data)

    def publish_as(self, metric: str, count: int) -> None:
        """Publish a number of another metric of the same group."""
        self._put([self._datum(metric, count, "Count")])

    def _datum(self, metric: str, value: float, unit: str) -> dict[str, Any]:
        return {
            "MetricName": metric,
            "Dimensions": [{"Name": "AutoScalingGroupName", "Value": self._settings.group}],
            "Value": float(value),
            "Unit": unit,
        }

    def _put(self, data: list[dict[str, Any]]) -> None:
        self._call(self.cloudwatch, "put_metric_data", Namespace=self._settings.namespace, MetricData=data)

    def protect(self, *, on: bool) -> None:
        """Set or lift this instance's protection from scaling in."""
        self._protect([self._instance_id], on=on)

    def guard(self, instances: Sequence[str]) -> None:
        """Protect other instances in service from scaling in; more than 50 have to wait for the next run."""
        self._protect(list(instances)[:MOST_PROTECTED], on=True)

    def _protect(self, instances: list[str], *, on: bool) -> None:
        self._call(
            self.autoscaling,
            "set_instance_protection",
            AutoScalingGroupName=self._settings.group,
            InstanceIds=instances,
            ProtectedFromScaleIn=on,
        )

    def raise_to(self, desired: int) -> None:
        """Ask for so many instances. It is a fixed number, so that asking twice changes nothing."""
        self._call(
            self.autoscaling,
            "set_desired_capacity",
            AutoScalingGroupName=self._settings.group,
            DesiredCapacity=desired,
            HonorCooldown=False,
        )

    def terminate(self, instance: str, *, decrement: bool) -> None:
        """End an instance of the group in order: its hook gives its users time. Protection does not stop it."""
        self._call(
            self.autoscaling,
            "terminate_instance_in_auto_scaling_group",
            InstanceId=instance,
            ShouldDecrementDesiredCapacity=decrement,
        )

    def heartbeat(self) -> None:
        """Ask for more time to terminate."""
        self._call(self.autoscaling, "record_lifecycle_action_heartbeat", **self._action())

    def let_go(self) -> None:
        """Let the termination go on."""
        self._call(
            self.autoscaling, "complete_lifecycle_action", LifecycleActionResult="CONTINUE", **self._action()
        )

    def _action(self) -> dict[str, Any]:
        return {
            "AutoScalingGroupName": self._settings.group,
            "LifecycleHookName": self._settings.hook,
            "InstanceId": self._instance_id,
        }

    def _call(self, client: Any, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(client, operation)(**parameters)
        except Exception as error:
            raise meant(operation, error) from error


def _version(described: Mapping[str, Any]) -> str:
    """Return the version of the launch template of a group or an instance, or the name of its launch configuration.

    A group whose instances are of several types keeps its template in its policy.
    """
    policy = described.get("MixedInstancesPolicy") or {}
    template = described.get("LaunchTemplate") or policy.get("LaunchTemplate", {}).get(
        "LaunchTemplateSpecification"
    )
    return str((template or {}).get("Version") or described.get("LaunchConfigurationName") or "")
