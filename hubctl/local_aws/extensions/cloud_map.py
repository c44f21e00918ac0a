"""Cloud Map: a deleted private DNS namespace takes its hosted zone along, and instances are updated; moto does neither."""

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


@wrap(ServiceDiscoveryBackend)
def register_instance(
    original: Any, self: ServiceDiscoveryBackend, service_id: str, instance_id: str, *args: Any, **kwargs: Any
) -> str:
    """Register an instance; one of that id is updated, where moto would keep both.

    https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
    """
    service = self.get_service(service_id)
    service.instances = [one for one in service.instances if one.instance_id != instance_id]
    operation_id: str = original(self, service_id, instance_id, *args, **kwargs)
    return operation_id
