"""ExecutePolicy: a policy is carried out at once, with the numbers of the request in place of an alarm's.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExecutePolicy.html
"""

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import EmptyResult

from hubctl.scaling.engine import NotExecutedError
from hubctl.trial.aws.extensions.patching import wrap
from hubctl.trial.aws.scaling.loop import ScalingLoop


class ScalingActivityInProgressError(AutoscalingClientError):
    """The group is changing, or cools down."""

    code = "ScalingActivityInProgress"


def answer_policies(loop: ScalingLoop) -> None:
    """Change moto's answer, which takes the policy's adjustment without looking at its type."""

    @wrap(AutoScalingResponse)
    def execute_policy(_original: Any, self: AutoScalingResponse) -> EmptyResult:
        backend, group = self.autoscaling_backend, self._get_param("AutoScalingGroupName")
        asked = _policy(self)
        policy = backend.policies.get(asked)
        if policy is None or (group and policy.auto_scaling_group_name != group):
            where = f" in group {group}" if group else ""
            raise ValidationError(f"No policy found with name {asked}{where}")
        numbers = {
            name: None if (given := self._get_param(key)) is None else float(given)
            for name, key in (("value", "MetricValue"), ("threshold", "BreachThreshold"))
        }
        try:
            loop.region(backend).execute(
                policy.auto_scaling_group_name,
                policy.name,
                **numbers,
                honor_cooldown=bool(self._get_bool_param("HonorCooldown", False)),
            )
        except KeyError as error:
            raise ValidationError(f"The policy {policy.name} cannot be executed: it is disabled") from error
        except NotExecutedError as error:
            if error.under_way:
                raise ScalingActivityInProgressError(str(error)) from error
            raise ValidationError(str(error)) from error
        return EmptyResult()


def _policy(response: AutoScalingResponse) -> str:
    """Return the policy's name, of a name or an ARN."""
    return str(response._get_param("PolicyName")).rpartition(":policyName/")[2]
