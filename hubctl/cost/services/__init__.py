"""What is priced: each module has the ``KINDS`` of resources it covers, and ``items`` that yields what they cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hubctl.cost.items import Item, Pricing
from hubctl.cost.services import (
    addresses,
    balancer,
    containers,
    discovery,
    endpoints,
    files,
    firewall,
    instances,
    keys,
    monitoring,
    nat,
    objects,
    transfer,
)


@dataclass(frozen=True, kw_only=True)
class Service:
    """A module's types and its function."""

    kinds: frozenset[str]
    items: Callable[[Pricing], Iterator[Item]]


SERVICES: tuple[Service, ...] = tuple(
    Service(kinds=frozenset(module.KINDS), items=module.items)
    for module in (
        instances,
        addresses,
        balancer,
        files,
        monitoring,
        discovery,
        objects,
        containers,
        keys,
        nat,
        endpoints,
        firewall,
        transfer,
    )
)
