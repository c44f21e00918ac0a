"""One EC2 instance of the hub (Chef Server, Workstation or hub leader), and the user data that every kind of node starts with.

User data is the node's contract, or where it is published, and then the strict shell scripts of that kind of node.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdktf import AssetType, Fn, ITerraformDependable, TerraformAsset, TerraformLocal
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.instance import Instance, InstanceMetadataOptions, InstanceRootBlockDevice
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from hub_constructs.chef_hub.node_contract import NodeContract, NodeKind, launch_attributes
from hub_constructs.core.addresses import at

SCRIPTS_FOLDER = Path(__file__).resolve().parent / "bootstrap"
# Each kind's scripts, in the order in which they stand in its user data
SCRIPTS: dict[NodeKind, tuple[str, ...]] = {
    "chef_server": ("common.sh", "facts.sh", "chef_server.sh"),
    "workstation": ("common.sh", "facts.sh", "chef_workstation.sh"),
    "hub_leader": ("common.sh", "facts.sh", "chef_client.sh", "hub_leader.sh"),
    "worker": ("common.sh", "facts.sh", "chef_client.sh", "hub_worker.sh"),
}
# What stands around the contract, base64 encoded: a file that only root reads
BEFORE_CONTRACT = """\
#!/usr/bin/env bash
# Written by Terraform. First what says which deployment this node belongs to.
set -euo pipefail
install -d -m 0755 /etc/chef-hub
( umask 077 && base64 -d >/etc/chef-hub/contract.json.new <<'CONTRACT'"""
AFTER_CONTRACT = """\
CONTRACT
)
cmp -s /etc/chef-hub/contract.json.new /etc/chef-hub/contract.json && rm /etc/chef-hub/contract.json.new ||
  mv /etc/chef-hub/contract.json.new /etc/chef-hub/contract.json
"""


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
class NodeInstanceProps:
    """``root_volume`` None takes the image's own; ``session_tokens`` True demands IMDSv2 with a hop limit of 1.

    ``lasting_address`` None takes the public address that AWS lends a running instance: a stop loses it.
    ``after`` are resources that must be created first although nothing refers to them.
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


class NodeInstance(Construct):
    """An instance with a public address (the subnets have no NAT), detailed monitoring and user data."""

    def __init__(self, scope: Construct, id_: str, props: NodeInstanceProps) -> None:
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
        # Associated by the Elastic IP itself: a separate association would be deleted before a replaced instance, which
        # would then lose the Internet while it shuts down.
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


class UserData(Construct):
    """The scripts as assets, the contract as a local value, and the user data made of them."""

    def __init__(self, scope: Construct, id_: str, contract: NodeContract, *, published: bool) -> None:
        """Tell nodes where ``contract`` is ``published``, or else all of it."""
        super().__init__(scope, id_)
        self._published = published
        names = sorted({name for scripts in SCRIPTS.values() for name in scripts})
        self._paths = {
            name: TerraformAsset(self, name, path=str(SCRIPTS_FOLDER / name), type=AssetType.FILE).path
            for name in names
        }
        self._attributes = at(TerraformLocal(self, "contract", contract.attributes()), "node_contract")

    @property
    def contract(self) -> str:
        """The expression of the contract that all kinds share, as JSON: the document without ``node_kind``."""
        return Fn.jsonencode({"chef_hub": self._attributes.as_any_map})

    def compressed(self, kind: NodeKind) -> str:
        """Return the expression of gzipped, base64 encoded user data for a node of ``kind``."""
        attributes = (
            launch_attributes(kind)
            if self._published
            else Fn.merge([self._attributes.as_any_map, {"node_kind": kind}])
        )
        encoded = Fn.base64encode(Fn.jsonencode({"chef_hub": attributes}))
        scripts = [Fn.file(self._paths[name]) for name in SCRIPTS[kind]]
        return Fn.base64gzip(Fn.join("\n", [BEFORE_CONTRACT, encoded, AFTER_CONTRACT, *scripts]))


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
