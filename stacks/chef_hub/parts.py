"""What the profiles of chef-hub are built from, and what they hand back to the stack."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem
from cdktf_cdktf_provider_aws.security_group import SecurityGroup

from hub_constructs.chef_hub.discovery import Discovery
from hub_constructs.chef_hub.network import HubNetwork
from hub_constructs.chef_hub.node import Node, UserData
from hub_constructs.chef_hub.node_contract import (
    HubSettings,
    LoginSettings,
    NodeContract,
    Service,
    TlsSettings,
)
from hub_constructs.chef_hub.node_permissions import Account
from hub_constructs.chef_hub.storage import Registries
from hub_constructs.core.stack import HubStack
from stacks.chef_hub.profiles import WORKERS_GROUP, ChefHubProfile
from stacks.hub_login import login_references


def tls_settings(stack: HubStack) -> TlsSettings:
    """Return references to the variables ``hub_tls_*``."""
    return TlsSettings(
        source=stack.text("hub_tls_source"),
        acme_contact=stack.text("hub_tls_acme_contact"),
        acme_directory=stack.text("hub_tls_acme_directory"),
        certificate_file=stack.text("hub_tls_certificate_file"),
        key_file=stack.text("hub_tls_key_file"),
    )


def hub_settings(stack: HubStack) -> HubSettings:
    """Return references to the variables ``hub_*``, those of the login among them."""
    return HubSettings(
        max_users=stack.number("hub_max_users"),
        max_cluster_memory_gib=stack.number("hub_max_cluster_memory_gib"),
        max_disk_percent=stack.number("hub_max_disk_percent"),
        hub_image=stack.text("hub_image"),
        notebook_image=stack.text("hub_notebook_image"),
        user_memory_gib=stack.number("hub_user_memory_gib"),
        user_cpus=stack.number("hub_user_cpus"),
        user_disk_gib=stack.number("hub_user_disk_gib"),
        idle_timeout_minutes=stack.number("hub_idle_timeout_minutes"),
        start_timeout_seconds=stack.number("hub_start_timeout_seconds"),
        growth_timeout_seconds=stack.number("hub_growth_timeout_seconds"),
        user_domains=stack.text("hub_user_domains"),
        login=LoginSettings(**login_references(stack)),
    )


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What both profiles have, under the same constructs, before the first node."""

    stack: HubStack
    profile: ChefHubProfile
    network: HubNetwork
    discovery: Discovery
    registries: Registries
    account: Account
    hostname: str
    namespace: str

    def user_data(
        self,
        *,
        bucket: str,
        file_system_id: str,
        log_group: str,
        lifecycle_hook: str,
        published: bool,
        nfs_address: str = "",
    ) -> UserData:
        """Return what the nodes run at their first boot, with the contract that tells them the rest, or where it is."""
        stack, discovery = self.stack, self.discovery
        contract = NodeContract(
            region=stack.text("default_region"),
            domain=stack.text("target_domain"),
            hub_hostname=self.hostname,
            namespace=self.namespace,
            bootstrap_bucket=bucket,
            chef_distribution=self.profile.chef_distribution,
            chef_service=Service(name=discovery.chef.name, id=discovery.chef.id),
            swarm_service=Service(name=discovery.swarm.name, id=discovery.swarm.id),
            file_system_id=file_system_id,
            file_system_address=nfs_address,
            log_group=log_group,
            # The static name: a reference would tie the group and its nodes' user data into a circle.
            autoscaling_group=WORKERS_GROUP,
            lifecycle_hook=lifecycle_hook,
            tls=tls_settings(stack),
            hub=hub_settings(stack),
        )
        return UserData(stack, "user-data", contract, published=published)


@dataclass(frozen=True, kw_only=True)
class HubNodes:
    """What the shared rest of the stack refers to.

    ``nfs_ip`` is the address of the first mount target, ``bootstrap_bucket`` the name of the bucket for an output.
    """

    chef_server: Node
    workstation: Node
    leader: Node
    ssh_group: SecurityGroup
    nfs_ip: str
    workers: AutoscalingGroup
    file_system: EfsFileSystem
    bootstrap_bucket: str | None = None
