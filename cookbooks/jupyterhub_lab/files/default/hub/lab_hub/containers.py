"""The users' servers on this instance: containers with a label of the Lab, and the network that they are in.

The network is a separate bridge, on which they do not see each other.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from docker.errors import NotFound
from docker.types import IPAMConfig, IPAMPool

from hub_common import engine_client
from hub_common.engine_client import ENGINE_ERRORS
from hub_common.names import NOTEBOOK
from hub_common.spawning import PIDS
from hub_common.user_files import NOTEBOOK_GID, NOTEBOOK_UID
from lab_hub.settings import LIVE_NAMES, MachineImage

log = logging.getLogger("lab_hub.prepare")
KIND_LABEL = LIVE_NAMES.label("kind")
USER_LABEL = LIVE_NAMES.label("user")
CALL_SECONDS = 20
PATIENCE_SECONDS = 60.0
ICC_OPTION = "com.docker.network.bridge.enable_icc"
BRIDGE_OPTION = "com.docker.network.bridge.name"


def connect() -> Any:
    """Return a client of the engine that ``DOCKER_HOST`` names, by default the instance's own socket."""
    return engine_client.connect(timeout=CALL_SECONDS)


class Containers:
    """The running servers, by the names of their containers; ``client`` is docker's ``APIClient``."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def names(self) -> set[str]:
        """Return the names of all that run."""
        # Servers that an earlier release has started carry that release's label; two labels in one question would
        # have to be there both.
        found = [
            container
            for names in (LIVE_NAMES, LIVE_NAMES.former)
            if names
            for container in self.client.containers(filters={"label": f"{names.label('kind')}={NOTEBOOK}"})
        ]
        return {name.removeprefix("/") for container in found for name in container["Names"]}

    def remove(self, name: str) -> None:
        """End one, and remove what is left of it; one that is gone already is no error."""
        try:
            self.client.remove_container(name, force=True, v=True)
        except NotFound:
            return


class NetworkError(Exception):
    """The network cannot be made; the message says why."""


def make_network(client: Any, image: MachineImage, *, patience: float = PATIENCE_SECONDS) -> None:
    """Make the network unless it is there; raise NetworkError when Docker does not answer in time, or refuses.

    ``client`` is docker's ``APIClient``. A network of that name with other settings is made again while no container uses it.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _make(client, image)
        except (*ENGINE_ERRORS, OSError) as error:
            if time.monotonic() + 1 > deadline:
                raise NetworkError(f"Docker does not make the network {image.network}: {error}") from error
            log.info("Docker does not answer yet: %s", error)
            time.sleep(1)


def _make(client: Any, image: MachineImage) -> None:
    wanted = {BRIDGE_OPTION: image.bridge, ICC_OPTION: "false"}
    for network in client.networks(names=[image.network]):
        if network["Name"] != image.network:  # Docker's filter finds parts of names too
            continue
        pools = [pool.get("Subnet") for pool in network["IPAM"]["Config"] or []]
        options = network["Options"]
        if pools == [image.subnet] and {name: options.get(name) for name in wanted} == wanted:
            return
        log.warning("making the network %s again, with other settings", image.network)
        client.remove_network(network["Id"])
    pool = IPAMPool(subnet=image.subnet, gateway=image.gateway)
    client.create_network(
        image.network, driver="bridge", options=wanted, ipam=IPAMConfig(pool_configs=[pool])
    )
    log.info("made the network %s (%s)", image.network, image.subnet)


def create_arguments(user: str) -> dict[str, Any]:
    """Return additions to docker's ``create_container``. DockerSpawner formats them: braces in names are doubled."""
    return {
        "user": f"{NOTEBOOK_UID}:{NOTEBOOK_GID}",
        "hostname": "notebook",
        "labels": {KIND_LABEL: NOTEBOOK, USER_LABEL: user.replace("{", "{{").replace("}", "}}")},
        # The hub itself finds out whether the server answers; the image's own check costs processor time for ever.
        "healthcheck": {"test": ["NONE"]},
    }


def host_arguments(memory: int) -> dict[str, Any]:
    """Return additions to docker's host configuration; ``memory`` is the server's limit in bytes."""
    return {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "init": True,
        "pids_limit": PIDS,
        "memswap_limit": memory,  # no more by way of swap
        # An ended container is looked at before it is removed: it says why it ended.
        "auto_remove": False,
    }
