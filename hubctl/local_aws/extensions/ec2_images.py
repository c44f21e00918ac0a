"""EC2 images: RegisterImage keeps what it is given, so that image look-ups with filters find the image.

moto's own drops architecture, virtualization and devices, and every image looks like a 15 GiB disk.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.utils import random_ami_id

from hubctl.local_aws.extensions.patching import add, wrap


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
        """The requested devices; a disk without a snapshot of its own has the image's."""
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
