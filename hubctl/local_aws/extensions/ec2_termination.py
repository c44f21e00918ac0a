"""EC2 instances that end: what was made at their launch goes with them, as in AWS; moto leaves some of it behind.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html#managing-network-interface-ec2-instance
"""

from typing import Any

from moto.ec2.models.instances import Instance

from hubctl.local_aws.extensions.patching import wrap


@wrap(Instance)
def prep_nics(
    original: Any, self: Instance, nic_spec: list[dict[str, Any]], *args: Any, **kwargs: Any
) -> None:
    """Make the network interfaces; those made now end with the instance, unless the request says otherwise."""
    stay = {
        int(spec.get("DeviceIndex") or 0)
        for spec in nic_spec
        if spec.get("NetworkInterfaceId") or spec.get("DeleteOnTermination") is False
    }
    original(self, nic_spec, *args, **kwargs)
    for index, nic in self.nics.items():
        if int(index) not in stay:
            nic.delete_on_termination = True


@wrap(Instance)
def add_block_device(
    original: Any, self: Instance, size: Any, device_path: str, *args: Any, **kwargs: Any
) -> None:
    """Add a disk; one at the root's device takes the place of moto's default root, which else is never deleted."""
    default = self.block_device_mapping.get(device_path)
    if default is not None:
        self.ec2_backend.detach_volume(default.volume_id, self.id, device_path)
        self.ec2_backend.delete_volume(default.volume_id)
    original(self, size, device_path, *args, **kwargs)
