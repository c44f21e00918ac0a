"""The contract between the stack and the nodes: one JSON document of Chef attributes, without secrets.

Its schema and an example are in ``cookbooks/contract/``; tests on both sides hold to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

NodeKind = Literal["chef_server", "workstation", "hub_leader", "worker"]
NODE_KINDS: tuple[NodeKind, ...] = get_args(NodeKind)
PARAMETER_PREFIX = "/chef-hub"
CONTRACT_PARAMETER = "contract"  # below the prefix
SPARE_WINDOWS_PARAMETER = "hub/spare-windows"  # likewise; only the hub reads it
MOUNT_POINT = "/mnt/chef-hub"


@dataclass(frozen=True, kw_only=True)
class CloudMapService:
    """A Cloud Map service: its name in the namespace, and its id."""

    name: str
    id: str


@dataclass(frozen=True, kw_only=True)
class NodeContract:
    """What every node reads.

    ``tls`` and ``hub`` are sections of the settings of the stack (``stacks/settings/chef_hub.py``): how the hub's
    certificate is obtained, where the hub stops, what one server gets, and who logs in. The test login is missing on purpose:
    it is for a trial on one machine, never for a deployment.
    ``lifecycle_hook`` is empty where the workers' group is without one, and so is ``launching_hook``, which only a group
    with a warm pool has; ``file_system_address`` where the nodes find the file system by its own DNS name.
    """

    region: str
    domain: str
    hub_hostname: str
    namespace: str
    bootstrap_bucket: str
    chef_distribution: Literal["cinc", "chef"]
    chef_service: CloudMapService
    swarm_service: CloudMapService
    file_system_id: str
    file_system_address: str
    log_group: str
    autoscaling_group: str
    lifecycle_hook: str
    tls: Mapping[str, Any]
    hub: Mapping[str, Any]
    launching_hook: str = ""

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
            "efs": {
                "file_system_id": self.file_system_id,
                "mount_point": MOUNT_POINT,
                "address": self.file_system_address,
            },
            "log_group": self.log_group,
            "autoscaling_group": self.autoscaling_group,
            "lifecycle_hook": self.lifecycle_hook,
            # Left out, the contract of a deployment without a pool stays as it was.
            **({"launching_hook": self.launching_hook} if self.launching_hook else {}),
            "tls": dict(self.tls),
            "hub": dict(self.hub),
        }

    def document(self, kind: NodeKind) -> dict[str, Any]:
        """Return the whole contract of a node of ``kind``."""
        return {"chef_hub": {"node_kind": kind, **self.attributes()}}


def launch_attributes(kind: NodeKind) -> dict[str, str]:
    """Return what a node has to know to find its contract: the rest of it may change."""
    return {"node_kind": kind, "parameter_prefix": PARAMETER_PREFIX}
