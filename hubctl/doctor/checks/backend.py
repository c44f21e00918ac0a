"""Terraform can reach where the state is kept, and nobody holds its lock."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hubctl.cookbooks.aws_errors import error_code
from hubctl.doctor.account import Account
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, warning
from hubctl.errors import BadInputError
from hubctl.given import object_or_none

HOST = "app.terraform.io"


def _run(examination: Examination) -> Iterator[Finding]:
    terraform = examination.stack.configuration.get("terraform", {})
    if "cloud" in terraform:
        yield _cloud("Terraform Cloud", terraform["cloud"])
        return
    for kind, settings in terraform.get("backend", {}).items():
        if kind == "s3":
            yield from _s3(examination, settings)
        elif kind == "remote":
            yield _cloud("the remote backend", settings)
        else:
            yield ok(
                f"backend {kind}", f"the state is {settings.get('path', 'terraform.tfstate')} on this machine"
            )


def _cloud(what: str, settings: Mapping[str, Any]) -> Finding:
    """Judge by the settings and the token alone: nothing outside is contacted."""
    host = str(settings.get("hostname") or HOST)
    subject = f"{host}/{settings.get('organization')}"
    if _has_token(host):
        return ok(
            subject,
            f"{what}: organization {settings.get('organization')}, there is a token for {host}; not asked",
        )
    return warning(
        subject,
        f"{what}: there is no token for {host}",
        f"`terraform login {host}`, or set {_token_variable(host)}.",
    )


def _token_variable(host: str) -> str:
    return "TF_TOKEN_" + host.replace("-", "__").replace(".", "_")


def _has_token(host: str) -> bool:
    if os.environ.get(_token_variable(host)):
        return True
    file = Path.home() / ".terraform.d" / "credentials.tfrc.json"
    try:
        credentials = (object_or_none(file.read_bytes()) or {}).get("credentials")
    except OSError:
        return False
    return isinstance(credentials, dict) and host in credentials


def _s3(examination: Examination, settings: Mapping[str, Any]) -> Iterator[Finding]:
    bucket, region = str(settings["bucket"]), str(settings["region"])
    subject = f"s3://{bucket}/{settings['key']}"
    try:
        account = Account(endpoint=examination.account.endpoint, profile=settings.get("profile"))
    except BadInputError as unknown:
        yield error(subject, f"the backend's profile cannot be used: {unknown.message}", unknown.remedy)
        return
    s3 = account.client("s3", region)
    try:
        head = s3.head_bucket(Bucket=bucket)
        there = head.get("BucketRegion") or region
        if there != region:
            yield error(
                subject,
                f"the state's bucket lies in {there}, the backend says {region}",
                f'Set "region": "{there}".',
            )
            return
        problems = list(_problems(account, s3, settings, subject))
    except ClientError as refused:
        yield _refused(refused, subject, bucket)
        return
    except BotoCoreError as silent:
        yield error(subject, f"S3 cannot be reached: {silent}", "Check the network and the AWS settings.")
        return
    yield from problems
    if not problems:
        yield ok(subject, "the bucket can be reached, keeps versions, and nobody holds the state's lock")


def _refused(refused: ClientError, subject: str, bucket: str) -> Finding:
    code = error_code(refused)
    if code in ("404", "NoSuchBucket", "NotFound"):
        return error(
            subject,
            f"there is no bucket {bucket} for the state",
            "Create it, or correct the setting backend.",
        )
    return error(
        subject, f"the state's bucket {bucket} refuses you: {code}", "Use credentials that may use it."
    )


def _problems(account: Account, s3: Any, settings: Mapping[str, Any], subject: str) -> Iterator[Finding]:
    bucket, key = str(settings["bucket"]), str(settings["key"])
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        yield warning(
            subject,
            f"the bucket {bucket} keeps no versions: a damaged state could not be brought back",
            f"`aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled`.",
        )
    if settings.get("use_lockfile"):
        held = s3.list_objects_v2(Bucket=bucket, Prefix=f"{key}.tflock", MaxKeys=1).get("Contents", [])
        for lock in held:
            yield warning(
                subject,
                f"the state is locked since {lock['LastModified']:%Y-%m-%d %H:%M} UTC ({lock['Key']})",
                "Wait for the run that holds it; if none does, `terraform force-unlock ID`.",
            )
    if table := settings.get("dynamodb_table"):
        yield from _table(account, str(table), str(settings["region"]))


def _table(account: Account, table: str, region: str) -> Iterator[Finding]:
    try:
        found = account.client("dynamodb", region).describe_table(TableName=table)["Table"]
    except ClientError as refused:
        yield error(
            table,
            f"the lock table {table} cannot be used: {error_code(refused)}",
            "Create it with the key LockID.",
        )
        return
    if [key["AttributeName"] for key in found["KeySchema"]] != ["LockID"]:
        yield error(
            table, f"the key of the lock table {table} is not LockID", "Use a table with the key LockID."
        )


CHECK = Check(
    name="backend",
    about="the state's bucket and lock can be reached (S3); there is a token (Terraform Cloud, which is not contacted)",
    run=_run,
    actions=("s3:ListBucket", "s3:GetBucketVersioning", "dynamodb:DescribeTable"),
)
