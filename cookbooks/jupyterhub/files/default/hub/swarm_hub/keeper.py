"""``python -m swarm_hub.keeper``: :mod:`hub_common.keeper` over the Swarm's services, and the network that they need.

A container on each worker does nothing but keep the servers' network there. A worker has an overlay network only while a
container on it uses it. Without this one, the first server of each worker would wait until the network is made anew, half
a second and more, and the others' names would be learnt late.

There is one such service per image: while a new one reaches the workers, that of the image before stays where it is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from docker.errors import DockerException
from docker.types import (
    ContainerSpec,
    EndpointSpec,
    Placement,
    Resources,
    RestartPolicy,
    ServiceMode,
    TaskTemplate,
)

from hub_common.keeper import main
from hub_common.names import NOTEBOOK
from hub_common.settings import MIB
from swarm_hub.cluster import KIND_LABEL, connect, image_of, pin_of, unpinned
from swarm_hub.images import LABEL_PREFIX, READY_LABEL, image_label, placement
from swarm_hub.service_spec import NANO
from swarm_hub.settings import LIVE_NAMES

log = logging.getLogger("swarm_hub.keeper")

SERVICE = "chef-hub-network"
KIND = "network"
IMAGE_LABEL = "chef-hub.image"
NETWORK_LABEL = "chef-hub.network"
MEMORY = 32 * MIB
BOUND_SECONDS = 120  # longer than a server takes to get its place, after which the hub lets it move
NOBODY = "65534:65534"


class SwarmServers:
    """Notebook servers that are services of the Swarm; ``client`` is docker's ``APIClient``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def names(self) -> set[str]:
        """Return the names of all of them."""
        found = self._client.services(filters={"label": f"{KIND_LABEL}={NOTEBOOK}"})
        return {service["Spec"]["Name"] for service in found}

    def remove(self, name: str) -> None:
        """End one of them."""
        self._client.remove_service(name)


class NetworkHolder:
    """The services that hold the network; ``client`` is docker's ``APIClient``.

    ``image`` is that of the notebooks: a worker that carries its label has it, so nothing is pulled.
    """

    def __init__(self, client: Any, *, image: str, network: str) -> None:
        self._client = client
        self._image = image
        self._labels = {KIND_LABEL: KIND, IMAGE_LABEL: image, NETWORK_LABEL: network}

    def hold(self) -> None:
        """See to it that the service of this image and network is there; those of others go once it is everywhere."""
        there = self._client.services(filters={"name": SERVICE})  # by how its name begins
        wanted = [service for service in there if (service["Spec"].get("Labels") or {}) == self._labels]
        others = [service for service in there if service not in wanted]
        everywhere = bool(others) and _everywhere(self._image, self._client.nodes())
        arguments = holder_arguments(self._labels)
        for service in others:
            if everywhere or service["Spec"]["Name"] == arguments["name"]:
                self._client.remove_service(service["ID"])
        if not wanted:
            self._client.create_service(**arguments)
            log.info("%s keeps the network %s on the workers", self._image, self._labels[NETWORK_LABEL])


def _everywhere(image: str, nodes: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether all workers that hold some image hold this one; those that are down or drained do not count."""
    counted = [
        node["Spec"].get("Labels") or {}
        for node in nodes
        if (node["Spec"]["Role"], node["Status"]["State"]) == ("worker", "ready")
        and node["Spec"]["Availability"] != "drain"
    ]
    return all(labels.get(image_label(image)) == "true" for labels in counted if _holds_any(labels))


def _holds_any(labels: Mapping[str, str]) -> bool:
    return READY_LABEL in labels or any(name.startswith(LABEL_PREFIX) for name in labels)


def let_move(client: Any) -> None:
    """Take the one worker off services that are still bound to it, as when the hub was restarted while they started.

    Where that worker dies, Swarm could not start such a server elsewhere.
    """
    for service in client.services(filters={"label": f"{KIND_LABEL}={NOTEBOOK}"}):
        if pin_of(service) and _age(service) > BOUND_SECONDS:
            client.update_service(service["ID"], service["Version"]["Index"], **unpinned(service))
            log.info("%s may be moved", service["Spec"]["Name"])


def _age(service: Mapping[str, Any]) -> float:
    created = datetime.fromisoformat(str(service["CreatedAt"])[:19])
    return (datetime.now(UTC) - created.replace(tzinfo=UTC)).total_seconds()


def images_in_use(client: Any) -> list[str]:
    """Return the images of notebook servers and of this service: what the hub has used, as far as the Swarm shows it."""
    try:
        found = [
            service
            for kind in (KIND, NOTEBOOK)
            for service in client.services(filters={"label": f"{KIND_LABEL}={kind}"})
        ]
    except DockerException as error:
        log.warning("the images in use cannot be read: %s", error)
        return []
    return list(dict.fromkeys(image for service in found if (image := image_of(service))))


def holder_arguments(labels: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of docker's ``create_service``: one idle container on each worker that holds the image."""
    image = labels[IMAGE_LABEL]
    container = ContainerSpec(
        image=image,
        command=["sleep", "infinity"],
        user=NOBODY,
        labels={KIND_LABEL: KIND},
        init=True,
        read_only=True,
        cap_drop=["ALL"],
        stop_grace_period=1 * NANO,
        healthcheck={"test": ["NONE"]},
    )
    task = TaskTemplate(
        container_spec=container,
        # No reservation: admission counts what servers are promised.
        resources=Resources(mem_limit=MEMORY),
        networks=[labels[NETWORK_LABEL]],
        placement=Placement(constraints=placement(image)),
        restart_policy=RestartPolicy(condition="any", delay=5 * NANO),
    )
    return {
        "task_template": task,
        "name": f"{SERVICE}-{image_label(image).removeprefix(LABEL_PREFIX)}",
        "labels": labels,
        "mode": ServiceMode("global"),
        "endpoint_spec": EndpointSpec(mode="dnsrr"),
    }


if __name__ == "__main__":
    client = connect()
    holder = NetworkHolder(
        client,
        image=LIVE_NAMES.value(os.environ, "NOTEBOOK_IMAGE"),
        network=LIVE_NAMES.value(os.environ, "NETWORK"),
    )
    main(LIVE_NAMES, SwarmServers(client), [holder.hold, lambda: let_move(client)])
