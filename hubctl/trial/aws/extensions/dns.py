"""Route 53 and Cloud Map: changes of records are checked as the API documents it, and namespaces take their zones along.

moto remembers every change and compares with what it remembers: a record that was deleted cannot be created again, and
a second deletion, which clients send when the answer to the first is lost, is called malformed. AWS answers
``InvalidChangeBatch``, which Terraform's provider takes for "gone".

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html

A deleted private DNS namespace of Cloud Map takes its hosted zone along, and an instance that is registered again is updated;
moto does neither.
"""

import copy
from typing import Any

from moto.route53.exceptions import ResourceRecordAlreadyExists, Route53ClientError
from moto.route53.models import RecordSet, Route53Backend, route53_backends
from moto.servicediscovery.models import ServiceDiscoveryBackend
from moto.utilities.utils import get_partition

from hubctl.trial.aws.extensions.patching import wrap

RecordKey = tuple[str, str, str | None]


class CannotDeleteRecordError(Route53ClientError):
    """A deletion names a record that is not there, or other values than the record has."""

    def __init__(self, key: RecordKey, why: str) -> None:
        name, kind, _ = key
        super().__init__(
            "InvalidChangeBatch",
            f"Tried to delete resource record set [name='{name}', type='{kind}'] but {why}",
        )


@wrap(Route53Backend)
def change_resource_record_sets(
    original: Any, self: Route53Backend, zoneid: str, change_list: list[dict[str, Any]]
) -> None:
    """Change records; refuse the whole batch when a change of it does not fit what is there by then."""
    zone = self.get_hosted_zone(zoneid)
    there = {_key(record): record for record in map(_as_asked, zone.rrsets)}
    # moto accepts the deletion of what it remembers, and nothing else that it remembers is asked for.
    zone.rr_changes.clear()
    for change in change_list:
        record = change["ResourceRecordSet"]
        key = _key(record)
        if change["Action"] == "CREATE" and key in there:
            raise ResourceRecordAlreadyExists(name=key[0], _type=key[1])
        if change["Action"] == "DELETE":
            if key not in there:
                raise CannotDeleteRecordError(key, "it was not found")
            if _values(there.pop(key)) != _values(record):
                raise CannotDeleteRecordError(key, "the values provided do not match the current values")
            zone.rr_changes.append({"Action": "UPSERT", "ResourceRecordSet": copy.deepcopy(record)})
        else:
            there[key] = record
    original(self, zoneid, change_list)


def _key(record: dict[str, Any]) -> RecordKey:
    return record["Name"].rstrip(".").lower() + ".", record["Type"], record.get("SetIdentifier")


def _as_asked(record: RecordSet) -> dict[str, Any]:
    """Return a record of moto's as a request names it."""
    return {
        "Name": record.name,
        "Type": record.type,
        "SetIdentifier": record.set_identifier,
        "TTL": record.ttl,
        "ResourceRecords": record.resource_records,
        "AliasTarget": record.alias_target,
    }


def _values(record: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a deletion has to repeat: an alias's target, or the seconds to live and the values in any order."""
    alias = record.get("AliasTarget")
    if alias:
        return alias["HostedZoneId"], alias["DNSName"].rstrip(".").lower()
    return str(record.get("TTL")), sorted(value["Value"] for value in record.get("ResourceRecords") or [])


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
