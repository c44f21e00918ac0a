"""The other service quotas that a first deploy runs into, and how much of each is used."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hub_constructs.aws_limits.regions import partition
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, skipped, warning
from hubctl.doctor.quotas import increase, quota


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


def _run(examination: Examination) -> Iterator[Finding]:
    deployed = bool(examination.deployed_groups)
    for limit in LIMITS:
        wanted = sum(len(examination.stack.resources(kind)) for kind in limit.kinds)
        if not wanted:
            continue
        found = quota(examination.client("service-quotas"), limit.service, limit.code)
        if found is None:
            yield skipped(limit.code, f"AWS does not tell the quota {limit.code} in {examination.region}")
            continue
        there = _there(examination, limit)
        used, more = len(there), _more(examination, limit, there, wanted, deployed=deployed)
        told = (
            f"{found.name} ({limit.service}/{limit.code}): {used} of {found.value:g} used, {more} more needed"
        )
        remedy = increase(limit.service, limit.code, used + more + 5, examination.region)
        if used + more > found.value:
            yield error(limit.code, told, f"{remedy} Or delete what nobody needs.")
        elif more and used + more == found.value and found.value > 1:
            yield warning(limit.code, f"{told}: it just fits", remedy)
        else:
            yield ok(limit.code, told)
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
    told = f"IAM roles: {used} of {most} used, {wanted} more needed"
    if used + wanted > most:
        yield error(
            "IAM roles",
            told,
            f"Ask for more in Service Quotas (in {_home(examination)}), or delete unused roles.",
        )
    else:
        yield ok("IAM roles", told)


def _home(examination: Examination) -> str:
    """Return the region in which quotas of IAM are asked for."""
    inside = partition(examination.region or "")
    return "us-east-1" if inside is None else inside.home


CHECK = Check(
    name="limits",
    about="quotas of VPCs, gateways, addresses, balancers, file systems, certificates, groups, namespaces and roles",
    run=_run,
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
