"""Service quotas: the checks of vCPUs, and of the other quotas that a first deploy meets.

The vCPU quotas, on demand and spot, hold the stack at its largest beside what runs already. Of the others it says how
much of each is used.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub_constructs.core.aws_limits.regions import partition
from hubctl.core.configuration.launches import Launch
from hubctl.core.configuration.stack import Stack
from hubctl.doctor.account import increase, quota
from hubctl.doctor.examination import DoctorCheck, Examination, Finding, error, ok, skipped, warning
from stacks.settings.scaling_guards import instance_type

# Families with a separate quota: on demand, spot (the quotas of "Amazon EC2" in the AWS General Reference)
STANDARD_VCPU_QUOTAS = ("L-1216C47A", "L-34B43A08")
VCPU_QUOTAS = {
    "g": ("L-DB2E81BA", "L-3819A6DF"),
    "vt": ("L-DB2E81BA", "L-3819A6DF"),
    "p": ("L-417A185B", "L-7212CCBC"),
    "x": ("L-7295265B", "L-E3A00192"),
    "f": ("L-74FC7D96", "L-88CF9481"),
    "inf": ("L-1945791B", "L-B5D1601B"),
    "trn": ("L-2C3B7624", "L-6B0D517C"),
}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A quota: which resources count against it, and how many there are.

    Attributes:
        kinds: Terraform types that count.
        service, code: Of the quota.
        client: boto3 service that knows the use.
        operation: Its paginated operation.
        key: Where the answer lists them.
        counts: Tells whether one of them counts.
        named: Whether those of this stack are known by the tag Name: then a stack that is deployed already, and wants
            more than it has, is counted right too.

    """

    kinds: tuple[str, ...]
    service: str
    code: str
    client: str
    operation: str
    key: str
    counts: Callable[[Any], bool] = lambda _one: True
    named: bool = False


LIMITS = (
    Limit(
        kinds=("aws_vpc",),
        service="vpc",
        code="L-F678F1CE",
        client="ec2",
        operation="describe_vpcs",
        key="Vpcs",
    ),
    Limit(
        kinds=("aws_internet_gateway",),
        service="vpc",
        code="L-A4707A72",
        client="ec2",
        operation="describe_internet_gateways",
        key="InternetGateways",
    ),
    Limit(
        kinds=("aws_eip",),
        service="ec2",
        code="L-0263D0A3",
        client="ec2",
        operation="describe_addresses",
        key="Addresses",
        named=True,
    ),
    Limit(
        kinds=("aws_lb",),
        service="elasticloadbalancing",
        code="L-53DA6B97",
        client="elbv2",
        operation="describe_load_balancers",
        key="LoadBalancers",
        counts=lambda balancer: balancer.get("Type") == "application",
    ),
    Limit(
        kinds=("aws_efs_file_system",),
        service="elasticfilesystem",
        code="L-848C634D",
        client="efs",
        operation="describe_file_systems",
        key="FileSystems",
    ),
    Limit(
        kinds=("aws_acm_certificate",),
        service="acm",
        code="L-F141DD1D",
        client="acm",
        operation="list_certificates",
        key="CertificateSummaryList",
    ),
    Limit(
        kinds=("aws_autoscaling_group",),
        service="autoscaling",
        code="L-CDE20ADC",
        client="autoscaling",
        operation="describe_auto_scaling_groups",
        key="AutoScalingGroups",
    ),
    Limit(
        kinds=("aws_service_discovery_private_dns_namespace",),
        service="servicediscovery",
        code="L-0FE3F50E",
        client="servicediscovery",
        operation="list_namespaces",
        key="Namespaces",
    ),
)


def _check_limits(examination: Examination) -> Iterator[Finding]:
    deployed = bool(examination.deployed_groups)
    for limit in LIMITS:
        wanted = sum(len(examination.stack.resources(kind)) for kind in limit.kinds)
        if not wanted:
            continue
        found = quota(examination.client("service-quotas"), limit.service, limit.code)
        if found is None:
            yield skipped(limit.code, f"AWS does not say the quota {limit.code} in {examination.region}")
            continue
        there = _there(examination, limit)
        used, more = len(there), _more(examination, limit, there, wanted, deployed=deployed)
        sentence = (
            f"{found.name} ({limit.service}/{limit.code}): {used} of {found.value:g} used, {more} more needed"
        )
        remedy = increase(limit.service, limit.code, used + more + 5, examination.region)
        if used + more > found.value:
            yield error(limit.code, sentence, f"{remedy} Or delete what is not needed.")
        elif more and used + more == found.value and found.value > 1:
            yield warning(limit.code, f"{sentence}: it just fits", remedy)
        else:
            yield ok(limit.code, sentence)
    yield from _roles(examination, deployed=deployed)


def _there(examination: Examination, limit: Limit) -> list[Any]:
    """Return what counts against the limit already."""
    client = examination.client(limit.client)
    if client.can_paginate(limit.operation):
        pages = client.get_paginator(limit.operation).paginate()
    else:
        pages = [getattr(client, limit.operation)()]
    return [one for page in pages for one in page[limit.key] if limit.counts(one)]


def _more(examination: Examination, limit: Limit, there: list[Any], wanted: int, *, deployed: bool) -> int:
    """Return how many an apply would add."""
    if not limit.named:
        return 0 if deployed else wanted
    ours = [
        (block.get("tags") or {}).get("Name")
        for kind in limit.kinds
        for block in examination.stack.resources(kind).values()
    ]
    names = [tag["Value"] for one in there for tag in one.get("Tags") or [] if tag["Key"] == "Name"]
    return sum(1 for name in ours if name is None or name not in names)


def _roles(examination: Examination, *, deployed: bool) -> Iterator[Finding]:
    wanted = 0 if deployed else len(examination.stack.resources("aws_iam_role"))
    summary = examination.client("iam").get_account_summary()["SummaryMap"]
    used, most = summary.get("Roles", 0), summary.get("RolesQuota")
    if most is None:
        return
    sentence = f"IAM roles: {used} of {most} used, {wanted} more needed"
    if used + wanted > most:
        yield error(
            "IAM roles",
            sentence,
            f"Ask for more in Service Quotas (in {_home(examination)}), or delete unused roles.",
        )
    else:
        yield ok("IAM roles", sentence)


def _home(examination: Examination) -> str:
    """Return the region in which quotas of IAM are asked for."""
    inside = partition(examination.region or "")
    return "us-east-1" if inside is None else inside.home


LIMITS_CHECK = DoctorCheck(
    name="limits",
    about="quotas of VPCs, gateways, addresses, balancers, file systems, certificates, groups, namespaces and roles",
    run=_check_limits,
    actions=(
        "servicequotas:GetServiceQuota",
        "servicequotas:GetAWSDefaultServiceQuota",
        "ec2:DescribeVpcs",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeAddresses",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticfilesystem:DescribeFileSystems",
        "acm:ListCertificates",
        "autoscaling:DescribeAutoScalingGroups",
        "servicediscovery:ListNamespaces",
        "iam:GetAccountSummary",
    ),
)


@dataclass(kw_only=True)
class Demand:
    """vCPUs of one quota: the stack's at its smallest and largest, those of other running instances and other stacks.

    ``warming`` are those of a warm pool. Stopped instances count against no quota, but they run while they boot first.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html
    """

    smallest: int = 0
    largest: int = 0
    warming: int = 0
    others: int = 0
    beside: int = 0
    parts: list[str] = field(default_factory=list)

    def add(self, part: "Demand") -> None:
        """Add what one launch needs."""
        self.smallest += part.smallest
        self.largest += part.largest
        self.warming += part.warming
        self.parts += part.parts


def quota_code(name: str, *, spot: bool) -> str:
    """Return the code of the vCPU quota that an instance type counts against."""
    letters = re.match(r"[a-z]*", name)
    return VCPU_QUOTAS.get(letters[0] if letters else "", STANDARD_VCPU_QUOTAS)[int(spot)]


def _check_vcpus(examination: Examination) -> Iterator[Finding]:
    demands: dict[str, Demand] = defaultdict(Demand)
    for launch in examination.stack.launches:
        for name in launch.types:
            if _vcpus(examination, name) is None:
                yield skipped(
                    name,
                    f"it is not known how many vCPUs a {name} has",
                    "Add it to stacks/settings/instance_types.json.",
                )
        for code, part in _parts(examination, launch):
            demands[code].add(part)
    _count_others(examination, demands)
    for code, demand in sorted(demands.items()):
        yield _judged(examination, code, demand)


def _count_others(examination: Examination, demands: Mapping[str, Demand]) -> None:
    for instance in _running(examination):
        code = quota_code(instance["InstanceType"], spot=instance.get("InstanceLifecycle") == "spot")
        if code in demands and not _belongs(examination.stack, instance):
            demands[code].others += _in_use(instance)
            # What runs of the stack beside is part of what it may grow to
            if any(_belongs(stack, instance) for stack in _beside(examination)):
                demands[code].beside -= _in_use(instance)
    for stack in _beside(examination):
        for launch in stack.launches:
            for code, part in _parts(examination, launch):
                if code in demands:
                    demands[code].beside += part.largest


def _parts(examination: Examination, launch: Launch) -> Iterator[tuple[str, Demand]]:
    """Yield what a launch needs of each quota, if all its instances were of the largest of its types there.

    The quotas are of vCPUs, and of on demand and spot instances separately.
    """
    for spot in (False, True):
        most: dict[str, tuple[int, str]] = {}
        for name in launch.types:
            vcpus = _vcpus(examination, name)
            code = quota_code(name, spot=spot)
            if vcpus is not None and vcpus > most.get(code, (0, ""))[0]:
                most[code] = (vcpus, name)
        smallest, largest = (
            count - math.ceil(launch.on_demand(count)) if spot else math.ceil(launch.on_demand(count))
            for count in (launch.smallest, launch.largest)
        )
        if not largest:
            continue
        for code, (vcpus, name) in most.items():
            yield (
                code,
                Demand(
                    smallest=vcpus * smallest,
                    largest=vcpus * largest,
                    warming=0 if spot else vcpus * int(launch.pooled(launch.largest)),
                    parts=[f"{largest} of {name}"],
                ),
            )


def _judged(examination: Examination, code: str, demand: Demand) -> Finding:
    found = quota(examination.client("service-quotas"), "ec2", code)
    if found is None:
        return skipped(code, f"AWS does not say the quota {code} in {examination.region}")
    parts, value, beside = ", ".join(demand.parts), found.value, ""
    if demand.others:
        beside = f" beside {demand.others} in use by other instances"
    sentence = f"{found.name} ({code}): {value:g} vCPUs, needed are {demand.largest}{beside} ({parts})"
    remedy = increase("ec2", code, math.ceil((demand.largest + demand.others) * 1.25), examination.region)
    if demand.smallest + demand.others > value:
        return error(code, f"{sentence}; not even the smallest size, {demand.smallest}, fits", remedy)
    if demand.largest + demand.others > value:
        return error(
            code, f"{sentence}; the smallest size, {demand.smallest}, fits, the largest does not", remedy
        )
    if demand.largest + demand.others + demand.warming > value:
        return warning(
            code,
            f"{sentence}; at its largest, {demand.warming} more for the first boots of its warm pool would not fit",
            increase(
                "ec2",
                code,
                math.ceil((demand.largest + demand.others + demand.warming) * 1.25),
                examination.region,
            ),
        )
    if (demand.largest + demand.others) > 0.9 * value:
        return warning(code, f"{sentence}: it just fits", remedy)
    if demand.largest + demand.others + demand.beside > value:
        names = " and ".join(stack.name for stack in examination.beside)
        more = math.ceil((demand.largest + demand.others + demand.beside) * 1.25)
        return warning(
            code,
            f"{sentence}; with {names} at its largest, {demand.beside} more, it would not suffice",
            increase("ec2", code, more, examination.region),
        )
    return ok(code, sentence)


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


VCPUS_CHECK = DoctorCheck(
    name="vcpus",
    about="the vCPU quotas (on demand, and spot if it is used) allow the largest size in addition to what runs "
    "already, and the first boots of a warm pool",
    run=_check_vcpus,
    actions=(
        "servicequotas:GetServiceQuota",
        "servicequotas:GetAWSDefaultServiceQuota",
        "ec2:DescribeInstances",
    ),
)
