"""The instance in its auto scaling group: metric, protection and lifecycle action, each call bounded in time."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from session_agent.settings import Settings

# A run has a minute: four attempts with the SDK's growing pauses, then the next run tries again.
_CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
_WRONG_TIME = {"RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch"}


class AwsError(Exception):
    """A call to AWS failed, and the message says why and what that means."""


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What the group knows of this instance."""

    state: str
    protected: bool


class ScalingGroup:
    """The calls of one instance. Every method raises AwsError when AWS cannot be reached or refuses."""

    def __init__(self, settings: Settings, instance_id: str) -> None:
        self._settings = settings
        self._instance_id = instance_id
        session = boto3.session.Session(region_name=settings.region)
        self.autoscaling = session.client("autoscaling", config=_CONFIG)
        self.cloudwatch = session.client("cloudwatch", config=_CONFIG)

    def membership(self) -> Membership | None:
        """Return state and protection of this instance, None when it is in no group."""
        answer = self._call(
            self.autoscaling, "describe_auto_scaling_instances", InstanceIds=[self._instance_id]
        )
        for instance in answer["AutoScalingInstances"]:
            return Membership(
                state=str(instance["LifecycleState"]), protected=bool(instance["ProtectedFromScaleIn"])
            )
        return None

    def publish(self, sessions: int) -> None:
        """Publish the number of sessions. CloudWatch stamps it, so a wrong clock here does not matter."""
        datum = {
            "MetricName": self._settings.metric,
            "Dimensions": [{"Name": "AutoScalingGroupName", "Value": self._settings.group}],
            "Value": float(sessions),
            "Unit": "Count",
        }
        self._call(self.cloudwatch, "put_metric_data", Namespace=self._settings.namespace, MetricData=[datum])

    def protect(self, *, on: bool) -> None:
        """Set or lift protection from scaling in."""
        self._call(
            self.autoscaling,
            "set_instance_protection",
            AutoScalingGroupName=self._settings.group,
            InstanceIds=[self._instance_id],
            ProtectedFromScaleIn=on,
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
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise AwsError(f"{operation}: {_meaning(code)}{error}") from error
        except BotoCoreError as error:
            raise AwsError(f"{operation}: {error}") from error


def _meaning(code: str) -> str:
    if code in _THROTTLED:
        return "AWS throttles, and still did after several attempts; the next run tries again. "
    if code in _WRONG_TIME:
        return "AWS refuses the request's time: is this machine's clock right? See `chronyc tracking`. "
    return ""
