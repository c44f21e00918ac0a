"""The contract between the stack and the nodes: one JSON document of Chef attributes, of which none is a secret.

Its schema and an example are in ``cookbooks/contract/``; tests on both sides hold to them.
"""

from dataclasses import dataclass
from typing import Any, Literal

from hub_constructs.chef_hub.node_kinds import NodeKind

MOUNT_POINT = "/mnt/chef-hub"
PARAMETER_PREFIX = "/chef-hub"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A Cloud Map service: its name in the namespace, and its id."""

    name: str
    id: str


@dataclass(frozen=True, kw_only=True)
class HubLimits:
    """Where the hub stops: users at once, memory in GiB promised to servers, disk use in percent."""

    max_users: float
    max_cluster_memory_gib: float
    max_disk_percent: float


@dataclass(frozen=True, kw_only=True)
class NodeContract:
    """What every node is told; ``lifecycle_hook`` is empty where the workers' group has none."""

    region: str
    domain: str
    hub_hostname: str
    namespace: str
    bootstrap_bucket: str
    chef_distribution: Literal["cinc", "chef"]
    chef_service: Service
    swarm_service: Service
    file_system_id: str
    log_group: str
    autoscaling_group: str
    lifecycle_hook: str
    limits: HubLimits

    def attributes(self) -> dict[str, Any]:
        """Return ``chef_hub`` without ``node_kind``, which is each node's own."""
        return {
            "region": self.region,
            "domain": self.domain,
            "hub_hostname": self.hub_hostname,
            "namespace": self.namespace,
            "bootstrap_bucket": self.bootstrap_bucket,
            "chef_distribution": self.chef_distribution,
            "parameter_prefix": PARAMETER_PREFIX,
            "services": {
                "chef_server": {"name": self.chef_service.name, "id": self.chef_service.id},
                "swarm": {"name": self.swarm_service.name, "id": self.swarm_service.id},
            },
            "efs": {"file_system_id": self.file_system_id, "mount_point": MOUNT_POINT},
            "log_group": self.log_group,
            "autoscaling_group": self.autoscaling_group,
            "lifecycle_hook": self.lifecycle_hook,
            "hub": {
                "max_users": self.limits.max_users,
                "max_cluster_memory_gib": self.limits.max_cluster_memory_gib,
                "max_disk_percent": self.limits.max_disk_percent,
            },
        }

    def document(self, kind: NodeKind) -> dict[str, Any]:
        """Return the whole contract of a node of ``kind``."""
        return {"chef_hub": {"node_kind": kind, **self.attributes()}}
