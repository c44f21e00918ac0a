"""The deployer may create what the stack holds, as far as IAM's policy simulator tells."""

import re
from collections.abc import Iterator

from botocore.exceptions import ClientError

from hubctl.cookbooks.aws_errors import error_code
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, skipped, some, warning

# The decisive action of each kind of resource; the rest of a service's permissions usually come with it.
CREATES = {
    "aws_acm_certificate": "acm:RequestCertificate",
    "aws_autoscaling_group": "autoscaling:CreateAutoScalingGroup",
    "aws_autoscaling_policy": "autoscaling:PutScalingPolicy",
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
# somebody else than who deploys it.
OPERATES = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:SetDesiredCapacity",
    "ec2:DescribeLaunchTemplateVersions",
    "ssm:DeleteParameter",
    "ssm:GetParameter",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
)
_ASSUMED = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/.+")
_SUBJECT = "deployer"


def _run(examination: Examination) -> Iterator[Finding]:
    arn = str(examination.client("sts").get_caller_identity()["Arn"])
    if arn.endswith(":root"):
        yield ok(_SUBJECT, "the account's root user may do everything; better deploy as a role")
        return
    kinds = examination.stack.kinds()
    actions = sorted({CREATES[kind] for kind in kinds if kind in CREATES} | {"iam:PassRole"})
    try:
        source = _source(examination, arn)
        denied = _denied(examination, source, actions)
        cannot_operate = _denied(examination, source, list(OPERATES))
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


CHECK = Check(
    name="permissions",
    about="the deployer may create what the stack holds, as far as IAM's policy simulator may be asked",
    run=_run,
    actions=("sts:GetCallerIdentity", "iam:GetRole", "iam:SimulatePrincipalPolicy"),
)
