"""What is priced: the types of resources of each service, and the function that yields what they cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hubctl.cost.items import Item, Pricing
from hubctl.cost.services import (
    machines,
    monitoring,
    network,
    storage,
)


@dataclass(frozen=True, kw_only=True)
class Service:
    """The types of resources that a function prices."""

    kinds: frozenset[str]
    items: Callable[[Pricing], Iterator[Item]]


SERVICES: tuple[Service, ...] = tuple(
    Service(kinds=frozenset(kinds), items=items)
    for kinds, items in (
        (machines.INSTANCES_KINDS, machines.instances_items),
        (machines.ADDRESSES_KINDS, machines.addresses_items),
        (network.BALANCER_KINDS, network.balancer_items),
        (storage.FILES_KINDS, storage.files_items),
        (monitoring.KINDS, monitoring.items),
        (network.DISCOVERY_KINDS, network.discovery_items),
        (storage.OBJECTS_KINDS, storage.objects_items),
        (storage.CONTAINERS_KINDS, storage.containers_items),
        (storage.KEYS_KINDS, storage.keys_items),
        (network.NAT_KINDS, network.nat_items),
        (network.ENDPOINTS_KINDS, network.endpoints_items),
        (network.FIREWALL_KINDS, network.firewall_items),
        (machines.TRANSFER_KINDS, machines.transfer_items),
    )
)
