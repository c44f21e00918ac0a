"""Case 18: what stands in the hosted zone and makes an apply fail, or its records and certificate worthless."""

from collections.abc import Callable, Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest

from hubctl.doctor import certificate_authorities
from hubctl.doctor.certificate_authorities import ACM, ACME, Caa, read_caa
from hubctl.doctor.examination import Finding, Options
from hubctl.doctor.zone_records import names_up_to, plain
from hubctl.trial.aws.server import LocalAws
from tests.support.name_server import Answer, name_server
from tests.support.waiting import PATIENCE

Look = Callable[..., list[Finding]]
Zone = Callable[..., str]


@pytest.fixture
def zone(aws: LocalAws) -> Iterator[Zone]:
    """Return ``zone(name, (record, type, value), …)``: makes a zone with records, for this test; a value may be an alias."""
    route53 = aws.client("route53")
    made = []

    def make(name: str, *records: tuple[str, str, str | dict[str, Any]]) -> str:
        zone_id = route53.create_hosted_zone(Name=f"{name}.", CallerReference=name)["HostedZone"]["Id"]
        made.append(zone_id)
        for record, kind, value in records:
            change: dict[str, Any] = {"Name": f"{record}.", "Type": kind}
            change |= (
                {"AliasTarget": value}
                if isinstance(value, dict)
                else {"TTL": 60, "ResourceRecords": [{"Value": each} for each in value.split("|")]}
            )
            route53.change_resource_record_sets(
                HostedZoneId=zone_id,
                ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": change}]},
            )
        return str(zone_id)

    yield make
    for zone_id in made:
        for record in route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]:
            if record["Type"] not in ("SOA", "NS") or record["Name"].count(".") > 3:
                route53.change_resource_record_sets(
                    HostedZoneId=zone_id,
                    ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]},
                )
        route53.delete_hosted_zone(Id=zone_id)


def lab(look: Look, domain: str, zone_name: str, **given: Any) -> list[Finding]:
    return look("hosted-zone", "aws-lab", domain_name=domain, hosted_zone=zone_name, **given)


def hub(look: Look, zone_name: str, **given: Any) -> list[Finding]:
    return look("hosted-zone", "chef-hub", target_domain=zone_name, **given)


def test_case_18_a_cname_at_the_record_s_name(zone: Zone, look: Look) -> None:
    zone("a.example.test", ("old.a.example.test", "CNAME", "site.example.org."))
    (finding,) = lab(look, "old.a.example.test", "a.example.test")
    assert (finding.status, finding.subject) == ("error", "old.a.example.test")
    assert "CNAME old.a.example.test (to site.example.org)" in finding.found
    assert lab(look, "new.a.example.test", "a.example.test") == []
    assert lab(look, "below.old.a.example.test", "a.example.test") == []


def test_case_18_cnames_at_the_hub_s_names(zone: Zone, look: Look) -> None:
    zone(
        "a.example.test",
        ("notebooks.a.example.test", "CNAME", "x.example.org."),
        ("*.notebooks.a.example.test", "CNAME", "x.example.org."),
    )
    found = hub(look, "a.example.test")
    assert [finding.subject for finding in found] == [
        "notebooks.a.example.test",
        "*.notebooks.a.example.test",
    ]
    assert {finding.status for finding in found} == {"error"}


@pytest.mark.parametrize(
    "name", ["team.a.example.test", "hub.team.a.example.test", "x.y.hub.team.a.example.test"]
)
def test_case_18_a_domain_in_a_zone_that_is_handed_over(zone: Zone, look: Look, name: str) -> None:
    zone("a.example.test", ("team.a.example.test", "NS", "ns1.elsewhere.test.|ns2.elsewhere.test."))
    (finding,) = lab(look, name, "a.example.test")
    assert finding.status == "error"
    assert "hands team.a.example.test over to other name servers (ns1.elsewhere.test, ns2" in finding.found
    assert "Set hosted_zone to team.a.example.test" in finding.remedy
    assert lab(look, "steam.a.example.test", "a.example.test") == []


def test_case_18_the_highest_of_several_delegations_decides_and_is_said_once(zone: Zone, look: Look) -> None:
    zone("a.example.test", ("notebooks.a.example.test", "NS", "ns1.elsewhere.test."))
    (finding,) = hub(look, "a.example.test")
    assert "hands notebooks.a.example.test over" in finding.found
    assert "target_domain" in finding.remedy


def test_case_18_what_may_stand_beside_the_records(zone: Zone, look: Look) -> None:
    """The zone's own NS and SOA at its apex, texts, mail, and a wildcard that covers the name."""
    zone(
        "a.example.test",
        ("a.example.test", "TXT", '"v=spf1 -all"'),
        ("a.example.test", "MX", "10 mail.example.org."),
        ("*.a.example.test", "CNAME", "site.example.org."),
        ("hub.a.example.test", "TXT", '"hello"'),
        ("_c0ffee.hub.a.example.test", "CNAME", "_c0ffee.acm-validations.aws."),
    )
    for name in ("a.example.test", "hub.a.example.test", "other.a.example.test"):
        assert lab(look, name, "a.example.test") == []


@pytest.mark.parametrize("kind", ["A", "*"])
def test_case_18_an_address_that_is_there_already(zone: Zone, look: Look, kind: str) -> None:
    name = "notebooks.a.example.test" if kind == "A" else "*.notebooks.a.example.test"
    zone("a.example.test", (name, "A", "192.0.2.1"))
    (finding,) = hub(look, "a.example.test")
    assert (finding.status, finding.subject) == ("error", name)
    assert "already; an apply refuses to overwrite it" in finding.found


def test_case_18_an_address_of_another_kind_leads_elsewhere(zone: Zone, look: Look) -> None:
    zone("a.example.test", ("hub.a.example.test", "AAAA", "2001:db8::1"))
    (finding,) = lab(look, "hub.a.example.test", "a.example.test")
    assert finding.status == "warning"
    assert "a record AAAA hub.a.example.test, which the stack does not make" in finding.found


@pytest.fixture
def balancer(aws: LocalAws) -> Iterator[dict[str, Any]]:
    """A balancer of the Lab's name, as an alias leads to it."""
    ec2, elb = aws.client("ec2"), aws.client("elbv2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]][:2]
    made = elb.create_load_balancer(Name="aws-lab", Subnets=subnets)["LoadBalancers"][0]
    yield {
        "DNSName": f"dualstack.{made['DNSName']}.",
        "HostedZoneId": made["CanonicalHostedZoneId"],
        "EvaluateTargetHealth": True,
    }
    elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def test_case_18_the_deployed_lab_s_own_record_is_right(
    zone: Zone, look: Look, balancer: dict[str, Any]
) -> None:
    zone("a.example.test", ("hub.a.example.test", "A", balancer))
    assert lab(look, "hub.a.example.test", "a.example.test") == []
    (finding,) = lab(look, "hub.a.example.test", "a.example.test", name="other-lab")
    assert finding.status == "error"


def test_case_18_the_deployed_hub_s_own_records_are_right(aws: LocalAws, zone: Zone, look: Look) -> None:
    ec2 = aws.client("ec2")
    tags = [{"Key": "Name", "Value": "chef-hub-leader"}]
    address = ec2.allocate_address(
        Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}]
    )
    try:
        zone(
            "a.example.test",
            ("notebooks.a.example.test", "A", address["PublicIp"]),
            ("*.notebooks.a.example.test", "A", "192.0.2.9"),
        )
        (finding,) = hub(look, "a.example.test")
        assert finding.subject == "*.notebooks.a.example.test"
    finally:
        ec2.release_address(AllocationId=address["AllocationId"])


def test_case_18_a_private_zone_of_the_same_name_is_not_in_the_way(
    aws: LocalAws, zone: Zone, look: Look
) -> None:
    zone("a.example.test")
    route53 = aws.client("route53")
    vpc = aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    private = route53.create_hosted_zone(
        Name="a.example.test.",
        CallerReference="private",
        VPC={"VPCRegion": "us-east-1", "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True, "Comment": ""},
    )["HostedZone"]["Id"]
    assert lab(look, "hub.a.example.test", "a.example.test") == []
    route53.delete_hosted_zone(Id=private)


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
    monkeypatch.setattr(certificate_authorities, "SECONDS", PATIENCE)
    zone("a.example.test")
    for value, expected in (('0 issue "sectigo.com"', 1), ('0 issue "amazon.com"', 0)):
        with name_server(caa({"example.test": value})) as address:
            found = lab(look, "hub.a.example.test", "a.example.test", options=Options(nameserver=address))
        assert len(found) == expected, found
        assert ["the CAA records of example.test" in finding.found for finding in found] == [True] * expected


def test_names_are_compared_as_route_53_means_them() -> None:
    assert plain("\\052.Notebooks.Example.org.") == "*.notebooks.example.org"
    assert names_up_to("x.y.example.org", "example.org") == [
        "x.y.example.org",
        "y.example.org",
        "example.org",
    ]
    assert names_up_to("example.org", "example.org") == ["example.org"]
    assert names_up_to("badexample.org", "example.org") == []
