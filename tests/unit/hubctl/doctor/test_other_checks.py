"""Variables, credentials, DNS, buckets, permissions and backends."""

import io
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, SSOTokenLoadError

from hubctl.core.configuration.stack import Stack
from hubctl.core.console import Writer
from hubctl.core.errors import BadInputError
from hubctl.doctor import certificate_authorities
from hubctl.doctor.account import Account
from hubctl.doctor.certificate_authorities import parsed
from hubctl.doctor.checks import access
from hubctl.doctor.checks.stack import PROTECTION_CHECK
from hubctl.doctor.examination import LOGIN, Examination, Finding, Options
from hubctl.doctor.report import print_report
from hubctl.doctor.run import Diagnosis
from hubctl.trial.aws.server import LocalAws
from stacks.synthesis_place import FILE
from tests.support.name_server import Answer, name_server
from tests.support.printed import flat
from tests.support.waiting import PATIENCE

Look = Callable[..., list[Finding]]


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def test_variables_without_or_with_a_bad_value_are_named(look: Look) -> None:
    found = look("variables", "aws-lab", hosted_zone=None, min_size=9)
    assert [finding.subject for finding in found] == ["hosted_zone", "min_size, max_size"]
    assert "TF_VAR_hosted_zone" in found[0].remedy


def test_a_stack_whose_sizes_cannot_be_read(diagnose: Callable[..., Diagnosis]) -> None:
    by_name = dict(diagnose("aws-lab", max_size="many").findings)
    assert by_name["variables"].status == "error"
    assert "max_size = 'many'" in by_name["variables"].found
    assert by_name["vcpus"].status == "skipped"
    assert by_name["backend"].status == "ok"


def test_without_credentials_nothing_else_is_asked(
    diagnose: Callable[..., Diagnosis], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_self: Examination, service: str) -> Any:
        raise refusal("ExpiredToken", service)

    monkeypatch.setattr(Examination, "client", refused)
    diagnosis = diagnose("aws-lab")
    by_name = dict(diagnosis.findings)
    assert diagnosis.status == "error"
    assert by_name["credentials"].found == "AWS refuses the credentials: ExpiredToken"
    for check in set(by_name) - {"variables", "credentials", "protection", "notebook-image"}:
        assert by_name[check].found == "not looked at: first set right the credentials"


@pytest.mark.parametrize(
    "lost",
    [
        refusal("ExpiredTokenException", "DescribeImages"),
        NoCredentialsError(),
        SSOTokenLoadError(error_msg="x"),
    ],
)
def test_without_credentials_single_checks_say_so_too(
    diagnose: Callable[..., Diagnosis], monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    def fails(_self: Examination, _service: str) -> Any:
        raise lost

    monkeypatch.setattr(Examination, "client", fails)
    diagnosis = diagnose("aws-lab", only=["zones", "images"])
    assert [finding.status for _, finding in diagnosis.findings] == ["error", "error"]
    assert {finding.remedy for _, finding in diagnosis.findings} == {LOGIN}
    stream = io.StringIO()
    print_report([diagnosis], Writer(file=stream))
    assert flat(stream.getvalue()).count(LOGIN) == 1
    assert "(zones, images)" in flat(stream.getvalue())


def test_nothing_that_answers_is_not_a_matter_of_logging_in(
    diagnose: Callable[..., Diagnosis], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_self: Examination, _service: str) -> Any:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    monkeypatch.setattr(Examination, "client", silent)
    finding = dict(diagnose("aws-lab").findings)["credentials"]
    assert "cannot be asked who you are" in finding.found
    assert "See whether AWS is served at http://127.0.0.1" in finding.remedy


def test_another_account_than_the_one_named(look: Look) -> None:
    (finding,) = look("credentials", "chef-hub", aws_account_id="999999999999")
    assert "account 123456789012, aws_account_id is 999999999999" in finding.found


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


def test_a_record_of_somebody_else(aws: LocalAws, look: Look) -> None:
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
    monkeypatch.setattr(certificate_authorities, "SECONDS", PATIENCE)
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
    monkeypatch.setattr(certificate_authorities, "SECONDS", 0.5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        (finding,) = look("delegation", "aws-lab", options=Options(nameserver=f"127.0.0.1:{port}"))
    assert "could be asked" in finding.found or "do not answer" in finding.found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_name_servers_are_read(text: str, expected: tuple[str, int]) -> None:
    assert parsed(text) == expected


def test_a_name_server_by_name_is_refused() -> None:
    for wrong in ("ns.example.test", "127.0.0.1:0", "127.0.0.1:99999"):
        with pytest.raises(BadInputError, match=re.escape(wrong)):
            parsed(wrong)


def test_buckets_that_do_not_do(aws: LocalAws, look: Look) -> None:
    (finding,) = look("bucket", "chef-hub", bootstrap_bucket="missing-bucket")
    assert finding.found == "there is no bucket missing-bucket"
    (finding,) = look("bucket", "chef-hub", bootstrap_bucket="Bad Bucket!")
    assert finding.found == "bootstrap_bucket 'Bad Bucket!' is no name of a bucket"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="open-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    found = look("bucket", "chef-hub", bootstrap_bucket="open-bucket")
    assert [finding.status for finding in found] == ["error", "warning", "warning"]
    assert "lies in eu-west-1, the stack in us-east-1" in found[0].found
    s3.create_bucket(Bucket="good-bucket")
    s3.put_bucket_versioning(Bucket="good-bucket", VersioningConfiguration={"Status": "Enabled"})
    closed = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    s3.put_public_access_block(Bucket="good-bucket", PublicAccessBlockConfiguration=closed)
    assert not look("bucket", "chef-hub", bootstrap_bucket="good-bucket")


def test_denied_actions_are_named(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def denied(_examination: Any, _source: str, actions: list[str]) -> list[str]:
        asked.extend(actions)
        return [action for action in actions if action.startswith("elasticfilesystem:")]

    monkeypatch.setattr(access, "_denied", denied)
    (finding,) = look("permissions", "aws-lab")
    assert "may not elasticfilesystem:CreateFileSystem" in finding.found
    assert {"ec2:CreateVpc", "iam:PassRole", "elasticloadbalancing:CreateLoadBalancer"} <= set(asked)


def test_what_one_may_not_look_at_is_a_warning(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def zones(_self: Examination) -> Any:
        raise refusal("UnauthorizedOperation", "DescribeAvailabilityZones")

    monkeypatch.setattr(Examination, "zones", property(zones))
    (finding,) = look("zones", "chef-hub")
    assert (finding.status, finding.found) == (
        "warning",
        "could not be looked at: you may not call DescribeAvailabilityZones",
    )
    assert "ec2:DescribeAvailabilityZones" in finding.remedy


def s3_backend(**changes: Any) -> dict[str, Any]:
    settings = {
        "bucket": "state-bucket",
        "region": "us-east-1",
        "key": "lab/terraform.tfstate",
        "use_lockfile": True,
    }
    return {"backend": {"s3": {**settings, **changes}}}


def test_an_s3_backend_with_its_lock(aws: LocalAws, look: Look) -> None:
    (finding,) = look("backend", "aws-lab", terraform=s3_backend())
    assert finding.found == "there is no bucket state-bucket for the state"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="state-bucket")
    (finding,) = look("backend", "aws-lab", terraform=s3_backend())
    assert "keeps no versions" in finding.found
    s3.put_bucket_versioning(Bucket="state-bucket", VersioningConfiguration={"Status": "Enabled"})
    assert not look("backend", "aws-lab", terraform=s3_backend())
    s3.put_object(Bucket="state-bucket", Key="lab/terraform.tfstate.tflock", Body=b"{}")
    (finding,) = look("backend", "aws-lab", terraform=s3_backend())
    assert "the state is locked since" in finding.found
    (finding,) = look("backend", "aws-lab", terraform=s3_backend(profile="nobody"))
    assert "the backend's profile cannot be used" in finding.found
    (finding,) = look("backend", "aws-lab", terraform=s3_backend(use_lockfile=False, dynamodb_table="locks"))
    assert "the lock table locks cannot be used" in finding.found


def test_terraform_cloud_is_judged_by_its_token_alone(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("TF_TOKEN_app_terraform_io", raising=False)
    cloud = {"cloud": {"organization": "acme", "workspaces": {"name": "aws-lab"}}}
    (finding,) = look("backend", "aws-lab", terraform=cloud)
    assert finding.found == "Terraform Cloud: there is no token for app.terraform.io"
    monkeypatch.setenv("TF_TOKEN_app_terraform_io", "token")
    assert not look("backend", "aws-lab", terraform=cloud)


def test_a_file_that_lifts_the_protection_of_homes_is_found(tmp_path: Path) -> None:
    def found(folder: Path | None) -> Finding:
        stack = Stack("aws-lab", {}, {}, folder=folder)
        (finding,) = PROTECTION_CHECK.run(Examination(stack, Account(), Options(), datetime.now(UTC)))
        return finding

    assert found(None).status == "skipped"
    assert found(tmp_path).status == "ok"
    (tmp_path / FILE).touch()
    assert found(tmp_path).status == "warning"
    assert str(tmp_path / FILE) in found(tmp_path).found
    assert "hubctl plan --stack aws-lab" in found(tmp_path).remedy
