"""Who deploys, and where: the checks of credentials, region and permissions.

There are credentials, and they belong to the account that is meant. The region exists, is switched on, and is the one
that the AWS settings mean. The deployer may create what the stack holds, as far as IAM's policy simulator says.
"""

import re
from collections.abc import Iterator
from typing import Any

from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from hub_constructs.core.aws_limits import regions
from hubctl.core.aws import error_code
from hubctl.doctor.examination import (
    LOGIN,
    DoctorCheck,
    Examination,
    Finding,
    error,
    ok,
    skipped,
    some,
    warning,
)
from stacks.registry import STACKS

_NETWORK_REMEDY = "Check the network, and the proxy (HTTPS_PROXY) if there is one."
# The decisive action of each kind of resource; the rest of a service's permissions usually come with it.
CREATING_ACTIONS = {
    "aws_acm_certificate": "acm:RequestCertificate",
    "aws_autoscaling_group": "autoscaling:CreateAutoScalingGroup",
    "aws_autoscaling_lifecycle_hook": "autoscaling:PutLifecycleHook",
    "aws_autoscaling_policy": "autoscaling:PutScalingPolicy",
    "aws_autoscaling_schedule": "autoscaling:PutScheduledUpdateGroupAction",
    "aws_backup_plan": "backup:CreateBackupPlan",
    "aws_cloudwatch_dashboard": "cloudwatch:PutDashboard",
    "aws_cloudwatch_log_group": "logs:CreateLogGroup",
    "aws_cloudwatch_metric_alarm": "cloudwatch:PutMetricAlarm",
    "aws_ecr_repository": "ecr:CreateRepository",
    "aws_efs_file_system": "elasticfilesystem:CreateFileSystem",
    "aws_iam_instance_profile": "iam:CreateInstanceProfile",
    "aws_iam_role": "iam:CreateRole",
    "aws_instance": "ec2:RunInstances",
    "aws_kms_key": "kms:CreateKey",
    "aws_launch_configuration": "autoscaling:CreateLaunchConfiguration",
    "aws_launch_template": "ec2:CreateLaunchTemplate",
    "aws_lb": "elasticloadbalancing:CreateLoadBalancer",
    "aws_route53_record": "route53:ChangeResourceRecordSets",
    "aws_s3_bucket": "s3:CreateBucket",
    "aws_security_group": "ec2:CreateSecurityGroup",
    "aws_service_discovery_private_dns_namespace": "servicediscovery:CreatePrivateDnsNamespace",
    "aws_sns_topic": "sns:CreateTopic",
    "aws_ssm_document": "ssm:CreateDocument",
    "aws_ssm_parameter": "ssm:PutParameter",
    "aws_vpc": "ec2:CreateVpc",
}
# What `hubctl rollout` and `hubctl maintenance` call, beyond what a deployment needs: whoever operates the hub may be
# another person than the one who deploys it.
OPERATOR_ACTIONS = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeWarmPool",
    "autoscaling:SetDesiredCapacity",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:TerminateInstances",
    "ssm:DeleteParameter",
    "ssm:GetParameter",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
)
_ASSUMED = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/.+")
_SUBJECT = "deployer"


def region_problem(examination: Examination) -> Finding | None:
    """Return what is wrong with the stack's region itself, None when nothing is."""
    region, variable = examination.region, STACKS[examination.stack.name].region_variable
    if region is None:
        return error("region", "no region is chosen", f"Set TF_VAR_{variable}, or AWS_REGION.")
    remedy = f"Set TF_VAR_{variable} to a region that AWS has."
    broken = next((rule for rule in regions.REGION if rule.broken(region)), None)
    if broken is not None:
        return error("region", regions.explained_region(region), remedy)
    described = _described(examination, region)
    if not described:
        return error("region", f"AWS has no region {region}", remedy)
    if any(each.get("OptInStatus") == "not-opted-in" for each in described):
        return error(
            "region",
            f"the region {region} is not switched on in this account",
            "Enable it in the account settings (it takes some minutes), or choose another region.",
        )
    return None


def _described(examination: Examination, region: str) -> list[dict[str, Any]]:
    """Return what EC2 says of the region; the account's own region is asked, since one that does not exist has no answer.

    A region that is newer than the SDK is looked for by its name among all of them.
    """
    inside = regions.partition(region)
    asked = examination.account.region
    if inside is None or regions.partition(asked or "") != inside:
        # The account's own region is of another partition: ask where the stack's is.
        asked = region if region in regions.known_regions() or inside is None else inside.home
    ec2 = examination.account.client("ec2", asked)
    every: list[dict[str, Any]] = ec2.describe_regions(AllRegions=True)["Regions"]
    return [each for each in every if each["RegionName"] == region]


def _of_two_partitions(region: str | None, other: str) -> str:
    """Return what to mind when two regions lie in different partitions."""
    here, there = regions.partition(region or ""), regions.partition(other)
    if here is None or there is None or here == there:
        return ""
    return f" They are of two partitions, {here.name} and {there.name}: an account and its credentials belong to one."


def _check_region(examination: Examination) -> Iterator[Finding]:
    if unusable := region_problem(examination):
        yield unusable
        return
    region, variable = examination.region, STACKS[examination.stack.name].region_variable
    option = examination.options.region
    said = {"--region": option} if option else examination.account.regions
    others = sorted({other for other in said.values() if other != region})
    for other in others:
        sources = [source for source, one in said.items() if one == other]
        yield error(
            "region",
            f"wrong region: {examination.stack.name} deploys to {region} ({variable}), "
            f"{' and '.join(sources)} {'says' if len(sources) == 1 else 'say'} {other}",
            f"Set TF_VAR_{variable}={other} to deploy there; if {region} is meant, set AWS_REGION={region} and no other, "
            f"or give --region {region}.{_of_two_partitions(region, other)}",
        )
    if not others:
        yield ok("region", f"{region} ({', '.join([variable, *said])})")


REGION_CHECK = DoctorCheck(
    name="region",
    about="the stack's region exists, is switched on in the account, and is that of `AWS_REGION` or the profile",
    run=_check_region,
    actions=("ec2:DescribeRegions",),
    decisive=True,
)


def _check_credentials(examination: Examination) -> Iterator[Finding]:
    try:
        caller = examination.client("sts").get_caller_identity()
    except ClientError as refused:
        yield error("credentials", f"AWS refuses the credentials: {error_code(refused)}", LOGIN)
        return
    except BotoCoreError as problem:
        yield _unreachable(problem, examination)
        return
    account, meant = caller["Account"], examination.stack.values.get("aws_account_id")
    if meant and meant != account:
        yield error(
            "account",
            f"the credentials are those of account {account}, aws_account_id is {meant}",
            "Use credentials of that account, or correct aws_account_id.",
        )
        return
    where = f", served at {examination.account.endpoint}" if examination.account.endpoint else ""
    yield ok("credentials", f"account {account} as {caller['Arn']}{where}")


def _unreachable(problem: BotoCoreError, examination: Examination) -> Finding:
    if isinstance(problem, NoCredentialsError | PartialCredentialsError):
        return error("credentials", f"there are no AWS credentials: {problem}", LOGIN)
    region = examination.region
    if not examination.account.endpoint and region and regions.partition(region) is None:
        # There is no server at the address that is made of such a name.
        variable = STACKS[examination.stack.name].region_variable
        return error("region", regions.explained_region(region), f"Correct TF_VAR_{variable}, or AWS_REGION.")
    where = examination.account.endpoint or "AWS"
    remedy = LOGIN
    if isinstance(problem, exceptions.ConnectionError | HTTPClientError):
        served = examination.account.endpoint
        remedy = (
            f"See whether AWS is served at {served}, or unset AWS_ENDPOINT_URL."
            if served
            else _NETWORK_REMEDY
        )
    return error("credentials", f"{where} cannot be asked who you are: {problem}", remedy)


CREDENTIALS_CHECK = DoctorCheck(
    name="credentials",
    about="there are AWS credentials, of the account in `aws_account_id` if that is set",
    run=_check_credentials,
    actions=("sts:GetCallerIdentity",),
    decisive=True,
)


def _check_permissions(examination: Examination) -> Iterator[Finding]:
    arn = str(examination.client("sts").get_caller_identity()["Arn"])
    if arn.endswith(":root"):
        yield ok(_SUBJECT, "the account's root user may do everything; better deploy as a role")
        return
    kinds = examination.stack.kinds()
    actions = sorted(
        {CREATING_ACTIONS[kind] for kind in kinds if kind in CREATING_ACTIONS} | {"iam:PassRole"}
    )
    try:
        source = _source(examination, arn)
        denied = _denied(examination, source, actions)
        cannot_operate = _denied(examination, source, list(OPERATOR_ACTIONS))
    except ClientError as refused:
        if error_code(refused) not in (
            "AccessDenied",
            "NotImplemented",
            "NoSuchEntity",
            "InvalidInput",
            "ValidationError",
        ):
            raise
        remedy = (
            ""
            if error_code(refused) == "NotImplemented"
            else "Allow iam:SimulatePrincipalPolicy and iam:GetRole."
        )
        yield skipped(_SUBJECT, f"what {arn} may do cannot be read ({error_code(refused)})", remedy)
        return
    if denied:
        yield error(
            _SUBJECT,
            f"{arn} may not {some(denied, most=len(denied))}",
            "Have these actions allowed, or deploy as another role.",
        )
    else:
        yield ok(_SUBJECT, f"{arn} may do all {len(actions)} actions that were simulated")
    if cannot_operate:
        yield warning(
            _SUBJECT,
            f"{arn} may not {some(cannot_operate, most=len(cannot_operate))}: no rollout, no maintenance",
            "Let whoever operates the hub do these: docs/how-to/operate.md names the resources.",
        )


def _source(examination: Examination, arn: str) -> str:
    """Return the ARN whose policies count: of an assumed role, the role's, which may have a path."""
    assumed = _ASSUMED.fullmatch(arn)
    if not assumed:
        return arn
    return str(examination.client("iam").get_role(RoleName=assumed[3])["Role"]["Arn"])


def _denied(examination: Examination, source: str, actions: list[str]) -> list[str]:
    pages = (
        examination.client("iam")
        .get_paginator("simulate_principal_policy")
        .paginate(PolicySourceArn=source, ActionNames=actions)
    )
    return [
        result["EvalActionName"]
        for page in pages
        for result in page["EvaluationResults"]
        if result["EvalDecision"] != "allowed"
    ]


PERMISSIONS_CHECK = DoctorCheck(
    name="permissions",
    about="the deployer may create the stack's resources, as far as IAM's policy simulator can be used",
    run=_check_permissions,
    actions=("sts:GetCallerIdentity", "iam:GetRole", "iam:SimulatePrincipalPolicy"),
)
