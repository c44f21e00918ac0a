"""The vCPU quotas, on demand and spot, hold the stack at its largest beside what runs already."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.configuration.stack import Stack
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, skipped, warning
from hubctl.doctor.quotas import increase, quota
from stacks.instance_types import instance_type

# Families with a quota of their own: on demand, spot (the quotas of "Amazon EC2" in the AWS General Reference)
STANDARD = ("L-1216C47A", "L-34B43A08")
CODES = {
    "g": ("L-DB2E81BA", "L-3819A6DF"),
    "vt": ("L-DB2E81BA", "L-3819A6DF"),
    "p": ("L-417A185B", "L-7212CCBC"),
    "x": ("L-7295265B", "L-E3A00192"),
    "f": ("L-74FC7D96", "L-88CF9481"),
    "inf": ("L-1945791B", "L-B5D1601B"),
    "trn": ("L-2C3B7624", "L-6B0D517C"),
}


@dataclass(kw_only=True)
class Demand:
    """vCPUs of one quota: the stack's at its smallest and largest, those of other running instances and other stacks."""

    smallest: int = 0
    largest: int = 0
    others: int = 0
    beside: int = 0
    parts: list[str] = field(default_factory=list)


def quota_code(name: str, *, spot: bool) -> str:
    """Return the code of the vCPU quota that an instance type counts against."""
    letters = re.match(r"[a-z]*", name)
    return CODES.get(letters[0] if letters else "", STANDARD)[int(spot)]


def _run(examination: Examination) -> Iterator[Finding]:
    demands: dict[str, Demand] = defaultdict(Demand)
    for launch in examination.stack.launches:
        vcpus = _vcpus(examination, launch.instance_type)
        if vcpus is None:
            yield skipped(
                launch.instance_type,
                f"nobody knows how many vCPUs a {launch.instance_type} has",
                "Add it to stacks/instance_types.json.",
            )
            continue
        demand = demands[quota_code(launch.instance_type, spot=launch.spot)]
        demand.smallest += vcpus * launch.smallest
        demand.largest += vcpus * launch.largest
        demand.parts.append(f"{launch.largest} of {launch.instance_type}")
    for instance in _running(examination):
        code = quota_code(instance["InstanceType"], spot=instance.get("InstanceLifecycle") == "spot")
        if code in demands and not _belongs(examination.stack, instance):
            demands[code].others += _in_use(instance)
            # What runs of the stack beside is part of what it may grow to
            if any(_belongs(stack, instance) for stack in _beside(examination)):
                demands[code].beside -= _in_use(instance)
    for stack in _beside(examination):
        for launch in stack.launches:
            code = quota_code(launch.instance_type, spot=launch.spot)
            if code in demands:
                demands[code].beside += launch.largest * (_vcpus(examination, launch.instance_type) or 0)
    for code, demand in sorted(demands.items()):
        yield _judged(examination, code, demand)


def _judged(examination: Examination, code: str, demand: Demand) -> Finding:
    found = quota(examination.client("service-quotas"), "ec2", code)
    if found is None:
        return skipped(code, f"AWS does not tell the quota {code} in {examination.region}")
    parts, value, beside = ", ".join(demand.parts), found.value, ""
    if demand.others:
        beside = f" beside {demand.others} in use by other instances"
    told = f"{found.name} ({code}): {value:g} vCPUs, needed are {demand.largest}{beside} ({parts})"
    remedy = increase("ec2", code, math.ceil((demand.largest + demand.others) * 1.25), examination.region)
    if demand.smallest + demand.others > value:
        return error(code, f"{told}; not even the smallest size, {demand.smallest}, fits", remedy)
    if demand.largest + demand.others > value:
        return error(
            code, f"{told}; the smallest size, {demand.smallest}, fits, the largest does not", remedy
        )
    if (demand.largest + demand.others) > 0.9 * value:
        return warning(code, f"{told}: it just fits", remedy)
    if demand.largest + demand.others + demand.beside > value:
        names = " and ".join(stack.name for stack in examination.beside)
        more = math.ceil((demand.largest + demand.others + demand.beside) * 1.25)
        return warning(
            code,
            f"{told}; with {names} at its largest, {demand.beside} more, it would not suffice",
            increase("ec2", code, more, examination.region),
        )
    return ok(code, told)


def _vcpus(examination: Examination, name: str) -> int | None:
    known = instance_type(name)
    if known is not None:
        return known.vcpus
    vcpus: int | None = examination.type_details.get(name, {}).get("VCpuInfo", {}).get("DefaultVCpus")
    return vcpus


def _running(examination: Examination) -> Iterator[dict[str, Any]]:
    pages = (
        examination.client("ec2")
        .get_paginator("describe_instances")
        .paginate(Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}])
    )
    for page in pages:
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def _beside(examination: Examination) -> Iterator[Stack]:
    """Yield the other stacks that are looked at, as far as they can be read and deploy to the same region."""
    for stack in examination.beside:
        try:
            if stack.launches and (stack.region or examination.region) == examination.region:
                yield stack
        except (KeyError, TypeError, ValueError):  # its own examination says what is wrong
            continue


def _in_use(instance: Mapping[str, Any]) -> int:
    options = instance.get("CpuOptions") or {}
    known = instance_type(instance["InstanceType"])
    if options.get("CoreCount"):
        return int(options["CoreCount"]) * int(options.get("ThreadsPerCore", 1))
    return known.vcpus if known else 0


def _belongs(stack: Stack, instance: Mapping[str, Any]) -> bool:
    """Tell whether an instance is the stack's, by its group's name or its tags."""
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    group = tags.get("aws:autoscaling:groupName")
    return any(
        group == launch.group
        if launch.group
        else bool(launch.tags) and all(tags.get(key) == value for key, value in launch.tags.items())
        for launch in stack.launches
    )


CHECK = Check(
    name="vcpus",
    about="the vCPU quotas (on demand, and spot where it is used) hold the largest size beside what runs already",
    run=_run,
    actions=(
        "servicequotas:GetServiceQuota",
        "servicequotas:GetAWSDefaultServiceQuota",
        "ec2:DescribeInstances",
    ),
)
