"""What Docker says about the Swarm, turned into workers and promises. Pure: the caller fetches the lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from swarm_hub.admission import Worker
from swarm_hub.images import LABEL_PREFIX, READY_LABEL

KIND_LABEL = "chef-hub.kind"
USER_LABEL = "chef-hub.user"
OWN_DOMAIN_LABEL = "chef-hub.own-domain"
NOTEBOOK = "notebook"
_COUNTED = {
    "new",
    "allocated",
    "pending",
    "assigned",
    "accepted",
    "preparing",
    "ready",
    "starting",
    "running",
}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """``promised`` is the memory reservation of each notebook service in bytes, by name; ``placed`` those with a node.

    ``images`` are the services' images, by name.
    """

    workers: tuple[Worker, ...]
    promised: Mapping[str, int]
    placed: frozenset[str]
    dead_nodes: frozenset[str]
    images: Mapping[str, str] = field(default_factory=dict)


def read_cluster(
    nodes: Iterable[Mapping[str, Any]],
    services: Iterable[Mapping[str, Any]],
    tasks: Iterable[Mapping[str, Any]],
) -> Cluster:
    """Read the engine's answers to /nodes, /services (of notebooks only) and /tasks (wanted ones only)."""
    nodes = list(nodes)
    services = list(services)
    names = {service["ID"]: service["Spec"]["Name"] for service in services}
    promised = {
        service["Spec"]["Name"]: _reservation(service["Spec"]["TaskTemplate"]) for service in services
    }
    on_node: dict[str, int] = {}
    placed = set()
    for task in tasks:
        node = task.get("NodeID")
        if not node or task["Status"]["State"] not in _COUNTED:
            continue
        on_node[node] = on_node.get(node, 0) + _reservation(task["Spec"])
        if task["ServiceID"] in names:
            placed.add(names[task["ServiceID"]])
    return Cluster(
        workers=tuple(_worker(node, on_node.get(node["ID"], 0)) for node in nodes if _is_worker(node)),
        promised=promised,
        placed=frozenset(placed),
        dead_nodes=dead_nodes(nodes),
        images={service["Spec"]["Name"]: image for service in services if (image := image_of(service))},
    )


def image_of(service: Mapping[str, Any]) -> str:
    """Return the image of a service as its maker named it."""
    return str((service["Spec"]["TaskTemplate"].get("ContainerSpec") or {}).get("Image") or "")


def dead_nodes(nodes: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the ids of the nodes that the leader has lost."""
    return frozenset(str(node["ID"]) for node in nodes if node["Status"]["State"] != "ready")


def _is_worker(node: Mapping[str, Any]) -> bool:
    return (node["Spec"]["Role"], node["Status"]["State"]) == ("worker", "ready")


def _worker(node: Mapping[str, Any], promised: int) -> Worker:
    labels = {name for name, value in (node["Spec"].get("Labels") or {}).items() if value == "true"}
    images = frozenset(name for name in labels if name.startswith(LABEL_PREFIX))
    availability = node["Spec"]["Availability"]
    return Worker(
        name=node["Description"]["Hostname"],
        memory=node["Description"]["Resources"].get("MemoryBytes", 0),
        promised=promised,
        ready=availability == "active" and bool(images or READY_LABEL in labels),
        images=images,
        paused=availability == "pause",
    )


def _reservation(template: Mapping[str, Any]) -> int:
    reservations = (template.get("Resources") or {}).get("Reservations") or {}
    return int(reservations.get("MemoryBytes") or 0)
