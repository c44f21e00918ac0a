"""The domain: the checks of the hosted zone and of its delegation.

The public hosted zone exists, once, and what is in it lets the stack's records and certificate be made. The parent
zone delegates it to the name servers that Route 53 gave it.
"""

from collections.abc import Iterator
from typing import Any

from hubctl.doctor.certificate_authorities import forbidden
from hubctl.doctor.examination import DoctorCheck, Examination, Finding, error, ok, skipped, some, warning
from hubctl.doctor.name_servers import NotDelegatedError, UnreachableError, delegated_to
from hubctl.doctor.zone_records import ZoneRecords, clashes


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


def _check_hosted_zone(examination: Examination) -> Iterator[Finding]:
    names = zone_names(examination)
    if not names and examination.stack.lookups("aws_route53_zone"):
        yield skipped("hosted zone", "its variable has no value")
    for name in names:
        found = public_zones(examination, name)
        if len(found) == 1:
            yield ok(name, f"the public zone {found[0]['Id'].removeprefix('/hostedzone/')} exists")
            records = ZoneRecords(examination, found[0]["Id"], name)
            yield from clashes(examination, records)
            yield from forbidden(examination, records)
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
        problem = f"the hosted zone {name} is private: users could not find the hub"
    else:
        listed = examination.client("route53").list_hosted_zones()["HostedZones"]
        there = some(zone["Name"].rstrip(".") for zone in listed)
        problem = f"there is no public hosted zone {name} in the account; there is {there}"
    return error(
        name,
        problem,
        f"`aws route53 create-hosted-zone --name {name} --caller-reference $(date +%s)`, or name a zone that is there.",
    )


HOSTED_ZONE_CHECK = DoctorCheck(
    name="hosted-zone",
    about=(
        "the public Route 53 zone exists, once; the names of the stack's records are free of CNAMEs and of other people's "
        "records, are not delegated to other name servers, and CAA records allow the certificate"
    ),
    run=_check_hosted_zone,
    actions=(
        "route53:ListHostedZones",
        "route53:ListHostedZonesByName",
        "route53:ListResourceRecordSets",
        "elasticloadbalancing:DescribeLoadBalancers",
        "ec2:DescribeAddresses",
        "ec2:DescribeInstances",
    ),
)


def _check_delegation(examination: Examination) -> Iterator[Finding]:
    options = examination.options
    for name in zone_names(examination):
        zones = public_zones(examination, name)
        if len(zones) != 1:
            yield skipped(name, "there is not exactly one public hosted zone to compare with")
        elif not options.dns:
            yield skipped(name, "name servers are not asked, as --no-dns says")
        elif examination.account.is_local and options.nameserver is None:
            yield skipped(name, "AWS is served on this machine, and no name server knows its zones")
        else:
            zone = examination.client("route53").get_hosted_zone(Id=zones[0]["Id"])
            yield _compared(examination, name, zone["DelegationSet"]["NameServers"])


def _compared(examination: Examination, name: str, given: list[str]) -> Finding:
    expected = {server.rstrip(".").lower() for server in given}
    remedy = f"At the registrar or in the parent zone, set the name servers of {name} to {some(expected)}."
    try:
        found = delegated_to(name, examination.options.nameserver)
    except NotDelegatedError as refused:
        return error(name, f"{name} is not delegated: {refused}", remedy)
    except UnreachableError as silent:
        return warning(
            name,
            f"no name server could be asked for {name}: {silent}",
            "Check it with `dig NS`, or give --nameserver.",
        )
    if found == expected:
        return ok(name, f"delegated to the zone's name servers: {some(found)}")
    if found & expected:
        wrong = some(found - expected) if found - expected else some(expected - found)
        what = "some are others" if found - expected else "some are missing"
        return warning(name, f"of the name servers that {name} is delegated to, {what}: {wrong}", remedy)
    return error(
        name, f"{name} is delegated to {some(found)}, Route 53 answers it at {some(expected)}", remedy
    )


DELEGATION_CHECK = DoctorCheck(
    name="delegation",
    about="the DNS delegates the domain to the hosted zone's name servers (asks a resolver; not with a local AWS)",
    run=_check_delegation,
    actions=("route53:GetHostedZone",),
)
