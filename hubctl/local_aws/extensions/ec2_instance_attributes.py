"""EC2 ModifyInstanceAttribute: the shutdown behaviour, and no loss of groups.

moto takes every attribute that it does not know for a list of security groups, an empty one, and empties the
instance's list.
"""

from typing import Any

from moto.ec2.responses.instances import InstanceResponse

from hubctl.local_aws.extensions.patching import wrap


@wrap(InstanceResponse, "_dot_value_instance_attribute_handler")
def _dot_value_instance_attribute_handler(original: Any, self: InstanceResponse) -> bool:
    if original(self):
        return True
    behavior = self._get_param("InstanceInitiatedShutdownBehavior.Value")
    if behavior is None:
        return False
    self.error_on_dryrun()
    self.ec2_backend.modify_instance_attribute(
        self._get_param("InstanceId"), "instance_initiated_shutdown_behavior", behavior
    )
    return True


@wrap(InstanceResponse, "_security_grp_instance_attribute_handler")
def _security_grp_instance_attribute_handler(original: Any, self: InstanceResponse) -> bool:
    return bool(original(self)) if self._get_param("Groups") else False
