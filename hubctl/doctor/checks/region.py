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
    meant = examination.options.region or examination.account.region
    if meant is not None and meant != region:
        source = "--region says" if examination.options.region else "your AWS settings say"
        yield error(
            "region",
            f"wrong region: {examination.stack.name} deploys to {region} ({variable}), {source} {meant}",
            f"Set TF_VAR_{variable}={meant} to deploy there, or AWS_REGION={region} (or --region {region}) if that is meant.",
        )
        return
    yield ok("region", f"{region}, as {variable} and your AWS settings say")


CHECK = Check(
    name="region",
    about="the stack's region exists, is switched on in the account, and is that of `AWS_REGION` or the profile",
    run=_run,
    actions=("ec2:DescribeRegions",),
    decisive=True,
)
