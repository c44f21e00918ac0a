"""Which services of AWS the stacks need, by the SDK's names of their endpoints, and what a partition without one means.

What a partition lacks is in ``partitions.json``, from the SDK's data. It lacks nothing that a stack cannot do without: a
test fails when an update of the SDK says otherwise.
"""

from hub_constructs.aws_limits.regions import partition, partitions
from hub_constructs.variable_specs import Check

_BOTH = ("ec2", "autoscaling", "iam", "sts", "ssm", "s3", "elasticfilesystem", "route53")
_WATCHED = ("monitoring", "logs", "sns", "kms", "backup")
NEEDED = {
    "aws-lab": (*_BOTH, *_WATCHED, "elasticloadbalancing", "acm"),
    "chef-hub": (*_BOTH, *_WATCHED, "servicediscovery", "api.ecr"),
}
COGNITO = "cognito-idp"
# Only where a setting asks for it
OPTIONAL = (COGNITO,)


def lacks(region: str, service: str) -> str | None:
    """Return the name of the region's partition when it does not have the service, None when it has."""
    inside = partition(region)
    return inside.name if inside is not None and service in inside.missing else None


def without(service: str) -> str:
    """Return a pattern of the regions whose partition, one that the stacks work in, does not have the service."""
    return "|".join(each.form for each in partitions() if service in each.missing and not each.isolated)


# A balancer in China writes its access logs as an account of AWS, not as the service that the bucket lets in.
# https://docs.amazonaws.cn/en_us/elasticloadbalancing/latest/application/enable-access-logging.html
_CHINA = next(each.form for each in partitions() if each.name == "aws-cn")
ACCESS_LOGS_PROBLEM = (
    "balancers in China write access logs as an account of AWS, which the bucket does not let in"
)
ACCESS_LOGS_REMEDY = "Leave access_logs false in China, or choose a region of another partition."
COGNITO_REMEDY = "Choose generic, with the addresses of an identity provider that the hub reaches."


def cognito_check(region: str) -> Check:
    """Return the validation block that refuses a login by Cognito where it does not exist; ``region``: the variable."""
    pattern = without(COGNITO)
    return Check(
        condition=f'var.hub_login_authenticator != "cognito" || !can(regex("^(?:{pattern})$", var.{region}))',
        message=f"hub_login_authenticator: there is no Amazon Cognito in the partition of {region}. {COGNITO_REMEDY}",
    )


def access_logs_check(region: str) -> Check:
    """Return the validation block for a Lab with access logs; ``region``: the variable."""
    return Check(
        condition=f'!can(regex("^(?:{_CHINA})$", var.{region}))',
        message=f"{region}: {ACCESS_LOGS_PROBLEM}. {ACCESS_LOGS_REMEDY}",
    )


def writes_logs_as_account(region: str) -> bool:
    """Tell whether a balancer of the region writes its access logs as an account of AWS."""
    inside = partition(region)
    return inside is not None and inside.name == "aws-cn"
