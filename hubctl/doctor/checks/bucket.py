"""A bootstrap bucket of the operator's own exists, lies in the region, and is closed to the public."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from hubctl.cookbooks.aws_errors import error_code
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, warning

VARIABLE = "bootstrap_bucket"


def _run(examination: Examination) -> Iterator[Finding]:
    stack = examination.stack
    if VARIABLE not in stack.values:
        return
    name = stack.values[VARIABLE]
    if name:
        yield from _checked(examination, str(name))
    elif stack.resources("aws_s3_bucket"):
        yield ok("bootstrap bucket", "the stack creates one of its own")
    elif name is not None:
        yield warning(
            "bootstrap bucket",
            f"{stack.name} neither creates a bootstrap bucket nor is one named: new nodes would find no cookbooks",
            f"Set TF_VAR_{VARIABLE} to an existing bucket.",
        )


def _checked(examination: Examination, name: str) -> Iterator[Finding]:
    s3 = examination.client("s3")
    try:
        head = s3.head_bucket(Bucket=name)
    except ClientError as refused:
        yield _refused(refused, name)
        return
    except ParamValidationError:
        yield error(
            name,
            f"{VARIABLE} {name!r} is no name of a bucket",
            "Use 3 to 63 lower-case letters, digits, dots and hyphens.",
        )
        return
    region = head.get("BucketRegion") or head["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    problems = list(_problems(s3, name))
    if region and region != examination.region:
        yield error(
            name,
            f"the bucket {name} lies in {region}, the stack in {examination.region}",
            "Use a bucket in the stack's region: the nodes read it through the regional endpoint.",
        )
    yield from problems
    if not problems and region in (None, examination.region):
        yield ok(name, f"the bucket exists in {examination.region} and is closed to the public")


def _refused(refused: ClientError, name: str) -> Finding:
    code = error_code(refused)
    if code in ("404", "NoSuchBucket", "NotFound"):
        return error(
            name, f"there is no bucket {name}", f"Create it, or leave {VARIABLE} empty to have one created."
        )
    if code == "AccessDenied":
        return error(
            name, f"the bucket {name} belongs to somebody else, or you may not see it", "Use another name."
        )
    if code == "PermanentRedirect":
        return error(name, f"the bucket {name} lies in another region", "Use a bucket in the stack's region.")
    raise refused


def _problems(s3: Any, name: str) -> Iterator[Finding]:
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


CHECK = Check(
    name="bucket",
    about="a bootstrap bucket that is named exists, lies in the region, keeps versions and is closed to the public",
    run=_run,
    actions=("s3:ListBucket", "s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning"),
)
