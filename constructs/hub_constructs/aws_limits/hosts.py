"""Hosts of AWS's services in partitions that the pinned AWS provider does not reach by itself.

Provider 5.100.0 knows the European Sovereign Cloud by name, and asks for its services under ``amazonaws.com`` all the
same, for IAM even in the commercial partition. A stack whose setting names a region there has the hosts written into it.
"""

from hub_constructs.aws_limits.regions import partition, partitions
from hub_constructs.variable_specs import Check

UNREACHED = "aws-eusc"
_FORM = next(each.form for each in partitions() if each.name == UNREACHED)
_TOLD = "the European Sovereign Cloud"
# The provider's name of each service that a stack uses, and the beginning of its host's name in the SDK
HOSTS = {
    "acm": "acm",
    "autoscaling": "autoscaling",
    "backup": "backup",
    "cloudwatch": "monitoring",
    "ec2": "ec2",
    "ecr": "api.ecr",
    "efs": "elasticfilesystem",
    "elbv2": "elasticloadbalancing",
    "iam": "iam",
    "kms": "kms",
    "logs": "logs",
    "route53": "route53",
    "s3": "s3",
    "servicediscovery": "servicediscovery",
    "sns": "sns",
    "ssm": "ssm",
    "sts": "sts",
}


def endpoints(setting: str, region: str) -> dict[str, str]:
    """Return the ``endpoints`` of the provider; none where it finds them by itself.

    ``setting`` is the region that the stack is synthesized for, ``region`` what stands in the URLs, such as a reference.
    """
    inside = partition(setting)
    if inside is None or inside.name != UNREACHED:
        return {}
    return {name: f"https://{host}.{region}.{inside.suffix}" for name, host in HOSTS.items()}


def hosts_check(setting: str, variable: str) -> Check:
    """Return the validation block that keeps the variable in a partition whose hosts the stack names, or finds."""
    inside = f'can(regex("^(?:{_FORM})$", var.{variable}))'
    if endpoints(setting, setting):
        return Check(
            condition=inside,
            message=(
                f"{variable}: this stack was synthesized for {_TOLD} and asks for AWS's services there. "
                f"Set {variable} in the context of cdktf.json, and synthesize it again."
            ),
        )
    return Check(
        condition=f"!{inside}",
        message=(
            f"{variable}: this stack was synthesized for regions outside {_TOLD}, which the AWS provider does not reach by "
            f"itself. Set {variable} in the context of cdktf.json, and synthesize it again."
        ),
    )
