"""Profile ``recommended``: what a good engineer deploys new today."""

from collections.abc import Mapping, Sequence

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.security_group import SecurityGroup

from hub_constructs.chef_hub.discovery import PublishedContract
from hub_constructs.chef_hub.firewall import PurposeFirewall, PurposeFirewallProps
from hub_constructs.chef_hub.node import LastingAddress, NodeInstance, NodeInstanceProps, RootVolume
from hub_constructs.chef_hub.node_contract import NodeKind
from hub_constructs.chef_hub.node_permissions import PermittedResources, statements
from hub_constructs.chef_hub.storage import BootstrapBucket
from hub_constructs.chef_hub.workers import Workers, WorkerScaling, WorkerScalingProps, WorkersProps
from hub_constructs.core.addresses import at
from hub_constructs.shared.ami_lookup import AmiLookup, AmiLookupProps
from hub_constructs.shared.default_security_group import EmptyDefaultSecurityGroup
from hub_constructs.shared.file_systems import SharedFileSystem, SharedFileSystemProps
from hub_constructs.shared.instance_role import InstanceRole, InstanceRoleProps
from stacks.chef_hub.foundation import Foundation, HubNodes
from stacks.chef_hub.profiles import LOG_GROUP, WORKERS_GROUP, WORKERS_HOOK, WORKERS_LAUNCHING_HOOK

# Kind of node → address of its role and profile, name of the role, name of the profile
ROLES: Mapping[NodeKind, tuple[str, str, str]] = {
    "chef_server": ("chef_server_profile", "chef_server_role", "chef_core_server_instance_profile"),
    "workstation": ("chef_workstation", "chef-hub-workstation", "chef-hub-workstation"),
    "hub_leader": ("hub_leader", "chef-hub-leader", "chef-hub-leader"),
    "worker": ("hub_worker", "chef-hub-worker", "chef-hub-worker"),
}


class RecommendedHub:
    """A role a kind of node, groups by purpose, a launch template, EFS in both zones, logs and a bucket."""

    def __init__(self, foundation: Foundation) -> None:
        self._foundation = foundation
        stack, network = foundation.stack, foundation.network
        self._firewall = PurposeFirewall(
            stack,
            "firewall",
            PurposeFirewallProps(
                vpc_id=network.vpc.id,
                deployer=foundation.variables.deployer_ip,
                key_name=foundation.variables.key_name,
            ),
        )
        EmptyDefaultSecurityGroup(stack, "default-group", vpc_id=network.vpc.id, name="chef-hub")
        self._account = foundation.account
        self._bucket = BootstrapBucket(
            stack, "bucket", existing=foundation.variables.bootstrap_bucket, partition=self._account.partition
        )
        self._logs = at(
            CloudwatchLogGroup(
                stack, "logs", name=LOG_GROUP, retention_in_days=foundation.variables.log_retention_days
            ),
            "nodes",
        )
        self._files = SharedFileSystem(
            stack,
            "files",
            SharedFileSystemProps(
                address="research_shared_fs",
                creation_token="research-shared-fs",
                name="chef-hub",
                subnets={
                    "core_mnt_target": network.first_subnet.id,
                    "secondary_mnt_target": network.second_subnet.id,
                },
                security_groups=[self._firewall.efs.id],
            ),
        )
        self._images = {
            address: AmiLookup(
                stack,
                address,
                AmiLookupProps(address=address, name=name, owner=foundation.variables.ami_owner),
            )
            for address, name in foundation.image_names.items()
        }
        self._roles = self._make_roles()
        self._user_data = foundation.user_data(
            bucket=self._bucket.name,
            file_system_id=self._files.file_system.id,
            log_group=self._logs.name,
            lifecycle_hook=WORKERS_HOOK,
            launching_hook=WORKERS_LAUNCHING_HOOK if foundation.capacity.warm_pool else "",
            published=True,
        )
        # Nodes wait for it at their first boot, so it is there before them.
        self._contract = PublishedContract(stack, "published-contract", self._user_data.contract).parameter

    def build(self) -> HubNodes:
        """Add the nodes. No node is made after another: each waits for the published facts that it needs."""
        firewall, stack = self._firewall, self._foundation.stack
        server_groups = [firewall.chef_server, firewall.deployer_web, firewall.deployer_ssh]
        leader_groups = [firewall.swarm, firewall.swarm_leader, firewall.public_web, firewall.deployer_ssh]
        server = self._node("chef-server", "chef_server", "ubuntu-chef-server", server_groups)
        workstation = self._node(
            "chef-workstation",
            "workstation",
            "ubuntu-chef-workstation",
            [firewall.workstation, firewall.deployer_ssh],
        )
        leader = self._node("hub-leader", "hub_leader", "ubuntu-chef-client", leader_groups)
        workers = self._workers().group
        WorkerScaling(
            stack,
            "worker-scaling",
            WorkerScalingProps(
                group=workers, cpu_target_percent=self._foundation.variables.worker_cpu_target_percent
            ),
        )
        return HubNodes(
            chef_server=server,
            workstation=workstation,
            leader=leader,
            ssh_group=firewall.deployer_ssh,
            nfs_ip=self._files.mount_targets[0].ip_address,
            workers=workers,
            file_system=self._files.file_system,
            bootstrap_bucket=self._bucket.name,
        )

    def _make_roles(self) -> dict[NodeKind, InstanceRole]:
        foundation = self._foundation
        discovery = foundation.discovery
        places = PermittedResources(
            account=self._account,
            bucket_arn=self._bucket.arn,
            namespace_zone_id=discovery.namespace.hosted_zone,
            chef_service_arn=discovery.chef.arn,
            swarm_service_arn=discovery.swarm.arn,
            repository_arns=[repository.arn for repository in foundation.registries.repositories],
            log_group_arn=self._logs.arn,
            autoscaling_group=WORKERS_GROUP,
            warm_pool=foundation.capacity.warm_pool is not None,
        )
        return {
            kind: InstanceRole(
                foundation.stack,
                f"role-{kind}",
                InstanceRoleProps(
                    address=address,
                    name=name,
                    profile_name=profile,
                    statements=statements(kind, places),
                ),
            )
            for kind, (address, name, profile) in ROLES.items()
        }

    def _node(
        self, address: str, kind: NodeKind, image: str, groups: Sequence[SecurityGroup]
    ) -> NodeInstance:
        foundation, profile = self._foundation, self._foundation.profile
        return NodeInstance(
            foundation.stack,
            address,
            NodeInstanceProps(
                address=address,
                image_id=self._images[image].id_token,
                instance_type=foundation.instance_types[address],
                subnet=foundation.network.first_subnet,
                security_group_ids=[group.id for group in groups],
                instance_profile=self._roles[kind].profile.name,
                key_name=self._key_name(),
                user_data_base64=self._user_data.compressed(kind),
                session_tokens=True,
                lasting_address=LastingAddress(gateway=foundation.network.gateway),
                root_volume=RootVolume(
                    size_gib=profile.root_volumes_gib[address],
                    encrypted=True,
                    tags=profile.root_volume_tags[address],
                ),
                after=[self._contract],
            ),
        )

    def _workers(self) -> Workers:
        foundation, stack, profile = self._foundation, self._foundation.stack, self._foundation.profile
        network, image = foundation.network, self._images["ubuntu-chef-client"]
        capacity = foundation.capacity
        return Workers(
            stack,
            "workers",
            WorkersProps(
                group_name=WORKERS_GROUP,
                hook_name=WORKERS_HOOK,
                image_id=image.id_token,
                root_device=image.lookup.root_device_name,
                root_volume_gib=profile.root_volumes_gib["workers"] + capacity.hibernated_gib,
                instance_type=foundation.variables.worker_instance_type,
                instance_profile_arn=self._roles["worker"].profile.arn,
                key_name=self._key_name(),
                security_group_ids=[self._firewall.swarm.id, self._firewall.deployer_ssh.id],
                subnet_ids=[network.first_subnet.id, network.second_subnet.id],
                user_data_base64=self._user_data.compressed("worker"),
                min_size=foundation.variables.worker_min_size,
                max_size=foundation.variables.worker_max_size,
                tags={
                    **profile.default_tags,
                    "Owner": foundation.variables.owner,
                    **profile.worker_tags,
                },
                after=[self._contract],
                other_types=capacity.other_types,
                spot=capacity.spot,
                warm_pool=capacity.warm_pool,
                launching_hook_name=WORKERS_LAUNCHING_HOOK,
            ),
        )

    def _key_name(self) -> str:
        return '${var.key_name == "" ? null : var.key_name}'
