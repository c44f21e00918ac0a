"""EC2: the security groups of an instance are those of its primary network interface.

Terraform gives the groups with the interface when it launches an instance, and changes them there, but reads
them from the instance. moto keeps two lists that know nothing of each other.
"""

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance

from hubctl.local_aws.extensions.patching import replace_property

PRIMARY = 0


def _get(self: Any) -> list[Any]:
    primary = getattr(self, "nics", {}).get(PRIMARY)
    return list(primary._group_set) if primary else list(self._launch_groups)


def _set(self: Any, groups: list[Any]) -> None:
    self._launch_groups = groups
    primary = getattr(self, "nics", {}).get(PRIMARY)
    if primary:
        primary._group_set = list(groups)


# An attribute that moto sets in __init__, before there are interfaces, and the serializer reads.
setattr(Instance, "security_groups", property(_get, _set))  # noqa: B010 - mypy refuses the assignment


@replace_property(NetworkInterface)
def group_set(self: NetworkInterface) -> list[Any]:
    """Return the interface's own groups, each once."""
    return list(dict.fromkeys(self._group_set))
