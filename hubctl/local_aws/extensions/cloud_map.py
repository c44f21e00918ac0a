"""Cloud Map: a private DNS namespace that is deleted takes its hosted zone with it; moto keeps the zone."""

from typing import Any

from moto.route53.models import route53_backends
from moto.servicediscovery.models import ServiceDiscoveryBackend
from moto.utilities.utils import get_partition

from hubctl.local_aws.extensions.patching import wrap


@wrap(ServiceDiscoveryBackend)
def delete_namespace(original: Any, self: ServiceDiscoveryBackend, namespace_id: str) -> str:
    """Delete the namespace and its hosted zone, whatever records nodes have left in it."""
    namespace = self.namespaces.get(namespace_id)
    operation_id: str = original(self, namespace_id)
    properties = (namespace.dns_properties if namespace is not None else None) or {}
    zone_id = str(properties.get("HostedZoneId", "")).replace("/hostedzone/", "")
    route53_backends[self.account_id][get_partition(self.region_name)].zones.pop(zone_id, None)
    return operation_id
