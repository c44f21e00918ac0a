"""What already stands in the hosted zone where the stack's records go."""

from collections.abc import Iterator
from typing import Any

import pytest

from hubctl.doctor.zone_records import names_up_to, plain
from hubctl.trial.aws.server import LocalAws
from tests.support.hosted_zones import Look, Zone, hub, lab


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


def test_names_are_compared_as_route_53_means_them() -> None:
    assert plain("\\052.Notebooks.Example.org.") == "*.notebooks.example.org"
    assert names_up_to("x.y.example.org", "example.org") == [
        "x.y.example.org",
        "y.example.org",
        "example.org",
    ]
    assert names_up_to("example.org", "example.org") == ["example.org"]
    assert names_up_to("badexample.org", "example.org") == []


def test_a_record_of_another_owner(aws: LocalAws, look: Look) -> None:
    route53 = aws.client("route53")
    zone = route53.create_hosted_zone(Name="used.example.test.", CallerReference="u")["HostedZone"]["Id"]
    record = {
        "Name": "notebooks.used.example.test.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    }
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    (finding,) = look("hosted-zone", "chef-hub", target_domain="used.example.test")
    assert finding.status == "error"
    assert "has a record A notebooks.used.example.test already" in finding.found
