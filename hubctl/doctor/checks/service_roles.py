"""The service-linked roles that AWS makes at the first use of a service."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from hubctl.cookbooks.aws_errors import error_code
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, ok

ROLES = {
    "aws_autoscaling_group": ("AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com"),
    "aws_lb": ("AWSServiceRoleForElasticLoadBalancing", "elasticloadbalancing.amazonaws.com"),
    "aws_efs_file_system": ("AWSServiceRoleForAmazonElasticFileSystem", "elasticfilesystem.amazonaws.com"),
}
_CREATE = "iam:CreateServiceLinkedRole"
SPOT = ("AWSServiceRoleForEC2Spot", "spot.amazonaws.com")


def _run(examination: Examination) -> Iterator[Finding]:
    stack = examination.stack
    needed = [role for kind, role in ROLES.items() if stack.resources(kind)]
    if any(launch.spot for launch in stack.launches):
        needed.append(SPOT)
    for name, service in needed:
        try:
            examination.client("iam").get_role(RoleName=name)
        except ClientError as refused:
            if error_code(refused) not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            told = (
                f"not there yet: AWS makes it at the first use, if the deployer may {_CREATE} for {service}"
            )
            yield ok(name, told)
        else:
            yield ok(name, "exists")


CHECK = Check(
    name="service-roles",
    about="whether the service-linked roles (auto scaling, balancer, EFS, spot) exist or will be made",
    run=_run,
    actions=("iam:GetRole",),
)
