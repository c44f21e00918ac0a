"""Names of a deployment that runs, from the stack's configuration: they are the same wherever its state is kept."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import ClientError

from hubctl.core.aws import error_code, told_plainly
from hubctl.core.configuration.stack import Stack
from hubctl.core.configuration.synthesized import configuration_options, load_stacks
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import object_or_none
from hubctl.core.project_folders import ROOT
from stacks.registry import STACK_NAMES
from stacks.settings.text_files import shown

HUB_PREFIX = "/chef-hub"
# The group whose instances take users, and the variable of its largest size, by stack
_GROUPS = {"aws-lab": ("lab", "max_size"), "chef-hub": ("chef-workers", "worker_max_size")}
NOT_THERE = "ParameterNotFound"
_DURATION = re.compile(r"(?:(\d{1,999})d)?(?:(\d{1,999})h)?(?:(\d{1,999})m(?:in)?)?", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
LONGEST = timedelta(days=31)
FORMS = (
    "Write a duration such as 90m, 8h or 2d, a time of day such as 18:30, or a date such as 2026-12-01T18:30."
)


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
        settings = stack.configuration["locals"]["instance_settings"]
        found["prefix"] = stack.value(settings["parameter_prefix"])
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


def read_document(ssm: Any, name: str) -> dict[str, Any] | None:
    """Return what the parameter holds, None when it does not exist.

    Raises:
        HubctlError: AWS refuses or cannot be reached, or the parameter holds no JSON object.

    """
    with told_plainly(f"read the parameter {name}"):
        try:
            text = ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error_code(error) == NOT_THERE:
                return None
            raise
    document = parsed(text)
    if document is None:
        raise HubctlError(
            f"the parameter {name} does not hold a JSON object",
            remedy=f"Look at it with `aws ssm get-parameter --name {name}`, and delete it if it is not needed.",
        )
    return document


def write_document(ssm: Any, name: str, document: dict[str, Any]) -> None:
    """Replace what the parameter holds; raise HubctlError when AWS refuses or cannot be reached."""
    with told_plainly(f"write the parameter {name}"):
        ssm.put_parameter(
            Name=name, Value=json.dumps(document, ensure_ascii=False), Type="String", Overwrite=True
        )


def delete_parameter(ssm: Any, name: str) -> bool:
    """Delete the parameter; tell whether there was one."""
    with told_plainly(f"delete the parameter {name}"):
        try:
            ssm.delete_parameter(Name=name)
        except ClientError as error:
            if error_code(error) == NOT_THERE:
                return False
            raise
    return True


def documents_below(ssm: Any, path: str) -> dict[str, dict[str, Any] | None]:
    """Return the documents directly below ``path`` by the last part of their names; None for what is not JSON."""
    with told_plainly(f"read the parameters below {path}"):
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=False)
        return {
            parameter["Name"].rpartition("/")[2]: parsed(parameter["Value"])
            for page in pages
            for parameter in page["Parameters"]
        }


def parsed(text: str) -> dict[str, Any] | None:
    """Return a JSON object, None when the text is none."""
    return object_or_none(text)


def moment(text: str, now: datetime, *, option: str) -> datetime:
    """Return the point in time in UTC; a time without a zone is this machine's, a time of day is the next one.

    Raises:
        BadInputError: It cannot be understood, is not in the future, or is more than a month away.

    """
    found = _parsed(text.strip(), now)
    if found is None:
        raise BadInputError(f"{option} {shown(text)} is not a time", remedy=FORMS)
    if found <= now:
        raise BadInputError(f"{option} {shown(text)} is not in the future", remedy=FORMS)
    if found - now > LONGEST:
        raise BadInputError(f"{option} {shown(text)} is more than {LONGEST.days} days away", remedy=FORMS)
    return found.astimezone(UTC).replace(microsecond=0)


def _parsed(text: str, now: datetime) -> datetime | None:
    duration = _DURATION.fullmatch(text)
    if text and duration:
        days, hours, minutes = (int(part or 0) for part in duration.groups())
        # No more than Python can reckon with; what is too long is refused with its own sentence.
        return now + timedelta(days=min(days, 10_000), hours=min(hours, 100_000), minutes=min(minutes, 10**7))
    clock = _CLOCK.fullmatch(text)
    if clock:
        today = now.astimezone().replace(
            hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0, fold=0
        )
        return today if today > now else today + timedelta(days=1)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return None
    return given if given.tzinfo else given.astimezone()


def iso(point: datetime) -> str:
    """Return it as parameters hold it."""
    return point.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_iso(text: object) -> datetime | None:
    """Return what a parameter holds; None when that is not a time of these centuries."""
    try:
        point = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if not 1970 < point.year < 9999:  # what another zone's clock could not show
        return None
    return point if point.tzinfo else point.replace(tzinfo=UTC)


def spoken(point: datetime) -> str:
    """Return it for people: in this machine's zone, which it names."""
    return f"{point.astimezone():%Y-%m-%d %H:%M %Z}".strip()
