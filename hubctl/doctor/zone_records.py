"""What already stands in the hosted zone where the stack's records go: an apply would fail on it, or no resolver would see them.

What may stand at one name: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from hubctl.doctor.examination import Examination, Finding, error, some, warning
from stacks.registry import STACKS

# Beside an A record these lead browsers elsewhere as well.
ADDRESSES = ("A", "AAAA", "HTTPS")
_ADDRESS_OF = re.compile(r"\$\{(aws_eip|aws_instance)\.([\w-]+)\.public_ip\}")


def plain(name: str) -> str:
    """Return a record's name as people write it: Route 53 writes ``*`` as an octal code, and a dot at the end."""
    return name.rstrip(".").lower().replace("\\052", "*")


def names_up_to(name: str, zone: str) -> list[str]:
    """Return ``name`` and the names above it, the zone's own last; none where the name is not in the zone."""
    parts = name.split(".")
    above = [".".join(parts[at:]) for at in range(len(parts))]
    return above[: above.index(zone) + 1] if zone in above else []


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A record that the stack makes: its place in the configuration, name and type."""

    address: str
    name: str
    kind: str


class ZoneRecords:
    """The records of one public hosted zone, looked up by name, each name once."""

    def __init__(self, examination: Examination, zone_id: str, zone: str) -> None:
        self._client = examination.client("route53")
        self._id = zone_id
        self.zone = zone
        self._known: dict[str, list[dict[str, Any]]] = {}

    def at(self, name: str) -> list[dict[str, Any]]:
        """Return the record sets of exactly this name."""
        if name not in self._known:
            self._known[name] = list(self._listed(name))
        return self._known[name]

    def _listed(self, name: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=self._id, StartRecordName=f"{name}."
        )
        for page in pages:
            for record in page["ResourceRecordSets"]:
                if plain(record["Name"]) != name:
                    return
                yield record


def wanted_records(examination: Examination) -> list[Wanted]:
    """Return the records that the stack makes and that must not be there yet, as far as their names are known."""
    stack = examination.stack
    taken_over = {str(each.get("to")) for each in stack.configuration.get("import", [])}
    return [
        Wanted(
            address=f"aws_route53_record.{address}",
            name=plain(str(record.get("name"))),
            kind=str(record["type"]),
        )
        for address, record in stack.resources("aws_route53_record").items()
        # The certificate's validation: its name is ACM's, and the same record may be there from another certificate.
        if not record.get("allow_overwrite")
        and "${" not in str(record.get("name"))
        and f"aws_route53_record.{address}" not in taken_over
    ]


def clashes(examination: Examination, records: ZoneRecords) -> Iterator[Finding]:
    """Yield what is in the way of the stack's records in the zone."""
    own = OwnAddresses(examination)
    handed_over: set[str] = set()
    for wanted in wanted_records(examination):
        names = names_up_to(wanted.name, records.zone)
        if not names:  # another finding: the domain is not in the zone, or has no value
            continue
        if (child := _delegated(names, records)) is not None:
            if child not in handed_over:
                handed_over.add(child)
                yield _handed_over(examination, wanted, child, records)
        else:
            yield from _at_the_name(examination, wanted, records, own)


def _delegated(names: list[str], records: ZoneRecords) -> str | None:
    """Return the highest name below the zone's own that is handed over to other name servers."""
    below = reversed(names[:-1])
    return next((name for name in below if any(each["Type"] == "NS" for each in records.at(name))), None)


def _handed_over(examination: Examination, wanted: Wanted, child: str, records: ZoneRecords) -> Finding:
    servers = some(
        plain(value["Value"])
        for each in records.at(child)
        if each["Type"] == "NS"
        for value in each.get("ResourceRecords", [])
    )
    setting = STACKS[examination.stack.name].zone_variable
    return error(
        wanted.name,
        f"the zone {records.zone} hands {child} over to other name servers ({servers}), so no resolver would see a record "
        f"{wanted.name} in it, and no certificate could be validated",
        f"Set {setting} to {child} where that zone is in this account, choose a domain outside of it, or delete the NS record.",
    )


def _at_the_name(
    examination: Examination, wanted: Wanted, records: ZoneRecords, own: "OwnAddresses"
) -> Iterator[Finding]:
    found = records.at(wanted.name)
    kinds = {each["Type"] for each in found}
    if "CNAME" in kinds and wanted.kind != "CNAME":
        target = some(plain(value["Value"]) for each in found for value in each.get("ResourceRecords", []))
        yield error(
            wanted.name,
            f"the zone has a record CNAME {wanted.name} (to {target}), and no other record may stand beside a CNAME: an "
            f"apply could not make the record {wanted.kind}",
            "Delete it if nothing needs it, or choose another domain name.",
        )
        return
    same = [each for each in found if each["Type"] == wanted.kind]
    if same and not all(own.has(each) for each in same):
        yield _taken(examination, wanted)
    made = {each.kind for each in wanted_records(examination) if each.name == wanted.name}
    if wanted.kind == "A" and (others := sorted(kinds & set(ADDRESSES) - made)):
        yield warning(
            wanted.name,
            f"the zone has a record {' and '.join(others)} {wanted.name}, which the stack does not make: whoever follows it "
            "comes somewhere else",
            "Delete it, or have the stack make it (AAAA: the setting ipv6 of aws-lab).",
        )


def _taken(examination: Examination, wanted: Wanted) -> Finding:
    there = f"the zone has a record {wanted.kind} {wanted.name} already"
    if examination.deployed_groups:
        return warning(
            wanted.name,
            f"{there}, and it does not lead to this stack; unless it is in Terraform's state, an apply refuses to overwrite it",
            f"See `terraform state show {wanted.address}`; if it is not there, delete the record or choose another domain name.",
        )
    return error(
        wanted.name,
        f"{there}; an apply refuses to overwrite it",
        "Delete it, choose another domain name, or take it over: see docs/how-to/adopt-an-existing-deployment.md.",
    )


class OwnAddresses:
    """Which records lead to what the stack has already: to its balancer, or to its leader. Asked only where needed."""

    def __init__(self, examination: Examination) -> None:
        self._examination = examination

    def has(self, record: dict[str, Any]) -> bool:
        """Tell whether the record leads to this stack."""
        if "AliasTarget" in record:
            return plain(record["AliasTarget"]["DNSName"]).removeprefix("dualstack.") in self._balancers
        values = {value["Value"] for value in record.get("ResourceRecords", [])}
        return bool(values) and values <= self._machines

    @cached_property
    def _balancers(self) -> set[str]:
        names = [str(each["name"]) for each in self._examination.stack.resources("aws_lb").values()]
        try:
            answer = self._examination.client("elbv2").describe_load_balancers(Names=names) if names else {}
        except ClientError as refused:
            if refused.response["Error"]["Code"] != "LoadBalancerNotFound":
                raise
            return set()
        return {plain(each["DNSName"]) for each in answer.get("LoadBalancers", [])}

    @cached_property
    def _machines(self) -> set[str]:
        """Return the public addresses of what has the name of a machine that the stack's records lead to."""
        names = sorted(self._named())
        if not names:
            return set()
        ec2 = self._examination.client("ec2")
        named = [{"Name": "tag:Name", "Values": names}]
        found = {each.get("PublicIp") for each in ec2.describe_addresses(Filters=named)["Addresses"]}
        for page in ec2.get_paginator("describe_instances").paginate(Filters=named):
            machines = (machine for group in page["Reservations"] for machine in group["Instances"])
            found |= {machine.get("PublicIpAddress") for machine in machines}
        return {str(address) for address in found if address}

    def _named(self) -> Iterable[str]:
        stack = self._examination.stack
        for raw in stack.configuration.get("resource", {}).get("aws_route53_record", {}).values():
            for value in raw.get("records") or []:
                if referred := _ADDRESS_OF.fullmatch(str(value)):
                    tags = stack.value(stack.raw(referred[1], referred[2])).get("tags") or {}
                    if "Name" in tags:
                        yield str(tags["Name"])
