"""The region exists, is switched on, and is the one that the AWS settings mean."""

import difflib
from collections.abc import Iterator

from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok
from hubctl.local_aws.arguments import known_regions

VARIABLE = {"aws-lab": "region", "chef-hub": "default_region"}


def usable(examination: Examination) -> Finding | None:
    """Return what is wrong with the stack's region itself, None when nothing is."""
    region, variable = examination.region, VARIABLE[examination.stack.name]
    if region is None:
        return error("region", "no region is chosen", f"Set TF_VAR_{variable}, or AWS_REGION.")
    if region not in known_regions():
        near = difflib.get_close_matches(region, known_regions(), n=1)
        return error(
            "region",
            f"AWS has no region {region}",
            f"Set TF_VAR_{variable} to a region{f', such as {near[0]}' if near else ''}.",
        )
    described = examination.account.client("ec2").describe_regions(RegionNames=[region], AllRegions=True)
    if any(each.get("OptInStatus") == "not-opted-in" for each in described["Regions"]):
        return error(
            "region",
            f"the region {region} is not switched on in this account",
            "Enable it in the account settings (it takes some minutes), or choose another region.",
        )
    return None


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
            f"or give --region {region}.",
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
