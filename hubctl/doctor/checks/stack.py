"""The stack itself: the checks of its variables, of the protection of homes, and of the roles that AWS adds.

Every variable that needs a value has one, and the stack accepts them. Terraform refuses to delete the users' homes: no
file in the stack's folder lifts that. AWS makes its service-linked roles at the first use of a service.
"""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from hubctl.core.aws import error_code
from hubctl.core.command_line import typed
from hubctl.core.configuration.synthesized import missing_variables
from hubctl.doctor.examination import DoctorCheck, Examination, Finding, error, ok, skipped, warning
from stacks.registry import STACKS
from stacks.synthesis_place import LEFT_OVERRIDE, has_left_override

SERVICE_LINKED_ROLES = {
    "aws_autoscaling_group": ("AWSServiceRoleForAutoScaling", "autoscaling.amazonaws.com"),
    "aws_lb": ("AWSServiceRoleForElasticLoadBalancing", "elasticloadbalancing.amazonaws.com"),
    "aws_efs_file_system": ("AWSServiceRoleForAmazonElasticFileSystem", "elasticfilesystem.amazonaws.com"),
}
_CREATE_ROLE = "iam:CreateServiceLinkedRole"
SPOT_ROLE = ("AWSServiceRoleForEC2Spot", "spot.amazonaws.com")


def _check_variables(examination: Examination) -> Iterator[Finding]:
    stack = examination.stack
    missing = missing_variables(stack.configuration.get("variable", {}), stack.given)
    for each in missing:
        yield error(
            each.name,
            f"the variable {each.name} has no value: {each.description}",
            f"Set TF_VAR_{each.name}, write it into terraform.tfvars, or give `--var {each.name}=VALUE`.",
        )
    model = STACKS[stack.name].settings
    given = {name: value for name, value in stack.given.items() if name in model.model_fields}
    _, mistakes = model.check(
        {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    )
    for mistake in mistakes:
        yield error(mistake.key, f"{mistake.key} = {mistake.value!r}: {mistake.problem}", mistake.remedy)
    if not missing and not mistakes:
        yield ok("variables", f"all {len(stack.values)} Terraform variables have usable values")


VARIABLES_CHECK = DoctorCheck(
    name="variables",
    about="every Terraform variable has a value that the stack accepts",
    run=_check_variables,
    offline=True,
)


def _check_protection(examination: Examination) -> Iterator[Finding]:
    folder = examination.stack.folder
    if folder is None or not folder.is_dir():
        yield skipped("protection", "the stack has no folder yet")
    elif has_left_override(folder):
        yield warning(
            LEFT_OVERRIDE,
            f"{folder / LEFT_OVERRIDE} is left of a destroy that was killed: with it, Terraform deletes homes without a refusal",
            f"Delete it; `{typed(f'plan --stack {examination.stack.name}')}` and `make synth` do so too.",
        )
    else:
        yield ok("protection", "nothing in the stack's folder lifts the protection of homes and backups")


PROTECTION_CHECK = DoctorCheck(
    name="protection",
    about="the stack's folder is without files that lift the protection of homes and backups",
    run=_check_protection,
    offline=True,
)


def _check_service_roles(examination: Examination) -> Iterator[Finding]:
    stack = examination.stack
    needed = [role for kind, role in SERVICE_LINKED_ROLES.items() if stack.resources(kind)]
    if any(launch.uses_spot for launch in stack.launches):
        needed.append(SPOT_ROLE)
    for name, service in needed:
        try:
            examination.client("iam").get_role(RoleName=name)
        except ClientError as refused:
            if error_code(refused) not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            sentence = f"not there yet: AWS makes it at the first use, if the deployer may {_CREATE_ROLE} for {service}"
            yield ok(name, sentence)
        else:
            yield ok(name, "exists")


SERVICE_ROLES_CHECK = DoctorCheck(
    name="service-roles",
    about="whether the service-linked roles (auto scaling, balancer, EFS, spot) exist or will be made",
    run=_check_service_roles,
    actions=("iam:GetRole",),
)
