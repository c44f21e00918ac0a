"""One EC2 instance of the hub: Chef Server, Workstation or hub leader (B3, B5, B9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.instance import Instance, InstanceMetadataOptions, InstanceRootBlockDevice
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from hub_constructs.addresses import at


@dataclass(frozen=True, kw_only=True)
class RootVolume:
    """A gp3 root volume of ``size_gib``; ``encrypted`` None leaves that to the image and the account's default."""

    size_gib: int
    encrypted: bool | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LastingAddress:
    """An Elastic IP; it can be associated once the VPC has its Internet ``gateway``."""

    gateway: ITerraformDependable


@dataclass(frozen=True, kw_only=True)
class NodeProps:
    """``root_volume`` None takes the image's own; ``session_tokens`` True demands IMDSv2 with a hop limit of 1.

    ``lasting_address`` None takes the public address that AWS lends a running instance: a stop loses it.
    ``after`` are resources that must be there first although nothing refers to them.
    """

    address: str
    image_id: str
    instance_type: str
    subnet: Subnet
    security_group_ids: Sequence[str]
    instance_profile: str
    key_name: str
    user_data_base64: str
    session_tokens: bool
    lasting_address: LastingAddress | None = None
    root_volume: RootVolume | None = None
    after: Sequence[ITerraformDependable] = ()


class Node(Construct):
    """An instance with a public address (the subnets have no NAT), detailed monitoring and its own user data."""

    def __init__(self, scope: Construct, id_: str, props: NodeProps) -> None:
        super().__init__(scope, id_)
        self.instance = at(
            Instance(
                self,
                "instance",
                ami=props.image_id,
                instance_type=props.instance_type,
                subnet_id=props.subnet.id,
                availability_zone=props.subnet.availability_zone,
                vpc_security_group_ids=list(props.security_group_ids),
                iam_instance_profile=props.instance_profile,
                key_name=props.key_name,
                # With an Elastic IP it must not be set: the provider reads it as false while the instance is stopped,
                # and replaces an instance whose value differs.
                associate_public_ip_address=True if props.lasting_address is None else None,
                ebs_optimized=True,
                monitoring=True,
                metadata_options=_metadata(session_tokens=props.session_tokens),
                root_block_device=_root(props.root_volume),
                user_data_base64=props.user_data_base64,
                depends_on=list(props.after) or None,
            ),
            props.address,
        )
        self.keeps_address = props.lasting_address is not None
        self.public_ip: str = self.instance.public_ip
        if props.lasting_address is not None:
            self.public_ip = self._elastic_ip(props.address, props.lasting_address).public_ip

    def _elastic_ip(self, address: str, lasting: LastingAddress) -> Eip:
        # Associated by the Elastic IP itself: an association of its own would be deleted before a replaced instance,
        # which then had no Internet while it shuts down.
        return at(
            Eip(
                self,
                "address",
                domain="vpc",
                instance=self.instance.id,
                depends_on=[lasting.gateway],
            ),
            address,
        )


def _metadata(*, session_tokens: bool) -> InstanceMetadataOptions:
    if not session_tokens:
        return InstanceMetadataOptions(http_endpoint="enabled")
    # A hop limit of 1 keeps containers, and so the users' notebooks, away from the node's credentials.
    return InstanceMetadataOptions(
        http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
    )


def _root(volume: RootVolume | None) -> InstanceRootBlockDevice | None:
    if volume is None:
        return None
    return InstanceRootBlockDevice(
        volume_size=volume.size_gib,
        volume_type="gp3",
        delete_on_termination=True,
        encrypted=volume.encrypted,
        tags=dict(volume.tags) or None,
    )
