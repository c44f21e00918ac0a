"""AWS as the agent sees it: who this instance is, its auto scaling group, metrics, and the Lab's parameters in SSM.

Each call is bounded in time; :class:`AwsError` says what a failure means. Metadata:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html (version 2)
"""

import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from session_agent.rollout import Group, Member, Progress, Record, read_progress, read_record
from session_agent.settings import Settings

# A run has a minute: four attempts with the SDK's growing pauses, then the next run tries again.
CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
_WRONG_TIME = {"RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
# Of the limit on users' files, which the hub reckons.
DISK_METRIC = "DiskLimitPercent"
# Of the whole group, as each instance reckons it.
FREE_METRIC = "FreePlaces"
# https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html
MOST_PROTECTED = 50
# The variable is the one that AWS's own SDKs read.
ENDPOINT_VARIABLE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
ENDPOINT = "http://169.254.169.254"
METADATA_SECONDS = 2.0
METADATA_TOKEN_SECONDS = 60


class AwsError(Exception):
    """A call to AWS failed, and the message says why and what that means; ``denied`` when the role may not do it."""

    def __init__(self, message: str, *, denied: bool = False) -> None:
        super().__init__(message)
        self.denied = denied


def code_of(error: ClientError) -> str:
    """Return the code of a service's error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def aws_error(operation: str, error: Exception) -> AwsError:
    """Return what a failed call means; whatever did not come from AWS or its SDK is raised again."""
    if isinstance(error, ClientError):
        code = code_of(error)
        return AwsError(f"{operation}: {_meaning(code)}{error}", denied=code in _DENIED)
    if isinstance(error, BotoCoreError):
        return AwsError(f"{operation}: {error}")
    raise error


def _meaning(code: str) -> str:
    if code in _THROTTLED:
        return "AWS throttles, and still did after several attempts; the next run tries again. "
    if code in _WRONG_TIME:
        return "AWS refuses the request's time: is this machine's clock right? See `chronyc tracking`. "
    return ""


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

    def publish(self, sessions: int, disk_limit: float | None = None, free: int | None = None) -> None:
        """Publish the number of sessions, and how much of the limit on files is used and the free places where known.

        In one call, because each one costs. CloudWatch stamps it, so a wrong clock here does not matter.
        """
        data = [self._datum(self._settings.metric, sessions, "Count")]
        if disk_limit is not None:
            data.append(self._datum(DISK_METRIC, disk_limit, "Percent"))
        if free is not None:
            data.append(self._datum(FREE_METRIC, free, "Count"))
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
        self._complete("CONTINUE", self._action())

    def launched(self, *, well: bool) -> None:
        """Let the launch go on, into the warm pool or into service; or end it, and this instance with it."""
        self._complete("CONTINUE" if well else "ABANDON", self._action(self._settings.launching_hook))

    def _complete(self, result: str, action: Mapping[str, Any]) -> None:
        self._call(self.autoscaling, "complete_lifecycle_action", LifecycleActionResult=result, **action)

    def _action(self, hook: str | None = None) -> dict[str, Any]:
        return {
            "AutoScalingGroupName": self._settings.group,
            "LifecycleHookName": hook or self._settings.hook,
            "InstanceId": self._instance_id,
        }

    def _call(self, client: Any, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(client, operation)(**parameters)
        except Exception as error:
            raise aws_error(operation, error) from error


def _version(described: Mapping[str, Any]) -> str:
    """Return the version of the launch template of a group or an instance, or the name of its launch configuration.

    A group whose instances are of several types keeps its template in its policy.
    """
    policy = described.get("MixedInstancesPolicy") or {}
    template = described.get("LaunchTemplate") or policy.get("LaunchTemplate", {}).get(
        "LaunchTemplateSpecification"
    )
    return str((template or {}).get("Version") or described.get("LaunchConfigurationName") or "")


class Parameters:
    """Reads and writes below the Lab's own prefix. Every method raises AwsError when SSM cannot be reached or refuses."""

    def __init__(self, settings: Settings, instance_id: str) -> None:
        self._record_name = f"{settings.prefix}/rollout"
        self._own_name = f"{self._record_name}/{instance_id}"
        self.ssm = boto3.session.Session(region_name=settings.region).client("ssm", config=CONFIG)

    def record(self) -> Record | None:
        """Return the record, None when there is none."""
        try:
            answer = self.ssm.get_parameter(Name=self._record_name)
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise aws_error("get_parameter", error) from error
        except Exception as error:
            raise aws_error("get_parameter", error) from error
        try:
            return read_record(answer["Parameter"]["Value"])
        except ValueError as error:
            raise AwsError(f"{self._record_name}: {error}") from error

    def progress(self) -> dict[str, Progress]:
        """Return what the instances wrote about themselves, by instance id; what cannot be understood is left out."""
        found: dict[str, Progress] = {}
        following: dict[str, str] = {}
        while True:
            page = self._call("get_parameters_by_path", Path=self._record_name, **following)
            for parameter in page["Parameters"]:
                written = read_progress(parameter["Value"])
                if written is not None:
                    found[parameter["Name"].rpartition("/")[2]] = written
            if not page.get("NextToken"):
                return found
            following = {"NextToken": page["NextToken"]}

    def publish(self, progress: Progress) -> None:
        """Write how far this instance is."""
        self._put(self._own_name, progress.text())

    def finish(self, record: Record) -> None:
        """Mark the rollout as done."""
        self._put(self._record_name, record.finished())

    def forget_own(self) -> None:
        """Delete what this instance wrote about itself: it ends."""
        try:
            self.ssm.delete_parameter(Name=self._own_name)
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise aws_error("delete_parameter", error) from error
        except Exception as error:
            raise aws_error("delete_parameter", error) from error

    def _put(self, name: str, value: str) -> None:
        self._call("put_parameter", Name=name, Value=value, Type="String", Overwrite=True)

    def _call(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self.ssm, operation)(**parameters)
        except Exception as error:
            raise aws_error(operation, error) from error


class MetadataError(Exception):
    """The metadata service does not answer, or not as expected."""


class InstanceMetadata:
    """Reads metadata with a session token. No proxy is used: the address is link-local."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = (endpoint or os.environ.get(ENDPOINT_VARIABLE) or ENDPOINT).rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._token: str | None = None

    def instance_id(self) -> str:
        """Return this instance's id; raise MetadataError when the service does not say it."""
        return self._get("instance-id")

    def target_lifecycle_state(self) -> str | None:
        """Return the state that auto scaling moves this instance to, None when it is in no group.

        https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
        """
        try:
            return self._get("autoscaling/target-lifecycle-state")
        except MetadataError:
            return None

    def _get(self, path: str) -> str:
        if self._token is None:
            headers = {"X-aws-ec2-metadata-token-ttl-seconds": str(METADATA_TOKEN_SECONDS)}
            self._token = self._ask("PUT", "/latest/api/token", headers)
        return self._ask("GET", f"/latest/meta-data/{path}", {"X-aws-ec2-metadata-token": self._token})

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> str:
        request = urllib.request.Request(self._endpoint + path, method=method, headers=headers)  # noqa: S310 - see endpoint
        try:
            with self._opener.open(request, timeout=METADATA_SECONDS) as answer:
                return str(answer.read().decode("utf-8"))
        except (urllib.error.URLError, OSError, UnicodeDecodeError) as error:
            raise MetadataError(f"instance metadata {path}: {error}") from error
