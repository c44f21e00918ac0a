"""The chef-hub stack: a Chef Server, a Workstation, a hub leader and Swarm workers."""

import math
from collections.abc import Mapping

from cdktf import Token
from constructs import Construct

from hub_constructs.chef_hub.discovery import (
    CHEF_SERVICE,
    Discovery,
    DiscoveryProps,
    PublishedParameters,
    PublishedParametersProps,
    PublishedSpareWindows,
    chef_server_config,
)
from hub_constructs.chef_hub.network import HubNetwork, HubNetworkProps, HubRecord, HubRecordProps
from hub_constructs.chef_hub.node_permissions import CallerAccount
from hub_constructs.chef_hub.storage import Registries, RegistriesProps
from hub_constructs.chef_hub.watch import HubWatch, HubWatchProps
from hub_constructs.core.aws_limits.regions import cognito_check, endpoints, hosts_check
from hub_constructs.core.stack import HubStack
from hub_constructs.core.variable_specs import with_checks
from hub_constructs.shared.group_capacity import SpotShare, WarmPool
from stacks.adoption.overlay import apply_adoption
from stacks.chef_hub.adopted_module import adoption_from_module
from stacks.chef_hub.foundation import Foundation, HubNodes, WorkerCapacity
from stacks.chef_hub.original import OriginalHub
from stacks.chef_hub.profiles import ORIGINAL, PROFILES, RECOMMENDED
from stacks.chef_hub.recommended import RecommendedHub
from stacks.monitoring_and_backups import MonitoringAndBackupsProps, add_monitoring_and_backups
from stacks.scheduled_scaling import add_scheduled_scaling
from stacks.settings.capacity import SPOT_VARIABLES
from stacks.settings.capacity_guards import pool_of, type_of, unused_variables, variable_checks
from stacks.settings.chef_hub import ChefHubSettings
from stacks.settings.loading import Settings, settings_groups
from stacks.settings.scaling_guards import instance_type
from stacks.terraform_block import configure_backend
from stacks.timetable.spare_runs import spare_runs
from stacks.timetable.windows import windows
from stacks.variables import ChefHubVariables


def set_tags(stack: HubStack, tags: Mapping[str, Mapping[str, str]]) -> None:
    """Give each resource in ``tags`` (address → tags) its tags; raise KeyError for an address that is not there."""
    resources = stack.address_book.resources
    for address, own in tags.items():
        resources[address].add_override("tags", dict(own))


def ignore_changes(stack: HubStack, ignored: Mapping[str, tuple[str, ...]]) -> None:
    """Have Terraform leave alone the attributes in ``ignored`` (resource type → attributes)."""
    for address, resource in stack.address_book.resources.items():
        if attributes := sorted(ignored.get(address.partition(".")[0], ())):
            resource.add_override("lifecycle.ignore_changes", attributes)


NODES: dict[str, type[OriginalHub] | type[RecommendedHub]] = {
    RECOMMENDED.name: RecommendedHub,
    ORIGINAL.name: OriginalHub,
}


class ChefHubStack(HubStack):
    """All of the Chef hub, in the profile that the settings choose."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, "chef-hub")
        self.profile = PROFILES[settings.common.profile]
        configure_backend(self, settings.common.backend.for_stack("chef-hub"))
        region = settings.chef_hub.default_region
        further = {
            "default_region": (hosts_check(region, "default_region"),),
            "hub_login_authenticator": (cognito_check("default_region"),),
        }
        unused = unused_variables(self.profile.name, settings.chef_hub)
        specs = [
            spec
            for spec in settings.chef_hub.variable_specs(**self.profile.variable_defaults)
            if spec.name not in unused
        ]
        capacity = variable_checks("chef-hub", self.profile.name, settings.chef_hub)
        self.variables: ChefHubVariables = ChefHubVariables(
            self,
            [*settings.common.variable_specs(), *with_checks(with_checks(specs, further), capacity)],
        )
        self._capacity = self._worker_capacity(settings.chef_hub)
        self._configure_provider(endpoints(region, self.variables.default_region))
        domain = self.variables.target_domain
        self._hostname = f"notebooks.{domain}"
        self._namespace = f"local.{domain}"
        self._account = CallerAccount(self, "account", region=self.variables.default_region)
        nodes = NODES[self.profile.name](self._foundation()).build()
        self._publish(nodes)
        add_scheduled_scaling(self, "chef-hub", nodes.workers, settings)
        self._publish_spare_windows(settings)
        self._watch_and_back_up(nodes, settings)
        self._outputs(nodes)
        set_tags(self, self.profile.tags)
        ignore_changes(self, self.profile.ignored)
        module = settings.common.adopt_from_module
        if module is not None:
            adoption = adoption_from_module(module, self.address_book.resources)
            apply_adoption(self, adoption, settings_groups(adoption.stack))

    def _configure_provider(self, endpoints: Mapping[str, str]) -> None:
        if not self.profile.default_tags:
            self.configure_provider(
                region=self.variables.default_region, default_tags={}, endpoints=endpoints
            )
            return
        allowed = Token.as_list('${var.aws_account_id == "" ? null : [var.aws_account_id]}')
        self.configure_provider(
            region=self.variables.default_region,
            default_tags={**self.profile.default_tags, "Owner": self.variables.owner},
            allowed_account_ids=allowed,
            endpoints=endpoints,
        )

    def _worker_capacity(self, settings: ChefHubSettings) -> WorkerCapacity:
        state = pool_of(self.profile.name, settings)
        spot = None
        if settings.worker_spot == "on":
            base, percent = self.variables.references(SPOT_VARIABLES).values()
            spot = SpotShare(on_demand_base=base, on_demand_percent=percent)
        if state == "off":
            return WorkerCapacity(other_types=settings.worker_instance_types, spot=spot)
        size = instance_type(type_of("chef-hub", self.profile.name, settings))
        return WorkerCapacity(
            other_types=settings.worker_instance_types,
            spot=spot,
            warm_pool=WarmPool(
                state="Hibernated" if state == "hibernated" else "Stopped",
                size="var.worker_warm_pool_size",
                smallest="var.worker_min_size",
                largest="var.worker_max_size",
                reuse=settings.warm_pool_reuse,
            ),
            hibernated_gib=math.ceil(size.memory_gib) if size and state == "hibernated" else 0,
        )

    def _foundation(self) -> Foundation:
        profile = self.profile
        network = HubNetwork(
            self,
            "network",
            HubNetworkProps(
                cidr=self.variables.vpc_cidr,
                zones=(self.variables.default_availability_zone, self.variables.secondary_availability_zone),
                destinations=profile.destinations,
                public_ip_by_default=profile.public_ip_by_default,
            ),
        )
        self._discovery = Discovery(
            self,
            "discovery",
            DiscoveryProps(
                namespace=self._namespace,
                vpc_id=network.vpc.id,
                ttl_seconds=profile.dns_ttl_seconds,
                force_destroy=profile.force_destroy_services,
            ),
        )
        registries = Registries(
            self,
            "registries",
            RegistriesProps(
                tag_mutability=profile.image_tags,
                images_kept=profile.images_kept,
                force_delete=profile.force_destroy_services,
            ),
        )
        return Foundation(
            stack=self,
            variables=self.variables,
            profile=profile,
            network=network,
            discovery=self._discovery,
            registries=registries,
            account=self._account,
            hostname=self._hostname,
            namespace=self._namespace,
            capacity=self._capacity,
        )

    def _publish(self, nodes: HubNodes) -> None:
        self._discovery.register(
            chef_server_ip=nodes.chef_server.instance.private_ip,
            swarm_leader_ip=nodes.leader.instance.private_ip,
        )
        PublishedParameters(
            self,
            "facts",
            PublishedParametersProps(
                chef_server_config=chef_server_config(f"{CHEF_SERVICE}.{self._namespace}"),
                chef_server_dns=nodes.chef_server.instance.private_dns,
                chef_server_ip=nodes.chef_server.instance.private_ip,
                nfs_mount_ip=nodes.nfs_ip,
            ),
        )
        HubRecord(
            self,
            "record",
            HubRecordProps(
                domain=self.variables.target_domain,
                hostname=self._hostname,
                address=nodes.leader.public_ip,
                ttl_seconds=self.profile.dns_ttl_seconds,
                users=self.profile.users_named,
            ),
        )

    def _publish_spare_windows(self, settings: Settings) -> None:
        timetable = settings.timetables.get("chef-hub")
        if timetable is None or not self.profile.spare_places:
            return
        if runs := spare_runs(windows(timetable)):
            file = str(settings.chef_hub.timetable)
            PublishedSpareWindows(self, "spare-windows", [run.row() for run in runs], file=file)

    def _watch_and_back_up(self, nodes: HubNodes, settings: Settings) -> None:
        if not (settings.common.has("monitoring") or settings.common.has("backups")):
            return
        watch = HubWatch(
            HubWatchProps(
                group_name=nodes.workers.name,
                file_system_id=nodes.file_system.id,
                instances={
                    "hub leader": nodes.leader.instance.id,
                    "Chef Server": nodes.chef_server.instance.id,
                    "Workstation": nodes.workstation.instance.id,
                },
                lasting_addresses=nodes.leader.keeps_address,
                warm_pool=self._capacity.warm_pool is not None,
                spare_places=self.profile.spare_places,
            )
        )
        add_monitoring_and_backups(
            self,
            settings.common,
            MonitoringAndBackupsProps(
                name="chef-hub",
                variables=self.variables,
                region=self.variables.default_region,
                partition=self._account.partition,
                account_id=self._account.id_token,
                group=nodes.workers,
                alarms=watch.alarms(),
                graphs=watch.graphs(),
                file_system=nodes.file_system,
            ),
        )

    def _outputs(self, nodes: HubNodes) -> None:
        self.output("workstation_ip", nodes.workstation.public_ip, "public address of the Chef Workstation")
        self.output("swarm_leader_ip", nodes.leader.public_ip, "public address of the hub leader")
        self.output("ssh_group_id", nodes.ssh_group.id, "security group that lets the operators reach SSH")
        self.output("hub_url", f"https://{self._hostname}/hub/login", "where users log in")
        if nodes.bootstrap_bucket is not None:
            self.output("bootstrap_bucket", nodes.bootstrap_bucket, "bucket of cookbooks and bootstrap files")
