"""The region exists, is switched on, and is the one that the AWS settings mean."""

from collections.abc import Iterator
from typing import Any

from hub_constructs.aws_limits import regions
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok

VARIABLE = {"aws-lab": "region", "chef-hub": "default_region"}


def usable(examination: Examination) -> Finding | None:
    """Return what is wrong with the stack's region itself, None when nothing is."""
    region, variable = examination.region, VARIABLE[examination.stack.name]
    if region is None:
        return error("region", "no region is chosen", f"Set TF_VAR_{variable}, or AWS_REGION.")
    remedy = f"Set TF_VAR_{variable} to a region that AWS has."
    broken = next((rule for rule in regions.REGION if rule.broken(region)), None)
    if broken is not None:
        return error("region", regions.explained_region(region), remedy)
    described = _described(examination, region)
    if not described:
        return error("region", f"AWS has no region {region}", remedy)
    if any(each.get("OptInStatus") == "not-opted-in" for each in described):
        return error(
            "region",
            f"the region {region} is not switched on in this account",
            "Enable it in the account settings (it takes some minutes), or choose another region.",
        )
    return None


def _described(examination: Examination, region: str) -> list[dict[str, Any]]:
    """Return what EC2 says of the region; it is asked in the account's own, since one that does not exist has no answer.

    A region that is newer than the SDK is looked for by its name among all of them.
    """
    inside = regions.partition(region)
    asked = examination.account.region
    if inside is None or regions.partition(asked or "") != inside:
        # The account's own region is of another partition: ask where the stack's is.
        asked = region if region in regions.known_regions() or inside is None else inside.home
    ec2 = examination.account.client("ec2", asked)
    every: list[dict[str, Any]] = ec2.describe_regions(AllRegions=True)["Regions"]
    return [each for each in every if each["RegionName"] == region]


def _apart(region: str | None, other: str) -> str:
    """Return what to mind when two regions lie in different partitions."""
    here, there = regions.partition(region or ""), regions.partition(other)
    if here is None or there is None or here == there:
        return ""
    return f" They are of two partitions, {here.name} and {there.name}: an account and its credentials belong to one."


def _run(examination: Examination) -> Iterator[Finding]:
    if unusable := usable(examination):
        yield unusable
        return
    region, variable = examination.region, VARIABLE[examination.stack.name]
    option = examination.options.region
    said = {"--region": option} if option else examination.account.regions
    others = sorted({other for other in said.values() if other != region})
    for other in others:
        sources = [source for source, one in said.items() if one == other]
        yield error(
            "region",
            f"wrong region: {examination.stack.name} deploys to {region} ({variable}), "
            f"{' and '.join(sources)} {'says' if len(sources) == 1 else 'say'} {other}",
            f"Set TF_VAR_{variable}={other} to deploy there; if {region} is meant, set AWS_REGION={region} and no other, "
            f"or give --region {region}.{_apart(region, other)}",
        )
    if not others:
        yield ok("region", f"{region} ({', '.join([variable, *said])})")


CHECK = Check(
    name="region",
    about="the stack's region exists, is switched on in the account, and is that of `AWS_REGION` or the profile",
    run=_run,
    actions=("ec2:DescribeRegions",),
    decisive=True,
)
