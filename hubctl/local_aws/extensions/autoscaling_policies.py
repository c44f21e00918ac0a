"""Scaling policies: ``Enabled``, warm-up numbers, predictive scaling, and names that are a group's own."""

from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from hubctl.local_aws.extensions.patching import wrap


@wrap(AutoScalingResponse)
def put_scaling_policy(original: Any, self: AutoScalingResponse) -> ActionResult:
    """Answer PutScalingPolicy and keep what moto's own drops."""
    answer: ActionResult = original(self)
    policy: Any = self.autoscaling_backend.policies[self._get_param("PolicyName")]
    enabled = self._get_bool_param("Enabled", True)
    policy.enabled = True if enabled is None else enabled
    # Empty structures would read as settings of a policy that has none of the kind.
    if not policy.predictive_scaling_configuration:
        policy.predictive_scaling_configuration = None
    return answer
