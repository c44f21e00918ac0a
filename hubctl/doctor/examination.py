"""What a check is, what it is given, and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from hubctl.core.configuration.stack import Stack
from hubctl.doctor.account import AwsAccount

Status = Literal["ok", "skipped", "warning", "error"]
# The one thing to do for whatever fails because there are no usable credentials
LOGIN = "Log in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        status: ``ok``; ``skipped`` (could not be looked at, or does not apply here); ``warning`` (a deploy works, but
            look at it); ``error`` (a deploy, or the hub at its largest, would fail).
        subject: What was looked at, by the name that AWS or the stack has for it.
        found: One sentence.
        remedy: What to do; empty when there is nothing to do.

    """

    status: Status
    subject: str
    found: str
    remedy: str = ""


def ok(subject: str, found: str) -> Finding:
    """Return a finding that needs nothing to be done."""
    return Finding(status="ok", subject=subject, found=found)


def skipped(subject: str, why: str, remedy: str = "") -> Finding:
    """Return that something was not looked at."""
    return Finding(status="skipped", subject=subject, found=why, remedy=remedy)


def warning(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding that a deploy survives."""
    return Finding(status="warning", subject=subject, found=found, remedy=remedy)


def error(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding that breaks the deploy."""
    return Finding(status="error", subject=subject, found=found, remedy=remedy)


def worst(statuses: Iterable[Status]) -> Status:
    """Return the gravest of statuses; ``ok`` when there is none, and for what was skipped."""
    found = set(statuses)
    return "error" if "error" in found else "warning" if "warning" in found else "ok"


def hindered(check: str) -> str:
    """Return what is found by the checks that wait until what another one looks at is set right."""
    return f"not looked at: first set right the {check}"


def some(names: Iterable[str], most: int = 6) -> str:
    """Return names for a sentence, sorted; long lists are cut."""
    listed = sorted(set(names))
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "") if listed else "none"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the operator says about the examination.

    Attributes:
        region: Region that is meant; None for that of the AWS settings.
        dns: Whether name servers are asked for the delegation.
        nameserver: ``ADDRESS`` or ``ADDRESS:PORT`` to ask; None for the system's.
        oldest_image_days: Age from which an image is called old.

    """

    region: str | None = None
    dns: bool = True
    nameserver: str | None = None
    oldest_image_days: int = 90


@dataclass(frozen=True)
class Examination:
    """A stack and the account that it is to be deployed to, ``beside`` other stacks that are looked at too."""

    stack: Stack
    account: AwsAccount
    options: Options
    now: datetime
    beside: tuple[Stack, ...] = ()

    @cached_property
    def region(self) -> str | None:
        """The region the stack deploys to: its provider's, else that of the AWS settings."""
        return self.stack.region or self.options.region or self.account.region

    def client(self, service: str) -> Any:
        """Return a boto3 client of a service in the stack's region."""
        return self.account.client(service, self.region)

    @cached_property
    def zones(self) -> dict[str, str]:
        """State of every ordinary availability zone of the region, by name, sorted."""
        described = self.client("ec2").describe_availability_zones(AllAvailabilityZones=True)
        found = {
            zone["ZoneName"]: zone["State"]
            for zone in described["AvailabilityZones"]
            if zone.get("ZoneType", "availability-zone") == "availability-zone"
            and zone.get("OptInStatus", "opt-in-not-required") != "not-opted-in"
        }
        return dict(sorted(found.items()))

    @cached_property
    def placed(self) -> Stack:
        """The stack with the zones that Terraform will choose filled in."""
        return self.stack.in_zones(tuple(name for name, state in self.zones.items() if state == "available"))

    @cached_property
    def deployed_groups(self) -> dict[str, list[str]]:
        """Instance ids of the stack's auto scaling groups that exist already, by the group's name."""
        names = [launch.group for launch in self.stack.launches if launch.group]
        if not names:
            return {}
        answer = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
        return {
            group["AutoScalingGroupName"]: [instance["InstanceId"] for instance in group.get("Instances", [])]
            for group in answer["AutoScalingGroups"]
        }

    @cached_property
    def type_details(self) -> dict[str, dict[str, Any]]:
        """What EC2 says of the stack's instance types, by name; unknown ones are left out."""
        names = sorted({name for launch in self.stack.launches for name in launch.types})
        found = self.client("ec2").describe_instance_types(
            Filters=[{"Name": "instance-type", "Values": names}]
        )
        return {each["InstanceType"]: each for each in found["InstanceTypes"]}


@dataclass(frozen=True, kw_only=True)
class DoctorCheck:
    """A check.

    Attributes:
        name: One word for people and programs.
        about: What is checked, for the reference.
        actions: IAM actions that it needs.
        run: Looks, and returns what it found; it may let errors of boto3 through.
        offline: Whether it needs no AWS.
        decisive: Whether its error makes the later checks pointless.

    """

    name: str
    about: str
    run: Callable[[Examination], Iterable[Finding]]
    actions: tuple[str, ...] = ()
    offline: bool = False
    decisive: bool = False
