"""The vCPU quotas, on demand and spot, hold the stack at its largest beside what runs already."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.configuration.launches import Launch
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
    """vCPUs of one quota: the stack's at its smallest and largest, and those of other running instances."""

    smallest: int = 0
    largest: int = 0
    others: int = 0
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
    for code, vcpus in _others(examination).items():
        if code in demands:
            demands[code].others += vcpus
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
    return ok(code, told)


def _vcpus(examination: Examination, name: str) -> int | None:
    known = instance_type(name)
    if known is not None:
        return known.vcpus
    vcpus: int | None = examination.type_details.get(name, {}).get("VCpuInfo", {}).get("DefaultVCpus")
    return vcpus


def _others(examination: Examination) -> dict[str, int]:
    """Return the vCPUs of running instances that are not the stack's, by quota."""
    used: dict[str, int] = defaultdict(int)
    pages = (
        examination.client("ec2")
        .get_paginator("describe_instances")
        .paginate(Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}])
    )
    for page in pages:
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                if not _ours(examination, instance):
                    spot = instance.get("InstanceLifecycle") == "spot"
                    used[quota_code(instance["InstanceType"], spot=spot)] += _in_use(instance)
    return used


def _in_use(instance: Mapping[str, Any]) -> int:
    options = instance.get("CpuOptions") or {}
    known = instance_type(instance["InstanceType"])
    if options.get("CoreCount"):
        return int(options["CoreCount"]) * int(options.get("ThreadsPerCore", 1))
    return known.vcpus if known else 0


def _ours(examination: Examination, instance: Mapping[str, Any]) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    if tags.get("aws:autoscaling:groupName") in examination.deployed_groups:
        return True
    return any(_is(launch, tags) for launch in examination.stack.launches)


def _is(launch: Launch, tags: Mapping[str, str]) -> bool:
    return bool(launch.tags) and all(tags.get(key) == value for key, value in launch.tags.items())


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
