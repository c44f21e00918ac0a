"""Auto scaling: the version of the launch template that each instance was launched from, and the bounds of a group.

moto says of every instance what its group would launch now, so no old instance could be told from a new one.
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Instance.html
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetDesiredCapacity.html
"""

from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from hubctl.local_aws.extensions.patching import replace_property, wrap


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
    name, wanted = self._get_param("AutoScalingGroupName"), self._get_int_param("DesiredCapacity")
    group = self.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - {name}")
    for side, word, bound in (("below", "min", group.min_size), ("above", "max", group.max_size)):
        if (wanted < int(bound or 0)) if side == "below" else (wanted > int(bound or 0)):
            raise ValidationError(
                f"New SetDesiredCapacity value {wanted} is {side} {word} value {bound} for the AutoScalingGroup."
            )
    answer: ActionResult = original(self)
    return answer
