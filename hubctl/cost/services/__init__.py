"""All rules of what a resource costs, in the order in which an estimate shows them; one module for related services."""

from hubctl.cost.items import PriceRule
from hubctl.cost.services import machines, monitoring, network, storage

PRICE_RULES: tuple[PriceRule, ...] = (
    machines.INSTANCES,
    machines.PUBLIC_ADDRESSES,
    network.BALANCERS,
    storage.FILES,
    monitoring.MONITORING,
    network.NAMES,
    storage.OBJECTS,
    storage.IMAGES,
    storage.KEYS,
    network.NAT_GATEWAYS,
    network.ENDPOINTS,
    network.WEB_ACLS,
    machines.TRANSFER,
)
