"""What the profiles of chef-hub are built from, and what they hand back to the stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem
from cdktf_cdktf_provider_aws.security_group import SecurityGroup

from hub_constructs.chef_hub.discovery import Discovery
from hub_constructs.chef_hub.network import HubNetwork
from hub_constructs.chef_hub.node import NodeInstance, UserData
from hub_constructs.chef_hub.node_contract import CloudMapService, NodeContract
from hub_constructs.chef_hub.node_permissions import CallerAccount
from hub_constructs.chef_hub.storage import Registries
from hub_constructs.core.stack import HubStack
from hub_constructs.shared.group_capacity import SpotShare, WarmPool
from stacks.chef_hub.profiles import WORKERS_GROUP, ChefHubProfile
from stacks.settings.chef_hub import HUB_SETTINGS
from stacks.settings.crowds import SPARE_VARIABLES
from stacks.settings.hub import contract_sections
from stacks.variables import ChefHubVariables


@dataclass(frozen=True, kw_only=True)
class WorkerCapacity:
    """How workers come. ``hibernated_gib`` is the memory that they write to their root volumes, if they do."""

    other_types: Sequence[str] = ()
    spot: SpotShare | None = None
    warm_pool: WarmPool | None = None
    hibernated_gib: int = 0


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What both profiles have, under the same constructs, before the first node."""

    stack: HubStack
    variables: ChefHubVariables
    profile: ChefHubProfile
    network: HubNetwork
    discovery: Discovery
    registries: Registries
    account: CallerAccount
    hostname: str
    namespace: str
    capacity: WorkerCapacity

    @property
    def image_names(self) -> Mapping[str, str]:
        """The names of the nodes' images, by the addresses of their look-ups."""
        return {
            "ubuntu-chef-server": self.variables.chef_server_ami_name,
            "ubuntu-chef-workstation": self.variables.chef_workstation_ami_name,
            "ubuntu-chef-client": self.variables.chef_client_ami_name,
        }

    @property
    def instance_types(self) -> Mapping[str, str]:
        """The EC2 types of the instances by their addresses."""
        return {
            "chef-server": self.variables.chef_server_instance_type,
            "chef-workstation": self.variables.chef_workstation_instance_type,
            "hub-leader": self.variables.hub_leader_instance_type,
        }

    def user_data(
        self,
        *,
        bucket: str,
        file_system_id: str,
        log_group: str,
        lifecycle_hook: str,
        published: bool,
        nfs_address: str = "",
        launching_hook: str = "",
    ) -> UserData:
        """Return what the nodes run at their first boot, with the contract that tells them the rest, or where it is."""
        variables, discovery = self.variables, self.discovery
        unused = () if self.profile.spare_places else SPARE_VARIABLES
        told = [name for name in HUB_SETTINGS if name not in unused]
        sections = contract_sections(variables.references(told))
        contract = NodeContract(
            region=variables.default_region,
            domain=variables.target_domain,
            hub_hostname=self.hostname,
            namespace=self.namespace,
            bootstrap_bucket=bucket,
            chef_distribution=self.profile.chef_distribution,
            chef_service=CloudMapService(name=discovery.chef.name, id=discovery.chef.id),
            swarm_service=CloudMapService(name=discovery.swarm.name, id=discovery.swarm.id),
            file_system_id=file_system_id,
            file_system_address=nfs_address,
            log_group=log_group,
            # The static name: a reference would tie the group and its nodes' user data into a circle.
            autoscaling_group=WORKERS_GROUP,
            lifecycle_hook=lifecycle_hook,
            launching_hook=launching_hook,
            tls=sections["tls"],
            hub=sections["hub"],
        )
        return UserData(self.stack, "user-data", contract, published=published)


@dataclass(frozen=True, kw_only=True)
class HubNodes:
    """What the shared rest of the stack refers to.

    ``nfs_ip`` is the address of the first mount target, ``bootstrap_bucket`` the name of the bucket for an output.
    """

    chef_server: NodeInstance
    workstation: NodeInstance
    leader: NodeInstance
    ssh_group: SecurityGroup
    nfs_ip: str
    workers: AutoscalingGroup
    file_system: EfsFileSystem
    bootstrap_bucket: str | None = None
