"""A container on each worker that does nothing but keep the servers' network there.

A worker has an overlay network only while a container on it uses it. Without this one, the first server of each worker
would wait until the network is made anew, half a second and more, and the others' names would be learnt late.
"""

from __future__ import annotations

import logging
from typing import Any

from docker.errors import NotFound
from docker.types import (
    ContainerSpec,
    EndpointSpec,
    Placement,
    Resources,
    RestartPolicy,
    ServiceMode,
    TaskTemplate,
)

from swarm_hub.cluster import KIND_LABEL
from swarm_hub.service_spec import NANO, PLACEMENT
from swarm_hub.sizes import MIB

log = logging.getLogger("swarm_hub.network_holder")

SERVICE = "chef-hub-network"
KIND = "network"
IMAGE_LABEL = "chef-hub.image"
NETWORK_LABEL = "chef-hub.network"
MEMORY = 32 * MIB
NOBODY = "65534:65534"


class NetworkHolder:
    """The service that holds the network; ``client`` is docker's ``APIClient``.

    ``image`` is that of the notebooks: each worker that takes users has it, so nothing is pulled.
    """

    def __init__(self, client: Any, *, image: str, network: str) -> None:
        self._client = client
        self._labels = {KIND_LABEL: KIND, IMAGE_LABEL: image, NETWORK_LABEL: network}

    def hold(self) -> None:
        """See to it that the service is there, of this image and in this network."""
        try:
            there = self._client.inspect_service(SERVICE)["Spec"].get("Labels") or {}
        except NotFound:
            there = None
        if there == self._labels:
            return
        if there is not None:
            self._client.remove_service(SERVICE)
        self._client.create_service(**holder_arguments(self._labels))
        log.info("%s keeps the network %s on the workers", SERVICE, self._labels[NETWORK_LABEL])


def holder_arguments(labels: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of docker's ``create_service``: one idle container on each worker that takes users."""
    container = ContainerSpec(
        image=labels[IMAGE_LABEL],
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
        placement=Placement(constraints=list(PLACEMENT)),
        restart_policy=RestartPolicy(condition="any", delay=5 * NANO),
    )
    return {
        "task_template": task,
        "name": SERVICE,
        "labels": labels,
        "mode": ServiceMode("global"),
        "endpoint_spec": EndpointSpec(mode="dnsrr"),
    }
