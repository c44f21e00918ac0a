"""The public hosted zone exists, once, and nothing else answers under the stack's names."""

from collections.abc import Iterator
from typing import Any

from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, skipped, some, warning


def zone_names(examination: Examination) -> list[str]:
    """Return the names of the zones that the stack looks up, without the final dot; those with a value."""
    found = examination.stack.lookups("aws_route53_zone").values()
    return sorted({str(zone["name"]).rstrip(".") for zone in found if zone.get("name")})


def public_zones(examination: Examination, name: str) -> list[dict[str, Any]]:
    """Return the public hosted zones of exactly this name."""
    return [zone for zone in _zones(examination, name) if not zone["Config"].get("PrivateZone")]


def _zones(examination: Examination, name: str) -> list[dict[str, Any]]:
    answer = examination.client("route53").list_hosted_zones_by_name(DNSName=f"{name}.")
    return [zone for zone in answer["HostedZones"] if zone["Name"] == f"{name}."]


def _run(examination: Examination) -> Iterator[Finding]:
    names = zone_names(examination)
    if not names and examination.stack.lookups("aws_route53_zone"):
        yield skipped("hosted zone", "its variable has no value")
    for name in names:
        found = public_zones(examination, name)
        if len(found) == 1:
            yield ok(name, f"the public zone {found[0]['Id'].removeprefix('/hostedzone/')} exists")
            yield from _clashes(examination, found[0]["Id"])
        elif found:
            ids = some(zone["Id"].removeprefix("/hostedzone/") for zone in found)
            yield error(
                name,
                f"there are {len(found)} public hosted zones {name} ({ids}), and Terraform cannot choose",
                "Delete those that the parent does not delegate to.",
            )
        else:
            yield _missing(examination, name)


def _missing(examination: Examination, name: str) -> Finding:
    if _zones(examination, name):
        told = f"the hosted zone {name} is private: users could not find the hub"
    else:
        listed = examination.client("route53").list_hosted_zones()["HostedZones"]
        there = some(zone["Name"].rstrip(".") for zone in listed)
        told = f"there is no public hosted zone {name} in the account; there is {there}"
    return error(
        name,
        told,
        f"`aws route53 create-hosted-zone --name {name} --caller-reference $(date +%s)`, or name a zone that is there.",
    )


def _clashes(examination: Examination, zone_id: str) -> Iterator[Finding]:
    """Yield the stack's records that somebody else has put into the zone; an apply would refuse them."""
    if examination.deployed_groups:
        return
    for record in examination.stack.resources("aws_route53_record").values():
        name, kind = f"{record.get('name')}.", str(record.get("type"))
        if record.get("allow_overwrite") or kind not in ("A", "AAAA", "CNAME"):
            continue
        answer = examination.client("route53").list_resource_record_sets(
            HostedZoneId=zone_id, StartRecordName=name, StartRecordType=kind, MaxItems="1"
        )
        if any(each["Name"] == name and each["Type"] == kind for each in answer["ResourceRecordSets"]):
            yield warning(
                name.rstrip("."),
                f"the zone has a record {kind} {name.rstrip('.')} already; an apply refuses to overwrite it",
                "Delete it if nothing needs it, or choose another domain name.",
            )


CHECK = Check(
    name="hosted-zone",
    about="the public Route 53 zone exists, once, and no record of others stands where the stack's will",
    run=_run,
    actions=("route53:ListHostedZones", "route53:ListHostedZonesByName", "route53:ListResourceRecordSets"),
)
