"""The machine images are there by the stack's own look-ups, and fit the instances that will run them."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from hubctl.configuration.launches import Launch
from hubctl.cookbooks.aws_errors import error_code
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, some
from hubctl.doctor.image_fit import BUILD, fitting


def _run(examination: Examination) -> Iterator[Finding]:
    used: dict[str, list[Launch]] = {}
    for launch in examination.stack.launches:
        used.setdefault(launch.image, []).append(launch)
    for address, users in sorted(used.items()):
        kind, _, name = address.partition(".")
        if kind in ("aws_ami", "aws_ami_ids"):
            yield from _looked_up(examination, kind, examination.stack.lookups(kind)[name], users)
        else:
            yield from _by_id(examination, address, users)


def _looked_up(
    examination: Examination, kind: str, lookup: Mapping[str, Any], users: list[Launch]
) -> Iterator[Finding]:
    owners = [str(owner) for owner in lookup.get("owners", [])]
    filters = [
        {"Name": each["name"], "Values": list(map(str, each["values"]))} for each in lookup.get("filter", [])
    ]
    pattern = next((some(each["Values"]) for each in filters if each["Name"] == "name"), "any name")
    found = _described(examination, owners, filters)
    if not found:
        yield _none(examination, pattern, owners, filters, users)
        return
    newest = found[0]
    if kind == "aws_ami" and len(found) > 1 and not lookup.get("most_recent"):
        yield error(
            pattern, f"{len(found)} images match {pattern}, and Terraform cannot choose", "Name one exactly."
        )
        return
    others = (
        f", the newest of {len(found)} that match {pattern}" if len(found) > 1 else f", matches {pattern}"
    )
    yield from fitting(examination, newest, users, others)


def _by_id(examination: Examination, image_id: str, users: list[Launch]) -> Iterator[Finding]:
    try:
        found = examination.client("ec2").describe_images(ImageIds=[image_id])["Images"]
    except ClientError as refused:
        if not error_code(refused).startswith("InvalidAMIID"):
            raise
        found = []
    if found:
        yield from fitting(examination, found[0], users, "")
    else:
        yield error(
            image_id, f"there is no image {image_id} in {examination.region}", f"{BUILD}, or correct the id."
        )


def _described(
    examination: Examination, owners: list[str], filters: list[dict[str, Any]], region: str | None = None
) -> list[dict[str, Any]]:
    """Return the images that match, newest first."""
    ec2 = examination.account.client("ec2", region or examination.region)
    found: list[dict[str, Any]] = ec2.describe_images(Owners=owners, Filters=filters)["Images"]
    return sorted(found, key=lambda image: str(image.get("CreationDate")), reverse=True)


def _none(
    examination: Examination,
    pattern: str,
    owners: list[str],
    filters: list[dict[str, Any]],
    users: list[Launch],
) -> Finding:
    """Return that an image is missing, with what is known of others of its name."""
    by_name = [each for each in filters if each["Name"] == "name"]
    told = (
        f"no image of {some(owners)} matches {pattern} in {examination.region}; "
        f"{some(user.address for user in users)} would have nothing to start from"
    )
    unfit = _described(examination, owners, by_name)
    if unfit:
        wanted = ", ".join(
            f"{each['Name']} {some(each['Values'])}" for each in filters if each["Name"] != "name"
        )
        image = unfit[0]
        told += (
            f"; {image['Name']} does not do: its state is {image.get('State')}, architecture {image.get('Architecture')}, "
            f"root device {image.get('RootDeviceType')}, and wanted is {wanted}"
        )
    elsewhere = examination.options.region or examination.account.region
    if not unfit and elsewhere and elsewhere != examination.region:
        copies = _described(examination, owners, by_name, elsewhere)
        if copies:
            told += f"; {copies[0]['Name']} is in {elsewhere}"
            return error(
                pattern, told, f"Deploy to {elsewhere}, or `aws ec2 copy-image` it to {examination.region}."
            )
    return error(
        pattern, told, f"{BUILD} in {examination.region}, or set the variables of the AMI's name and owner."
    )


CHECK = Check(
    name="images",
    about="the AMIs are found by the stack's look-ups and fit: state, architecture, root device, disk, age",
    run=_run,
    actions=("ec2:DescribeImages", "ec2:DescribeInstanceTypes"),
)
