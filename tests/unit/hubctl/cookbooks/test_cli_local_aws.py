"""`hubctl cookbooks` on the local AWS, in a bucket with the policy of the stack's; and what is said of refusals by policies."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from hubctl.cookbooks.cli import command
from hubctl.core.aws import told_plainly
from hubctl.core.errors import HubctlError
from hubctl.trial.aws.server import LocalAws
from tests.support.printed import flat

BUCKET = "chef-hub-bootstrap-local"


def only_tls(bucket: str) -> dict[str, Any]:
    """Return the policy as the stack writes it; a test below compares them."""
    arn = f"arn:aws:s3:::{bucket}"
    return {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with LocalAws() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        policy = {"Version": "2012-10-17", "Statement": [only_tls(BUCKET)]}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
        yield BUCKET


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--bucket", BUCKET])


@pytest.mark.usefixtures("bucket")
def test_push_and_list_work_on_the_local_aws(folder: Path) -> None:
    pushed = run("push", "--folder", str(folder))
    assert pushed.exit_code == 0, pushed.exception
    assert "the Workstation installs" in flat(pushed.output)
    listed = run("list")
    assert listed.exit_code == 0, listed.exception
    assert "latest" in listed.output
    assert "nothing to do" in flat(run("push", "--folder", str(folder)).output)


def test_the_policy_is_the_stack_s(synth: Callable[..., dict[str, Any]]) -> None:
    written = synth("chef-hub")["resource"]["aws_s3_bucket_policy"]["bootstrap"]["policy"]
    text = written.removeprefix("${jsonencode(").removesuffix(")}").replace(" = ", ": ")
    text = text.replace("${data.aws_partition.current.partition}", "aws").replace(
        "${local.bootstrap_bucket}", BUCKET
    )
    assert json.loads(text)["Statement"] == [only_tls(BUCKET)]


BY_POLICY = "User: arn:aws:iam::1:user/u is not authorized to perform: s3:PutObject on resource: x"


@pytest.mark.parametrize(
    ("detail", "remedy"),
    [
        (f"{BY_POLICY} with an explicit deny in a resource-based policy", "aws s3api get-bucket-policy"),
        (f"{BY_POLICY} with an explicit deny in a service control policy", "service control policy of your"),
        (
            f"{BY_POLICY} because no permissions boundary allows the s3:PutObject action",
            "permissions boundary",
        ),
        (f"{BY_POLICY} with an explicit deny in a VPC endpoint policy", "VPC endpoint"),
        (
            f"{BY_POLICY} because no identity-based policy allows the s3:PutObject action",
            "Use credentials that may do that",
        ),
        ("Access Denied", "Where yours may, the policy of the bucket"),
    ],
)
def test_a_refusal_leads_to_the_policy_that_refuses(
    detail: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(HubctlError) as refused, told_plainly("write it"):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": detail}}, "PutObject")
    assert remedy in refused.value.remedy
    assert refused.value.exit_code == 1


@pytest.mark.parametrize(
    ("endpoint", "named"),
    [
        ("http://s3.eu-central-1.amazonaws.com", True),
        ("https://s3.eu-central-1.amazonaws.com", False),
        ("http://127.0.0.1:5000", False),
    ],
)
def test_a_refusal_at_an_endpoint_without_tls_names_it(
    endpoint: str, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with pytest.raises(HubctlError) as refused, told_plainly("write it"):
        raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")
    assert ("AWS_ENDPOINT_URL_S3 leads to an endpoint without TLS" in refused.value.remedy) is named
