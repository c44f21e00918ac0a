"""Profile ``original``: the original design's nodes and everything around them, settings and all."""

from collections.abc import Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.security_group import SecurityGroup

from hub_constructs.chef_hub.node import NodeInstance, NodeInstanceProps, RootVolume
from hub_constructs.chef_hub.node_contract import NodeKind
from hub_constructs.chef_hub.original_design import (
    OneZoneFileSystem,
    OneZoneFileSystemProps,
    SharedRole,
    SpotWorkers,
    SpotWorkersProps,
    VpcWideFirewall,
    VpcWideFirewallProps,
)
from hub_constructs.chef_hub.workers import WorkerScaling, WorkerScalingProps
from hub_constructs.shared.ami_lookup import AmiLookupProps, TolerantAmiLookup
from stacks.chef_hub.foundation import Foundation, HubNodes
from stacks.chef_hub.profiles import LOG_GROUP, WORKERS_GROUP


class OriginalHub:
    """One role for all nodes, a VPC-wide security group, spot workers from a launch configuration, one-zone EFS."""

    def __init__(self, foundation: Foundation) -> None:
        self._foundation = foundation
        stack, network = foundation.stack, foundation.network
        self._firewall = VpcWideFirewall(
            stack,
            "firewall",
            VpcWideFirewallProps(
                vpc_id=network.vpc.id,
                vpc_cidr=network.vpc.cidr_block,
                deployer=foundation.variables.deployer_ip,
            ),
        )
        self._role = SharedRole(stack, "role", account=foundation.account)
        self._files = OneZoneFileSystem(
            stack,
            "files",
            OneZoneFileSystemProps(
                subnet=network.first_subnet,
                security_groups=[self._firewall.within_vpc.id],
                creation_token="research-shared-fs",
            ),
        )
        self._images = {
            address: TolerantAmiLookup(
                stack,
                address,
                AmiLookupProps(address=address, name=name, owner=foundation.variables.ami_owner),
            )
            for address, name in foundation.image_names.items()
        }
        # Existing deployments bring their own bucket; the group has no hook, and logs go where the agent says.
        self._user_data = foundation.user_data(
            bucket=foundation.variables.bootstrap_bucket,
            file_system_id=self._files.file_system.id,
            log_group=LOG_GROUP,
            lifecycle_hook="",
            published=False,
            # EFS in one zone has its DNS name only there; the workers of the other zone mount by address.
            nfs_address=self._files.mount_target.ip_address,
        )

    def build(self) -> HubNodes:
        """Add the nodes, each after the one it waits for."""
        firewall, stack = self._firewall, self._foundation.stack
        inner = [firewall.deployer_web, firewall.deployer_ssh, firewall.within_vpc]
        outer = [*inner, firewall.public_web]
        server = self._node("chef-server", "chef_server", "ubuntu-chef-server", inner)
        workstation = self._node(
            "chef-workstation", "workstation", "ubuntu-chef-workstation", outer, after=[server.instance]
        )
        leader = self._node(
            "hub-leader", "hub_leader", "ubuntu-chef-client", outer, after=[workstation.instance]
        )
        workers = self._workers(after=[leader.instance])
        WorkerScaling(
            stack,
            "worker-scaling",
            WorkerScalingProps(
                group=workers.group,
                cpu_target_percent=self._foundation.variables.worker_cpu_target_percent,
                adjustment_type="ChangeInCapacity",
            ),
        )
        return HubNodes(
            chef_server=server,
            workstation=workstation,
            leader=leader,
            ssh_group=firewall.deployer_ssh,
            nfs_ip=self._files.mount_target.ip_address,
            workers=workers.group,
            file_system=self._files.file_system,
        )

    def _node(
        self,
        address: str,
        kind: NodeKind,
        image: str,
        groups: Sequence[SecurityGroup],
        after: Sequence[ITerraformDependable] = (),
    ) -> NodeInstance:
        foundation, profile = self._foundation, self._foundation.profile
        size = profile.root_volumes_gib.get(address)
        return NodeInstance(
            foundation.stack,
            address,
            NodeInstanceProps(
                address=address,
                image_id=self._images[image].id_token,
                instance_type=foundation.instance_types[address],
                subnet=foundation.network.first_subnet,
                security_group_ids=[group.id for group in groups],
                instance_profile=self._role.profile.name,
                key_name=foundation.variables.key_name,
                user_data_base64=self._user_data.compressed(kind),
                session_tokens=False,
                root_volume=RootVolume(size_gib=size, tags=profile.root_volume_tags[address])
                if size
                else None,
                after=after,
            ),
        )

    def _workers(self, after: Sequence[ITerraformDependable]) -> SpotWorkers:
        foundation, stack = self._foundation, self._foundation.stack
        network, firewall, profile = foundation.network, self._firewall, foundation.profile
        return SpotWorkers(
            stack,
            "workers",
            SpotWorkersProps(
                group_name=WORKERS_GROUP,
                image_id=self._images["ubuntu-chef-client"].id_token,
                instance_type=foundation.variables.worker_instance_type,
                instance_profile=self._role.profile.name,
                key_name=foundation.variables.key_name,
                security_group_ids=[firewall.deployer_ssh.id, firewall.within_vpc.id],
                subnet_ids=[network.first_subnet.id, network.second_subnet.id],
                spot_price=str(profile.spot_price),
                user_data_base64=self._user_data.compressed("worker"),
                min_size=foundation.variables.worker_min_size,
                max_size=foundation.variables.worker_max_size,
                tags=profile.worker_tags,
                after=after,
            ),
        )
