"""The parent zone delegates the hosted zone to the name servers that Route 53 gave it."""

from collections.abc import Iterator

from hubctl.doctor.checks.hosted_zone import public_zones, zone_names
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, skipped, some, warning
from hubctl.doctor.name_servers import NotDelegatedError, UnreachableError, delegated_to


def _run(examination: Examination) -> Iterator[Finding]:
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


CHECK = Check(
    name="delegation",
    about="the DNS delegates the domain to the hosted zone's name servers (asks a resolver; not with a local AWS)",
    run=_run,
    actions=("route53:GetHostedZone",),
)
