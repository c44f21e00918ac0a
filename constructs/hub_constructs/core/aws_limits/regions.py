"""Regions, zones and partitions of AWS: which exist, how the names of future ones look, and what does not work in some.

``partitions.json`` is a copy of what the SDK knows; ``pytest tests/unit/hub_constructs/core/aws_limits --update-golden``
renews it after an update of botocore. A region that is newer than the SDK is accepted when its name matches the pattern
that the SDK has for the partition, with a direction that AWS has used so far: ``hubctl doctor`` asks EC2 whether it
exists. A partition can lack a service of AWS, and the pinned AWS provider does not find the hosts of one partition by
itself: the stack then names the endpoints.
"""

import difflib
import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hub_constructs.core.variable_specs import Check, TextRule

PARTITIONS_FILE = Path(__file__).resolve().parent / "partitions.json"
_SOURCE = "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"
_DIRECTION = "(central|north|northeast|east|southeast|south|southwest|west|northwest)"
# Their accounts have no way to the Internet, where images and packages come from.
# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_ISOLATED = "aws-iso"
COGNITO = "cognito-idp"  # by the SDK's name of its endpoint
COGNITO_REMEDY = "Choose generic, with the addresses of an identity provider that the hub reaches."
ACCESS_LOGS_PROBLEM = (
    "balancers in China write access logs as an account of AWS, which the bucket does not let in"
)
ACCESS_LOGS_REMEDY = "Leave access_logs false in China, or choose a region of another partition."
SOVEREIGN_CLOUD = "aws-eusc"
_SOVEREIGN_CLOUD_NAME = "the European Sovereign Cloud"
# The provider's name of each service that a stack uses, and the beginning of its host's name in the SDK
SERVICE_HOSTS = {
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


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A separate part of AWS, with other accounts, names and endpoints.

    Attributes:
        name: As it stands in ARNs, such as ``aws-cn``.
        suffix: How the names of its hosts end, such as ``amazonaws.com.cn``.
        home: Region that answers for global services, such as IAM.
        region_pattern: Pattern of its regions' names.
        regions: Those that the SDK knows.
        missing: Services that the stacks use and it lacks, by the SDK's names of their endpoints.

    """

    name: str
    suffix: str
    home: str
    region_pattern: str
    regions: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def isolated(self) -> bool:
        """Tell whether it has no way to the Internet."""
        return self.name.startswith(_ISOLATED)


@functools.cache
def partitions() -> tuple[Partition, ...]:
    """Return all partitions that the SDK knows."""
    document = json.loads(PARTITIONS_FILE.read_text(encoding="utf-8"))["partitions"]
    return tuple(
        Partition(
            name=each["name"],
            suffix=each["suffix"],
            home=each["home"],
            region_pattern=_region_pattern(each["region_pattern"]),
            regions=tuple(each["regions"]),
            missing=tuple(each["missing"]),
        )
        for each in document
    )


def _region_pattern(pattern: str) -> str:
    """Return the SDK's pattern with AWS's directions in the place of any word, so that slips are found."""
    inner = pattern.removeprefix("^").removesuffix("$").replace(r"\-", "-")
    return inner.replace(r"\w+", _DIRECTION).replace(r"\d+", "[0-9]{1,2}")


@functools.cache
def partition(region: str) -> Partition | None:
    """Return the partition of a region by its name; None for a text that is not a region's name."""
    return next((each for each in partitions() if re.fullmatch(each.region_pattern, region)), None)


@functools.cache
def known_regions() -> frozenset[str]:
    """Return the names of all regions that the SDK knows."""
    return frozenset(region for each in partitions() for region in each.regions)


def suffixes() -> tuple[str, ...]:
    """Return how the names of AWS's hosts end, each once, those of isolated partitions left out."""
    return tuple(dict.fromkeys(each.suffix for each in partitions() if not each.isolated))


def _any_region(wanted: Iterable[Partition]) -> str:
    return "|".join(each.region_pattern for each in wanted)


ISOLATED = TextRule(
    refused=_any_region(each for each in partitions() if each.isolated),
    problem="its partition has no way to the Internet, where packages and images come from",
    source=_SOURCE,
)
REGION = (
    ISOLATED,
    # Isolated regions pass here: the rule above says more about them.
    TextRule(pattern=_any_region(partitions()), problem="AWS has no region of such a name", source=_SOURCE),
)
# Regions that these stacks work in, for patterns that say no more than yes or no
USABLE = _any_region(each for each in partitions() if not each.isolated)
ZONE = TextRule(
    pattern=f"({USABLE})[a-z]",
    problem="it is not an availability zone",
    source=_SOURCE,
)
# A balancer in China writes its access logs as an account of AWS, not as the service that the bucket lets in.
# https://docs.amazonaws.cn/en_us/elasticloadbalancing/latest/application/enable-access-logging.html
_CHINA = next(each.region_pattern for each in partitions() if each.name == "aws-cn")
_SOVEREIGN_CLOUD_REGION = next(each.region_pattern for each in partitions() if each.name == SOVEREIGN_CLOUD)


def explained_region(text: str) -> str:
    """Return what is wrong with a region that breaks ``REGION``, as the end of a sentence."""
    if ISOLATED.broken(text):
        inside = partition(text)
        return f"{text} lies in the partition {inside.name if inside else _ISOLATED}: {ISOLATED.problem}"
    if region := region_of_zone(text):
        return f"{text} is a zone; its region is {region}"
    near = _near(text)
    return f"AWS has no region {text.strip()}" + (f"; perhaps {near} is meant" if near else "")


def explained_zone(text: str, region: str | None = None) -> str | None:
    """Return why ``text`` is not an availability zone that the stacks can use, in ``region`` when that is given; else None.

    Local and Wavelength Zones are not: EFS, which holds the homes, has no mount targets there, and a balancer of the
    region cannot have subnets in them beside its own zones.
    https://docs.aws.amazon.com/efs/latest/ug/manage-fs-access-create-delete-mount-targets.html
    """
    inside = region_of_zone(text)
    if re.fullmatch(f"({USABLE})-wl[0-9]?-.+", text) or "-wlz-" in text:
        return "is a Wavelength Zone: it has neither balancers of the region nor EFS"
    if re.fullmatch(f"({USABLE})-[a-z]+-[0-9]+[a-z]?", text):
        return "is a Local Zone: it has no EFS, and a balancer cannot use it beside availability zones"
    if re.fullmatch("[a-z]{3,8}[0-9]{1,2}-az[0-9]{1,2}", text):
        return "is the id of a zone; its name is wanted, as `aws ec2 describe-availability-zones` lists it"
    if partition(text) is not None:
        return f"is a region; a zone of it has a letter at its end, such as {text}a"
    if inside is None:
        near = _near(text)
        return "is not an availability zone" + (
            f"; perhaps {near}a is meant, or another one there" if near else ""
        )
    if region is not None and inside != region:
        return f"lies in {inside}, not in {region}"
    return None


def zone_condition(zone: str, region: str) -> str:
    """Return the condition of Terraform's language that ``zone`` is an availability zone of ``region``, both expressions."""
    return f'can(regex("^${{{region}}}[a-z]$", {zone}))'


def region_of_zone(zone: str) -> str | None:
    """Return the region of an availability zone's name; None when it is not one."""
    region, letter = zone[:-1], zone[-1:]
    found = partition(region)
    return region if found is not None and not found.isolated and re.fullmatch("[a-z]", letter) else None


def _near(text: str) -> str | None:
    usable = [region for each in partitions() if not each.isolated for region in each.regions]
    return next(iter(difflib.get_close_matches(text.lower(), usable, n=1, cutoff=0.75)), None)


def lacks(region: str, service: str) -> str | None:
    """Return the name of the region's partition when it lacks the service, else None."""
    inside = partition(region)
    return inside.name if inside is not None and service in inside.missing else None


def without(service: str) -> str:
    """Return a pattern of the regions whose partition lacks the service, of the partitions that the stacks work in."""
    return "|".join(
        each.region_pattern for each in partitions() if service in each.missing and not each.isolated
    )


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


def endpoints(setting: str, region: str) -> dict[str, str]:
    """Return the ``endpoints`` of the provider; none where it finds them by itself.

    ``setting`` is the region that the stack is synthesized for, ``region`` what stands in the URLs, such as a reference.
    """
    inside = partition(setting)
    if inside is None or inside.name != SOVEREIGN_CLOUD:
        return {}
    return {name: f"https://{host}.{region}.{inside.suffix}" for name, host in SERVICE_HOSTS.items()}


def hosts_check(setting: str, variable: str) -> Check:
    """Return the validation block that keeps the variable in a partition whose hosts the stack names, or finds."""
    inside = f'can(regex("^(?:{_SOVEREIGN_CLOUD_REGION})$", var.{variable}))'
    if endpoints(setting, setting):
        return Check(
            condition=inside,
            message=(
                f"{variable}: this stack was synthesized for {_SOVEREIGN_CLOUD_NAME} and asks for AWS's services there. "
                f"Set {variable} in the context of cdktf.json, and synthesize it again."
            ),
        )
    return Check(
        condition=f"!{inside}",
        message=(
            f"{variable}: this stack was synthesized for regions outside {_SOVEREIGN_CLOUD_NAME}, which the AWS provider does "
            f"not reach by itself. Set {variable} in the context of cdktf.json, and synthesize it again."
        ),
    )
