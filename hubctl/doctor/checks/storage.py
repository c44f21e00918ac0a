"""Where state and cookbooks are kept: the checks of the Terraform backend and of the bootstrap bucket.

Terraform can reach where the state is kept, and no other run holds its lock. A bootstrap bucket that the operator names
exists, lies in the region, and is closed to the public.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from hubctl.core.aws import error_code
from hubctl.core.errors import BadInputError
from hubctl.core.files import object_or_none
from hubctl.doctor.account import AwsAccount
from hubctl.doctor.examination import DoctorCheck, Examination, Finding, error, ok, warning

TERRAFORM_CLOUD = "app.terraform.io"
BUCKET_VARIABLE = "bootstrap_bucket"


def _check_backend(examination: Examination) -> Iterator[Finding]:
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
    host = str(settings.get("hostname") or TERRAFORM_CLOUD)
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
        account = AwsAccount(endpoint=examination.account.endpoint, profile=settings.get("profile"))
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
        problems = list(_backend_problems(account, s3, settings, subject))
    except ClientError as refused:
        yield _backend_refused(refused, subject, bucket)
        return
    except BotoCoreError as silent:
        yield error(subject, f"S3 cannot be reached: {silent}", "Check the network and the AWS settings.")
        return
    yield from problems
    if not problems:
        yield ok(subject, "the bucket can be reached, keeps versions, and the state is not locked")


def _backend_refused(refused: ClientError, subject: str, bucket: str) -> Finding:
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


def _backend_problems(
    account: AwsAccount, s3: Any, settings: Mapping[str, Any], subject: str
) -> Iterator[Finding]:
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


def _table(account: AwsAccount, table: str, region: str) -> Iterator[Finding]:
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


BACKEND_CHECK = DoctorCheck(
    name="backend",
    about="the state's bucket and lock can be reached (S3); there is a token (Terraform Cloud, which is not contacted)",
    run=_check_backend,
    actions=("s3:ListBucket", "s3:GetBucketVersioning", "dynamodb:DescribeTable"),
)


def _check_bucket(examination: Examination) -> Iterator[Finding]:
    stack = examination.stack
    if BUCKET_VARIABLE not in stack.values:
        return
    name = stack.values[BUCKET_VARIABLE]
    if name:
        yield from _checked(examination, str(name))
    elif stack.resources("aws_s3_bucket"):
        yield ok("bootstrap bucket", "the stack creates one")
    elif name is not None:
        yield warning(
            "bootstrap bucket",
            f"{stack.name} neither creates a bootstrap bucket nor is one named: new nodes would find no cookbooks",
            f"Set TF_VAR_{BUCKET_VARIABLE} to an existing bucket.",
        )


def _checked(examination: Examination, name: str) -> Iterator[Finding]:
    s3 = examination.client("s3")
    try:
        head = s3.head_bucket(Bucket=name)
    except ClientError as refused:
        yield _bucket_refused(refused, name)
        return
    except ParamValidationError:
        yield error(
            name,
            f"{BUCKET_VARIABLE} {name!r} is not a name of a bucket",
            "Use 3 to 63 lower-case letters, digits, dots and hyphens.",
        )
        return
    region = head.get("BucketRegion") or head["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    problems = list(_bucket_problems(s3, name))
    if region and region != examination.region:
        yield error(
            name,
            f"the bucket {name} lies in {region}, the stack in {examination.region}",
            "Use a bucket in the stack's region: the nodes read it through the regional endpoint.",
        )
    yield from problems
    if not problems and region in (None, examination.region):
        yield ok(name, f"the bucket exists in {examination.region} and is closed to the public")


def _bucket_refused(refused: ClientError, name: str) -> Finding:
    code = error_code(refused)
    if code in ("404", "NoSuchBucket", "NotFound"):
        return error(
            name,
            f"there is no bucket {name}",
            f"Create it, or leave {BUCKET_VARIABLE} empty to have one created.",
        )
    if code == "AccessDenied":
        return error(
            name, f"the bucket {name} belongs to another account, or you may not see it", "Use another name."
        )
    if code == "PermanentRedirect":
        return error(name, f"the bucket {name} lies in another region", "Use a bucket in the stack's region.")
    raise refused


def _bucket_problems(s3: Any, name: str) -> Iterator[Finding]:
    try:
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    except ClientError as refused:
        if error_code(refused) != "NoSuchPublicAccessBlockConfiguration":
            raise
        block = {}
    open_doors = [
        key
        for key in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        if not block.get(key)
    ]
    if open_doors:
        yield warning(
            name,
            f"public access to the bucket {name} is not blocked ({', '.join(open_doors)})",
            f"`aws s3api put-public-access-block --bucket {name} …` with all four switched on.",
        )
    if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled":
        yield warning(
            name,
            f"the bucket {name} keeps no versions, so overwritten cookbooks are gone",
            f"`aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled`.",
        )


BUCKET_CHECK = DoctorCheck(
    name="bucket",
    about="a named bootstrap bucket exists, is in the region, keeps versions and is closed to the public",
    run=_check_bucket,
    actions=("s3:ListBucket", "s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning"),
)
