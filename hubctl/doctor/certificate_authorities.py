"""CAA records: whether the domain lets the authority issue the certificate that the stack will ask for.

The closest name upwards that has CAA records decides, also above the hosted zone: https://www.rfc-editor.org/rfc/rfc8659
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hubctl.doctor.examination import Examination, Finding, error, some, warning
from hubctl.doctor.name_servers import caa_records
from hubctl.doctor.zone_records import ZoneRecords, names_up_to, plain

# https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
# https://letsencrypt.org/docs/caa/
LETS_ENCRYPT = ("letsencrypt.org",)
CRITICAL_FLAG = 128
_RECORD = re.compile(r'\s*(\d{1,3})\s+([A-Za-z0-9]+)\s+(?:"((?:[^"\\]|\\.)*)"|(\S+))\s*')
_KNOWN_TAGS = ("issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone")


@dataclass(frozen=True, kw_only=True)
class Caa:
    """One CAA record: flags as a number, tag in lower case, value without its quotes."""

    flags: int
    tag: str
    value: str

    @property
    def issuer(self) -> str:
        """The authority that the value names; empty for one that lets no authority issue."""
        return self.value.partition(";")[0].strip().lower().rstrip(".")

    @property
    def parameters(self) -> dict[str, str]:
        """What the value asks of the authority besides."""
        parts = (part.partition("=") for part in self.value.split(";")[1:])
        return {name.strip().lower(): value.strip() for name, _, value in parts if name.strip()}


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Who issues the certificate: what people call it, its names in CAA records, how it validates.

    ``own_account`` is True where it asks with an account that is not known beforehand.
    """

    name: str
    issuers: tuple[str, ...]
    method: str
    own_account: bool = False

    def permitted(self, records: Sequence[Caa], *, wildcard: bool = False) -> bool:
        """Tell whether the closest set of CAA records lets it issue."""
        if any(record.flags & CRITICAL_FLAG and record.tag not in _KNOWN_TAGS for record in records):
            return False
        tags = {record.tag for record in records}
        tag = "issuewild" if wildcard and "issuewild" in tags else "issue"
        deciding = [record for record in records if record.tag == tag]
        return not deciding or any(self._permitted_by(record) for record in deciding)

    def _permitted_by(self, record: Caa) -> bool:
        parameters = record.parameters
        methods = parameters.get("validationmethods")
        return (
            record.issuer in self.issuers
            and (methods is None or self.method in methods.lower().split(","))
            and not (self.own_account and "accounturi" in parameters)
        )


ACM = Authority(name="Amazon", issuers=AMAZON, method="dns-01")
ACME = Authority(name="Let's Encrypt", issuers=LETS_ENCRYPT, method="http-01", own_account=True)


def read_caa(text: str) -> Caa | None:
    """Return the CAA record that ``0 issue "example.org"`` says; None for what cannot be read."""
    if (found := _RECORD.fullmatch(text)) is None:
        return None
    value = found[3] if found[3] is not None else found[4]
    return Caa(flags=int(found[1]), tag=found[2].lower(), value=re.sub(r"\\(.)", r"\1", value))


def asked_for(examination: Examination) -> list[tuple[str, Authority]]:
    """Return the names that certificates are asked for, as far as they are known, with who is asked."""
    stack = examination.stack
    found = [
        (plain(str(name)), ACM)
        for certificate in stack.resources("aws_acm_certificate").values()
        for name in (certificate.get("domain_name"), *(certificate.get("subject_alternative_names") or []))
    ]
    if stack.values.get("hub_tls_source") == "acme" and _is_lets_encrypt(
        stack.values.get("hub_tls_acme_directory")
    ):
        # Its challenge over HTTP is for single names only.
        records = stack.resources("aws_route53_record").values()
        names = (plain(str(record.get("name"))) for record in records if record.get("type") == "A")
        found += [(name, ACME) for name in names if not name.startswith("*.")]
    return [
        (name, authority) for name, authority in dict.fromkeys(found) if "${" not in name and name != "none"
    ]


def _is_lets_encrypt(directory: object) -> bool:
    """Tell whether the directory is that of Let's Encrypt, which an empty one means; others' names are not known."""
    host = urlsplit(str(directory or "")).hostname or ""
    return not directory or host == "letsencrypt.org" or host.endswith(".letsencrypt.org")


def forbidden(examination: Examination, records: ZoneRecords) -> Iterator[Finding]:
    """Yield the certificates that the domain lets the authority not issue."""
    for name, authority in asked_for(examination):
        wildcard, bare = name.startswith("*."), name.removeprefix("*.")
        where, found = closest(examination, records, bare)
        if found and not authority.permitted(found, wildcard=wildcard):
            shown = some(f'{each.tag} "{each.value}"' for each in found)
            make = warning if examination.deployed_groups else error
            yield make(
                name,
                f"the CAA records of {where} ({shown}) do not let {authority.name} issue a certificate for {name}"
                + (", so the one that is there will not be renewed" if examination.deployed_groups else ""),
                f'Add a record CAA 0 issue "{authority.issuers[0]}" to {where}'
                + (", without an account or another method of validation" if authority.own_account else "")
                + f", or give {bare} CAA records.",
            )


def closest(examination: Examination, records: ZoneRecords, name: str) -> tuple[str, list[Caa]]:
    """Return the closest name upwards with CAA records, and these; empty ones where there are none."""
    inside = names_up_to(name, records.zone)
    for each in inside:
        if found := _in_zone(records, each):
            return each, found
    for each in _above(records.zone):
        if found := _outside(examination, each):
            return each, found
    return name, []


def _above(zone: str) -> list[str]:
    parts = zone.split(".")
    return [".".join(parts[at:]) for at in range(1, len(parts))]


def _in_zone(records: ZoneRecords, name: str) -> list[Caa]:
    values = (
        value["Value"]
        for record in records.at(name)
        if record["Type"] == "CAA"
        for value in record.get("ResourceRecords", [])
    )
    return [caa for caa in map(read_caa, values) if caa is not None]


def _outside(examination: Examination, name: str) -> list[Caa]:
    """Return the CAA records of a name above the zone: by the DNS where it is asked, else of a zone in the account."""
    options = examination.options
    if options.dns and (options.nameserver is not None or not examination.account.is_local):
        return [caa for caa in map(read_caa, caa_records(name, options.nameserver)) if caa is not None]
    answer = examination.client("route53").list_hosted_zones_by_name(DNSName=f"{name}.", MaxItems="100")
    for zone in answer["HostedZones"]:
        if plain(zone["Name"]) == name and not zone["Config"].get("PrivateZone"):
            return _in_zone(ZoneRecords(examination, zone["Id"], name), name)
    return []
