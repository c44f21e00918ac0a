"""Regions, zones and partitions: which there are, in which form those will be that are not there yet, and what cannot work.

``partitions.json`` is a copy of what the SDK knows; ``pytest tests/unit/hub_constructs/aws_limits --update-golden``
renews it after an update of botocore. A region that is newer than the SDK is accepted when it has the form that the
SDK expects of its partition, with a direction as AWS has used so far: ``hubctl doctor`` asks EC2 whether it exists.
"""

import difflib
import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hub_constructs.aws_limits.text_rules import TextRule

FILE = Path(__file__).resolve().parent / "partitions.json"
_SOURCE = "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"
_DIRECTION = "(central|north|northeast|east|southeast|south|southwest|west|northwest)"
# Their accounts have no way to the Internet, where images and packages come from.
# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_ISOLATED = "aws-iso"


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A part of AWS with accounts, names and endpoints of its own.

    Attributes:
        name: As it stands in ARNs, such as ``aws-cn``.
        suffix: How the names of its hosts end, such as ``amazonaws.com.cn``.
        home: Region that answers for services without a region of their own, such as IAM.
        form: Pattern of its regions' names.
        regions: Those that the SDK knows.
        missing: Services of ``aws_limits.services`` that it does not have, by the SDK's names.

    """

    name: str
    suffix: str
    home: str
    form: str
    regions: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def isolated(self) -> bool:
        """Tell whether it has no way to the Internet."""
        return self.name.startswith(_ISOLATED)


@functools.cache
def partitions() -> tuple[Partition, ...]:
    """Return all partitions that the SDK knows."""
    document = json.loads(FILE.read_text(encoding="utf-8"))["partitions"]
    return tuple(
        Partition(
            name=each["name"],
            suffix=each["suffix"],
            home=each["home"],
            form=_form(each["form"]),
            regions=tuple(each["regions"]),
            missing=tuple(each["missing"]),
        )
        for each in document
    )


def _form(form: str) -> str:
    """Return the SDK's pattern with AWS's directions in the place of any word, so that slips are found."""
    inner = form.removeprefix("^").removesuffix("$").replace(r"\-", "-")
    return inner.replace(r"\w+", _DIRECTION).replace(r"\d+", "[0-9]{1,2}")


@functools.cache
def partition(region: str) -> Partition | None:
    """Return the partition of a region by the form of its name; None for a text that is not a region."""
    return next((each for each in partitions() if re.fullmatch(each.form, region)), None)


@functools.cache
def known_regions() -> frozenset[str]:
    """Return the names of all regions that the SDK knows."""
    return frozenset(region for each in partitions() for region in each.regions)


def suffixes() -> tuple[str, ...]:
    """Return how the names of AWS's hosts end, each once, those of isolated partitions left out."""
    return tuple(dict.fromkeys(each.suffix for each in partitions() if not each.isolated))


def _forms(wanted: Iterable[Partition]) -> str:
    return "|".join(each.form for each in wanted)


ISOLATED = TextRule(
    refused=_forms(each for each in partitions() if each.isolated),
    problem="its partition has no way to the Internet, where packages and images come from",
    source=_SOURCE,
)
REGION = (
    ISOLATED,
    # Isolated regions pass here: the rule above says more about them.
    TextRule(pattern=_forms(partitions()), problem="AWS has no region of such a name", source=_SOURCE),
)
# Regions that these stacks work in, for patterns that say no more than yes or no
USABLE = _forms(each for each in partitions() if not each.isolated)
ZONE = TextRule(
    pattern=f"({USABLE})[a-z]",
    problem="it is not an availability zone",
    source=_SOURCE,
)


def explained_region(text: str) -> str:
    """Return what is wrong with a region that breaks ``REGION``, as the end of a sentence."""
    if ISOLATED.broken(text):
        inside = partition(text)
        return f"{text} lies in the partition {inside.name if inside else _ISOLATED}: {ISOLATED.problem}"
    if region := region_of(text):
        return f"{text} is a zone; its region is {region}"
    near = _near(text)
    return f"AWS has no region {text.strip()}" + (f"; perhaps {near} is meant" if near else "")


def explained_zone(text: str, region: str | None = None) -> str | None:
    """Return why ``text`` is not an availability zone that the stacks can use, in ``region`` when that is given; else None.

    Local and Wavelength Zones are not: EFS, which holds the homes, has no mount targets there, and a balancer of the
    region cannot have subnets in them beside its own zones.
    https://docs.aws.amazon.com/efs/latest/ug/manage-fs-access-create-delete-mount-targets.html
    """
    inside = region_of(text)
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


def region_of(zone: str) -> str | None:
    """Return the region of an availability zone's name; None when it is not one."""
    region, letter = zone[:-1], zone[-1:]
    found = partition(region)
    return region if found is not None and not found.isolated and re.fullmatch("[a-z]", letter) else None


def _near(text: str) -> str | None:
    usable = [region for each in partitions() if not each.isolated for region in each.regions]
    return next(iter(difflib.get_close_matches(text.lower(), usable, n=1, cutoff=0.75)), None)
