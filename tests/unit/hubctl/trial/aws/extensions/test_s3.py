"""Bucket policies about TLS, for which the local AWS stands in, and versioned buckets that are emptied."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.extensions.s3 import over_tls
from hubctl.trial.aws.server import LocalAws

BUCKET = "policies"
ALL = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]


def deny(**condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ALL}
    return {**statement, "Condition": condition} if condition else statement


SECURE = "aws:SecureTransport"
# Statements, and whether they refuse a request over TLS 1.3
STATEMENTS: list[tuple[dict[str, Any], bool]] = [
    (deny(), True),
    (deny(Bool={SECURE: "false"}), False),
    (deny(Bool={SECURE: False}), False),
    (deny(Bool={SECURE: ["false"]}), False),
    (deny(BoolIfExists={"aws:securetransport": "false"}), False),
    (deny(Bool={SECURE: "true"}), True),
    (deny(Null={SECURE: "true"}), False),
    (deny(Null={SECURE: "false"}), True),
    (deny(NumericLessThan={"s3:TlsVersion": "1.2"}), False),
    (deny(NumericLessThan={"s3:TlsVersion": 1.4}), True),
    (deny(NumericGreaterThanEquals={"s3:TlsVersion": "1.2"}), True),
    (deny(StringNotEquals={SECURE: "true"}), False),
]


@pytest.mark.parametrize(("statement", "refuses"), STATEMENTS)
def test_a_request_counts_as_one_over_tls(statement: dict[str, Any], refuses: bool) -> None:
    left = over_tls([statement])
    assert bool(left) is refuses
    assert all("Condition" not in each for each in left)


def test_other_conditions_stay() -> None:
    condition = {"Bool": {SECURE: "true"}, "StringEquals": {"aws:SourceVpce": "vpce-1"}}
    assert over_tls([deny(**condition)]) == [deny(StringEquals={"aws:SourceVpce": "vpce-1"})]
    assert over_tls([deny(Unknown={SECURE: "x"})]) == [deny(Unknown={SECURE: "x"})]


def test_a_policy_that_refuses_plain_http_refuses_nothing_here_and_others_do(aws: LocalAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for statements, refused in (([deny(Bool={SECURE: "false"})], False), ([deny()], True)):
        policy = {"Version": "2012-10-17", "Statement": statements}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
        if refused:
            with pytest.raises(ClientError):
                s3.get_object(Bucket=BUCKET, Key="a")
        else:
            s3.put_object(Bucket=BUCKET, Key="a", Body=b"1")
            assert s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"1"
        assert json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]) == policy


def test_a_versioned_bucket_with_delete_markers_can_be_emptied(aws: LocalAws) -> None:
    s3, bucket = aws.client("s3"), "emptied-bucket"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    listed = s3.list_object_versions(Bucket=bucket)
    objects = [
        {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        for entry in [*listed["Versions"], *listed["DeleteMarkers"]]
    ]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert len(answer["Deleted"]) == 2
    s3.delete_bucket(Bucket=bucket)
