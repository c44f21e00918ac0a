"""The hosted zone and its delegation."""

import socket
from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from hubctl.doctor import name_servers
from hubctl.doctor.examination import Finding, Options
from hubctl.trial.aws.server import LocalAws
from tests.support.name_server import Answer, name_server
from tests.support.waiting import PATIENCE

Look = Callable[..., list[Finding]]


def test_hosted_zones_that_do_not_do(aws: LocalAws, look: Look) -> None:
    (finding,) = look("hosted-zone", "chef-hub", target_domain="gone.example.test")
    assert "no public hosted zone gone.example.test" in finding.found
    assert "lab.example.test" in finding.found
    route53 = aws.client("route53")
    for reference in ("one", "two"):
        route53.create_hosted_zone(Name="twice.example.test.", CallerReference=reference)
    (finding,) = look("hosted-zone", "chef-hub", target_domain="twice.example.test")
    assert "2 public hosted zones twice.example.test" in finding.found
    vpc = aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    where = {"VPCRegion": "us-east-1", "VPCId": vpc}
    config = {"PrivateZone": True, "Comment": ""}
    route53.create_hosted_zone(
        Name="inner.example.test.", CallerReference="i", VPC=where, HostedZoneConfig=config
    )
    (finding,) = look("hosted-zone", "chef-hub", target_domain="inner.example.test")
    assert "inner.example.test is private" in finding.found


def servers(*names: str) -> Answer:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if names:
            response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "NS", *names))
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    return answer


def test_the_delegation_is_compared_with_the_zone(
    aws: LocalAws, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_servers, "RESOLVER_DEADLINE", PATIENCE)
    route53 = aws.client("route53")
    zones = route53.list_hosted_zones_by_name(DNSName="lab.example.test.")["HostedZones"]
    own = route53.get_hosted_zone(Id=zones[0]["Id"])["DelegationSet"]["NameServers"]
    expected = [(own, None), ([], "lab.example.test is not delegated: there is no such domain")]
    expected += [
        (["ns1.elsewhere.test."], "lab.example.test is delegated to ns1.elsewhere.test, Route 53 answers")
    ]
    expected += [([*own, "ns1.elsewhere.test."], "some are others: ns1.elsewhere.test")]
    for names, problem in expected:
        with name_server(servers(*(f"{name.rstrip('.')}." for name in names))) as address:
            found = look("delegation", "aws-lab", options=Options(nameserver=address))
        assert [problem in finding.found for finding in found if problem] == ([True] if problem else []), (
            found
        )


def test_no_name_server_answers(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_servers, "RESOLVER_DEADLINE", 0.5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        (finding,) = look("delegation", "aws-lab", options=Options(nameserver=f"127.0.0.1:{port}"))
    assert "could be asked" in finding.found or "do not answer" in finding.found
