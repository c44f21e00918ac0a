"""The network of the users' servers: a bridge of their own, on which they do not see each other."""

from __future__ import annotations

import logging
import time
from typing import Any

from docker.types import IPAMConfig, IPAMPool

from lab_hub.facts import ImageFacts
from swarm_hub.engine_client import ENGINE_ERRORS

log = logging.getLogger("lab_hub.prepare")

PATIENCE_SECONDS = 60.0
ICC = "com.docker.network.bridge.enable_icc"
NAME = "com.docker.network.bridge.name"


class NetworkError(Exception):
    """The network cannot be had; the message says why."""


def make_network(client: Any, image: ImageFacts, *, patience: float = PATIENCE_SECONDS) -> None:
    """Make the network unless it is there; raise NetworkError when Docker does not answer in time, or refuses.

    ``client`` is docker's ``APIClient``. A network of that name with other settings is made anew while nobody uses it.
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


def _make(client: Any, image: ImageFacts) -> None:
    wanted = {NAME: image.bridge, ICC: "false"}
    for network in client.networks(names=[image.network]):
        if network["Name"] != image.network:  # Docker's filter finds parts of names too
            continue
        pools = [pool.get("Subnet") for pool in network["IPAM"]["Config"] or []]
        options = network["Options"]
        if pools == [image.subnet] and {name: options.get(name) for name in wanted} == wanted:
            return
        log.warning("making the network %s anew, with other settings", image.network)
        client.remove_network(network["Id"])
    pool = IPAMPool(subnet=image.subnet, gateway=image.gateway)
    client.create_network(
        image.network, driver="bridge", options=wanted, ipam=IPAMConfig(pool_configs=[pool])
    )
    log.info("made the network %s (%s)", image.network, image.subnet)
