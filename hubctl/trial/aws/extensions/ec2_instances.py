"""EC2 instances over their life: public addresses, CPU credits, attributes, monitoring, security groups, and their end.

CPU credits of burstable instances can be chosen and changed; moto knows ``standard`` only. ModifyInstanceAttribute knows the
shutdown behaviour, and loses no groups. MonitorInstances and UnmonitorInstances, which moto answers with an error, switch
detailed monitoring. The security groups of an instance are those of its primary network interface. What was made at an
instance's launch ends with it; moto leaves some of it behind.

An instance's own public address is given back when it stops, and another one comes when it starts. An Elastic IP stays
associated with a stopped instance, takes the place of the instance's own address, and is free again when the instance is
terminated. moto takes an Elastic IP from a stopped instance, leaves it with a terminated one, and shows an empty association
where there is none, which the provider takes for a public address.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html#concepts-public-addresses
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Stop_Start.html
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.monitoring import Monitoring

from hubctl.trial.aws.extensions.patching import add, replace_property, wrap

_association: Any = NetworkInterface.association
DEFAULT_CREDITS = "standard"
PRIMARY_INTERFACE = 0


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


@wrap(InstanceResponse)
def run_instances(original: Any, self: InstanceResponse) -> ActionResult:
    """Answer RunInstances and keep the credit specification."""
    answer: ActionResult = original(self)
    credits_chosen = self._get_param("CreditSpecification.CpuCredits")
    reservation: Any = answer.result
    for instance in reservation.instances if credits_chosen else []:
        instance._cpu_credits = credits_chosen
    return answer


@wrap(InstanceResponse)
def describe_instance_credit_specifications(_original: Any, self: InstanceResponse) -> ActionResult:
    """Answer DescribeInstanceCreditSpecifications."""
    instances = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
    described = [
        {"InstanceId": instance.id, "CpuCredits": getattr(instance, "_cpu_credits", DEFAULT_CREDITS)}
        for instance in instances
    ]
    return ActionResult({"InstanceCreditSpecifications": described})


@add(InstanceResponse)
def modify_instance_credit_specification(self: InstanceResponse) -> ActionResult:
    """Answer ModifyInstanceCreditSpecification."""
    self.error_on_dryrun()
    changed = []
    for wanted in self._get_param("InstanceCreditSpecifications", []):
        instance: Any = self.ec2_backend.get_instance(wanted["InstanceId"])
        instance._cpu_credits = wanted["CpuCredits"]
        changed.append({"InstanceId": instance.id})
    return ActionResult(
        {
            "SuccessfulInstanceCreditSpecifications": changed,
            "UnsuccessfulInstanceCreditSpecifications": [],
        }
    )


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


@add(InstanceBackend)
def set_instances_monitoring(
    self: InstanceBackend, instance_ids: list[str], *, enabled: bool
) -> list[Instance]:
    """Switch detailed monitoring of the instances; unknown ids are the error that EC2 gives."""
    instances = self.get_multi_instances_by_id(instance_ids)
    for instance in instances:
        instance.monitoring_state = "enabled" if enabled else "disabled"
    return instances


@wrap(Monitoring)
def monitor_instances(_original: Any, self: Monitoring) -> ActionResult:
    """Answer MonitorInstances."""
    return _answer(self, enabled=True)


@wrap(Monitoring)
def unmonitor_instances(_original: Any, self: Monitoring) -> ActionResult:
    """Answer UnmonitorInstances."""
    return _answer(self, enabled=False)


def _answer(response: Monitoring, *, enabled: bool) -> ActionResult:
    response.error_on_dryrun()
    instance_ids = response._get_param("InstanceIds", [])
    instances = response.ec2_backend.set_instances_monitoring(instance_ids, enabled=enabled)
    return ActionResult(
        {"InstanceMonitorings": [{"InstanceId": i.id, "Monitoring": i.monitoring} for i in instances]}
    )


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


def _get(self: Any) -> list[Any]:
    primary = getattr(self, "nics", {}).get(PRIMARY_INTERFACE)
    return list(primary._group_set) if primary else list(self._launch_groups)


def _set(self: Any, groups: list[Any]) -> None:
    self._launch_groups = groups
    primary = getattr(self, "nics", {}).get(PRIMARY_INTERFACE)
    if primary:
        primary._group_set = list(groups)


# An attribute that moto sets in __init__, before there are interfaces, and the serializer reads.
setattr(Instance, "security_groups", property(_get, _set))  # noqa: B010 - mypy refuses the assignment


@replace_property(NetworkInterface)
def group_set(self: NetworkInterface) -> list[Any]:
    """Return the interface's own groups, each once."""
    return list(dict.fromkeys(self._group_set))
