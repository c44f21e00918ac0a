"""CAA records: who may issue, and which set counts."""

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from hubctl.doctor import name_servers
from hubctl.doctor.certificate_authorities import ACM, ACME, Caa, read_caa
from hubctl.doctor.examination import Options
from tests.support.hosted_zones import Look, Zone, hub, lab
from tests.support.name_server import Answer, name_server
from tests.support.waiting import PATIENCE

CAA_SETS: dict[str, tuple[str, bool, bool]] = {
    # Records, whether Amazon may issue, whether Let's Encrypt may
    "Amazon": ('0 issue "amazon.com"', True, False),
    "another name of Amazon's": ('0 issue "awstrust.com"', True, False),
    "Let's Encrypt": ('0 issue "letsencrypt.org"', False, True),
    "both": ('0 issue "letsencrypt.org"|0 issue "amazontrust.com"', True, True),
    "nobody": ('0 issue ";"', False, False),
    "nobody, and Amazon": ('0 issue ";"|0 issue "amazon.com"', True, False),
    "another one": ('0 issue "sectigo.com"', False, False),
    "reports alone": ('0 iodef "mailto:security@example.test"', True, True),
    "wildcards alone": ('0 issuewild ";"', True, True),
    "a challenge over DNS": ('0 issue "letsencrypt.org; validationmethods=dns-01"', False, False),
    "a challenge over HTTP": ('0 issue "letsencrypt.org; validationmethods=http-01,dns-01"', False, True),
    "an account": ('0 issue "letsencrypt.org; accounturi=https://acme.example/1"', False, False),
    "upper case": ('0 ISSUE "Amazon.com"', True, False),
    "what must be understood and is not": ('128 future "x"|0 issue "amazon.com"', False, False),
}


@pytest.mark.parametrize("name", CAA_SETS)
def test_case_18_caa_records_say_who_may_issue(name: str) -> None:
    values, amazon, lets_encrypt = CAA_SETS[name]
    records = [caa for caa in map(read_caa, values.split("|")) if caa is not None]
    assert len(records) == values.count("|") + 1
    assert (ACM.permitted(records), ACME.permitted(records)) == (amazon, lets_encrypt)


def test_case_18_issuewild_decides_for_wildcards_alone() -> None:
    records = [read for text in ('0 issue "amazon.com"', '0 issuewild ";"') if (read := read_caa(text))]
    assert ACM.permitted(records)
    assert not ACM.permitted(records, wildcard=True)
    assert ACM.permitted(records[:1], wildcard=True)


def test_caa_records_are_read() -> None:
    assert read_caa('0 issue "amazon.com; a=b; c = d"') == Caa(
        flags=0, tag="issue", value="amazon.com; a=b; c = d"
    )
    assert read_caa("0 issue letsencrypt.org") == Caa(flags=0, tag="issue", value="letsencrypt.org")
    assert read_caa('0 issue ";"').issuer == ""  # type: ignore[union-attr]
    assert [read_caa(text) for text in ("", "issue", "0 issue", '0 issue "x" y')] == [None] * 4


@pytest.mark.parametrize("at", ["hub.a.example.test", "a.example.test", "example.test"])
def test_case_18_the_closest_caa_records_count_also_above_the_zone(zone: Zone, look: Look, at: str) -> None:
    """The seeded account has no zone example.test, so one is made where it is meant."""
    if at == "example.test":
        zone(at, (at, "CAA", '0 issue "sectigo.com"'))
        zone("a.example.test")
    else:
        zone("a.example.test", (at, "CAA", '0 issue "sectigo.com"'))
    (finding,) = lab(look, "hub.a.example.test", "a.example.test")
    assert finding.status == "error"
    assert f'the CAA records of {at} (issue "sectigo.com") do not let Amazon issue' in finding.found
    assert f'CAA 0 issue "amazon.com" to {at}' in finding.remedy


def test_case_18_a_closer_set_replaces_the_one_above(zone: Zone, look: Look) -> None:
    zone(
        "a.example.test",
        ("a.example.test", "CAA", '0 issue ";"'),
        ("hub.a.example.test", "CAA", '0 issue "amazon.com"'),
    )
    assert lab(look, "hub.a.example.test", "a.example.test") == []
    assert len(lab(look, "x.a.example.test", "a.example.test")) == 1


def test_case_18_the_hub_s_authority_is_that_of_its_settings(zone: Zone, look: Look) -> None:
    zone("a.example.test", ("a.example.test", "CAA", '0 issue "amazon.com"'))
    (finding,) = hub(look, "a.example.test")
    assert finding.subject == "notebooks.a.example.test"
    assert "do not let Let's Encrypt issue" in finding.found
    # Whoever gives files has a certificate; names of other authorities are not known.
    assert hub(look, "a.example.test", hub_tls_source="files") == []
    assert hub(look, "a.example.test", hub_tls_acme_directory="https://acme.example.org/directory") == []
    staging = "https://acme-staging-v02.api.letsencrypt.org/directory"
    assert len(hub(look, "a.example.test", hub_tls_acme_directory=staging)) == 1


def caa(records: dict[str, str]) -> Answer:
    """Return what answers with these CAA records, by name."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if value := records.get(str(query.question[0].name).rstrip(".")):
            response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "CAA", value))
        return response

    return answer


def test_case_18_above_the_zone_the_dns_is_asked(
    zone: Zone, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_servers, "RESOLVER_DEADLINE", PATIENCE)
    zone("a.example.test")
    for value, expected in (('0 issue "sectigo.com"', 1), ('0 issue "amazon.com"', 0)):
        with name_server(caa({"example.test": value})) as address:
            found = lab(look, "hub.a.example.test", "a.example.test", options=Options(nameserver=address))
        assert len(found) == expected, found
        assert ["the CAA records of example.test" in finding.found for finding in found] == [True] * expected
