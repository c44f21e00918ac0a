"""EC2 images, launch templates, security group rules and subnets read back as they were asked for.

RegisterImage keeps what it is given, so that image look-ups with filters find the image; moto's own drops architecture,
virtualization and devices, and every image looks like a 15 GiB disk. The data of a launch template's version is what it launches,
no more. Rules may have protocols without ports, and keep their description when they name a group. The state of an IPv6 block of
a subnet is a word; moto nests it, and the provider waits minutes for it.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import MissingParameterError
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.utils import parse_user_data, random_ami_id

from hubctl.trial.aws.extensions.patching import add, replace_property, wrap

WITH_PORTS = ("tcp", "udp", "icmp", "icmpv6", "6", "17", "1", "58")
ALL_PORTS = "-1"


class RegisteredAmi(Ami):
    """An image with the attributes of its RegisterImage request."""

    def __init__(self, ec2_backend: Any, request: dict[str, Any]) -> None:
        mappings = request.get("BlockDeviceMappings") or []
        image_id = random_ami_id()
        super().__init__(
            ec2_backend,
            image_id,
            name=request.get("Name"),
            description=request.get("Description", ""),
            architecture=request.get("Architecture", "i386"),
            virtualization_type=request.get("VirtualizationType", "paravirtual"),
            root_device_name=request.get("RootDeviceName", "/dev/sda1"),
            root_device_type="ebs" if any("Ebs" in mapping for mapping in mappings) else "instance-store",
            boot_mode=request.get("BootMode", "legacy-bios"),
            image_location=f"{ec2_backend.account_id}/{request.get('Name')}",
            hypervisor="xen",
            region_name=f"{ec2_backend.region_name}a",
        )
        self.ena_support = bool(request.get("EnaSupport"))
        self.imds_support = request.get("ImdsSupport")
        self._mappings = mappings

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        """The requested devices; a disk that names no snapshot has the image's."""
        return [self._described(mapping) for mapping in self._mappings]

    def _described(self, mapping: dict[str, Any]) -> dict[str, Any]:
        if "Ebs" not in mapping:
            return mapping
        ebs = {"SnapshotId": self.ebs_snapshot.id, "DeleteOnTermination": True, "Encrypted": False}
        return {**mapping, "Ebs": {**ebs, **mapping["Ebs"]}}


@wrap(AmisResponse, "register_image")
def _register_image_response(_original: Any, self: AmisResponse) -> ActionResult:
    self.error_on_dryrun()
    request = dict(self._get_params())
    image = self.ec2_backend.register_image_request(request)
    for tags in request.get("TagSpecifications") or []:
        if tags.get("ResourceType") == "image":
            image.add_tags({tag["Key"]: tag["Value"] for tag in tags.get("Tags", [])})
    return ActionResult({"ImageId": image.id})


@add(AmiBackend, "register_image_request")
def _register_image_request(self: AmiBackend, request: dict[str, Any]) -> RegisteredAmi:
    image = RegisteredAmi(self, request)
    self.amis[image.id] = image
    return image


def _tags(self: LaunchTemplate) -> list[dict[str, str]]:
    return self.get_tags()


def _ignore(self: LaunchTemplate, tags: list[dict[str, str]]) -> None:
    """Leave the tags where they are kept; moto sets a copy of them when it makes a template."""


setattr(LaunchTemplate, "tags", property(_tags, _ignore))  # noqa: B010 - mypy refuses the assignment


@wrap(LaunchTemplateVersion, "__init__")
def _init_template_version(
    original: Any, self: LaunchTemplateVersion, template: Any, number: int, data: dict[str, Any], text: str
) -> None:
    data = dict(data)
    _set(data, "TagSpecifications", _launched(data.get("TagSpecifications") or []))
    user_data = data.get("UserData")
    if isinstance(user_data, str):
        user_data = parse_user_data(user_data)
    _set(data, "UserData", user_data if user_data is not None and user_data.as_bytes() else None)
    original(self, template, number, data, text)


def _launched(specifications: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [specification for specification in specifications if _is_launched(specification)]


def _is_launched(specification: dict[str, Any]) -> bool:
    return specification.get("ResourceType") != "launch-template"


def _set(data: dict[str, Any], name: str, value: Any) -> None:
    """Set a member, or leave it out when there is nothing in it."""
    if value:
        data[name] = value
    else:
        data.pop(name, None)


@wrap(SecurityGroupRule, "__init__")
def _init_rule(
    original: Any,
    self: SecurityGroupRule,
    ec2_backend: Any,
    ip_protocol: str,
    group_id: str,
    from_port: str | None,
    to_port: str | None,
    *others: Any,
    **named: Any,
) -> None:
    if from_port is None or to_port is None:
        if str(ip_protocol) in WITH_PORTS:
            raise MissingParameterError("fromPort" if from_port is None else "toPort")
        from_port = to_port = ALL_PORTS
    original(self, ec2_backend, ip_protocol, group_id, from_port, to_port, *others, **named)


@replace_property(SecurityGroupRule)
def description(self: SecurityGroupRule) -> str | None:
    """Return the description; one that was modified later stands with the range, whatever the rule names."""
    found = self.ip_range.get("Description") or self.source_group.get("Description")
    return str(found) if found else None


@replace_property(Subnet)
def ipv6_cidr_block_association_set(self: Subnet) -> list[dict[str, Any]]:
    """Return the associated IPv6 blocks as DescribeSubnets shows them."""
    return [
        {
            "Ipv6CidrBlock": association["ipv6CidrBlock"],
            "AssociationId": association["associationId"],
            "Ipv6CidrBlockState": association["ipv6CidrBlockState"],
        }
        for association in self.ipv6_cidr_block_associations.values()
        if association["ipv6CidrBlockState"]["State"] == "associated"
    ]
