"""Names of a deployment that runs, from the stack's configuration: they are the same wherever its state is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from hubctl.configuration.loading import configuration_options, load_stacks
from hubctl.configuration.stack import Stack
from hubctl.environment.project import ROOT
from hubctl.errors import BadInputError
from stacks.backend_settings import STACK_NAMES

HUB_PREFIX = "/chef-hub"
# The group whose instances take users, and the variable of its largest size, by stack
_GROUPS = {"aws-lab": ("lab", "max_size"), "chef-hub": ("chef-workers", "worker_max_size")}


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployed stack. ``prefix`` is its path in SSM, ``group`` the auto scaling group of those that take users.

    ``largest`` is the variable that bounds the group.
    """

    stack: str
    region: str | None
    prefix: str
    group: str
    largest: str

    @property
    def people(self) -> str:
        """What the group's instances are called."""
        return "workers" if self.stack == "chef-hub" else "instances"

    def counted(self, number: int, kind: str = "") -> str:
        """Return so many of them in words, such as ``1 newer instance``."""
        name = self.people if number != 1 else self.people.removesuffix("s")
        return " ".join(part for part in (str(number), kind, name) if part)


def deployment_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which deployment is meant."""
    stack = click.option(
        "--stack", required=True, type=click.Choice(STACK_NAMES), help="Stack that is deployed."
    )
    return stack(configuration_options(command))


def find_deployment(
    stack: str, folder: Path | None, variables: Sequence[str], files: Sequence[Path]
) -> Deployment:
    """Return the names that the stack's configuration gives, with the values that Terraform would take.

    Raises:
        BadInputError: The settings are wrong, or a name hangs on a variable without a value.

    """
    (loaded,) = load_stacks(ROOT, [stack], folder=folder, variables=variables, files=files)
    return deployment_of(loaded)


def deployment_of(stack: Stack) -> Deployment:
    """Return the names of a loaded stack."""
    resource, largest = _GROUPS[stack.name]
    groups = stack.resources("aws_autoscaling_group")
    if resource not in groups:
        raise BadInputError(
            f"{stack.name} has no auto scaling group {resource}",
            remedy="Give the folder of this project's stack with --folder.",
        )
    found = {"group": groups[resource].get("name"), "prefix": HUB_PREFIX}
    if stack.name == "aws-lab":
        told = stack.configuration["locals"]["instance_settings"]
        found["prefix"] = stack.value(told["parameter_prefix"])
    for what, value in found.items():
        if not isinstance(value, str) or "${" in value:
            raise BadInputError(
                f"the {what} of {stack.name} is not known: it is {value!r}",
                remedy="Give the variables of the deployment, as for Terraform: --var, --var-file or TF_VAR_....",
            )
    return Deployment(
        stack=stack.name,
        region=stack.region,
        prefix=str(found["prefix"]),
        group=str(found["group"]),
        largest=largest,
    )
