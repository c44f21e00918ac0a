"""EC2 public addresses over the life of an instance, as AWS keeps and takes them.

An instance's own public address is given back when it stops, and another one comes when it starts. An Elastic IP stays
associated with a stopped instance, takes the place of the instance's own address, and is free again when the instance
is terminated. moto takes an Elastic IP from a stopped instance, leaves it with a terminated one, and tells an empty
association where there is none, which the provider takes for a public address.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html#concepts-public-addresses
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Stop_Start.html
"""

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance

from hubctl.local_aws.extensions.patching import replace_property, wrap

_association: Any = NetworkInterface.association


@replace_property(NetworkInterface)
def association(self: NetworkInterface) -> Any:
    """Return what ties a public address to the interface; nothing, and not an empty element, where there is none."""
    return _association.fget(self) if self.public_ip else None


@wrap(NetworkInterface)
def stop(original: Any, self: NetworkInterface) -> None:
    """Give the interface's own public address back, but not an Elastic IP."""
    if not _elastic(self):
        original(self)


@wrap(NetworkInterface)
def start(original: Any, self: NetworkInterface) -> None:
    """Take a public address as the launch asked for, unless an Elastic IP is there."""
    if not _elastic(self):
        original(self)


@wrap(Instance)
def terminate(original: Any, self: Instance) -> Any:
    """End the instance; its Elastic IPs belong to the account and are free again."""
    for nic in self.nics.values():
        for address in _elastic(nic):
            address.instance = address.eni = address.association_id = None
            nic.public_ip = None
    return original(self)


def _elastic(nic: NetworkInterface) -> list[Any]:
    """Return the Elastic IPs of a network interface."""
    return [address for address in nic.ec2_backend.addresses if address.eni is nic]
