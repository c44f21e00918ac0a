"""The bootstrap bucket and the Terraform backend."""

from collections.abc import Callable
from typing import Any

import pytest

from hubctl.doctor.examination import Finding
from hubctl.trial.aws.server import LocalAws

Look = Callable[..., list[Finding]]


def test_buckets_that_do_not_do(aws: LocalAws, look: Look) -> None:
    (finding,) = look("bucket", "chef-hub", bootstrap_bucket="missing-bucket")
    assert finding.found == "there is no bucket missing-bucket"
    (finding,) = look("bucket", "chef-hub", bootstrap_bucket="Bad Bucket!")
    assert finding.found == "bootstrap_bucket 'Bad Bucket!' is not a name of a bucket"
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
