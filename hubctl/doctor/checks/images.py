"""Images: the checks of the AMIs that instances start from, and of the container image of the notebooks.

The AMIs are there by the stack's own look-ups, and fit the instances that will run them. The image that notebooks are
made of is recent: what users run in it reads whatever files they are sent.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from hubctl.core.aws import error_code
from hubctl.core.configuration.launches import Launch
from hubctl.core.project_folders import ROOT
from hubctl.doctor.examination import DoctorCheck, Examination, Finding, error, ok, skipped, some, warning

BUILD_REMEDY = "Build it from images/ (docs/how-to/build-images.md)"
PINNED_VERSIONS = ROOT / "images/versions.pkrvars.hcl"
OLDEST_NOTEBOOK_IMAGE_DAYS = 180
# The Jupyter project's images have the date of their build as a tag.
DATED_TAG = re.compile(
    r"(?P<name>[^:@\s]*jupyter/[a-z-]+):(?:[a-z0-9.]+-)*(?P<date>\d{4}-\d{2}-\d{2})(?:@(?P<digest>\S+))?"
)
# Holes of JupyterLab, and the first day on which images were built without them: the day after the mended release.
JUPYTERLAB_HOLES = (
    # https://github.com/advisories/GHSA-4m77-cmpx-vjc4, mended in JupyterLab 4.0.11
    ("CVE-2024-22420", "2024-01-20"),
    # https://github.com/advisories/GHSA-9q39-rmj3-p4r2, mended in JupyterLab 4.2.5
    ("CVE-2024-43805", "2024-08-29"),
)
RENEW_NOTEBOOK_IMAGE = (
    "Run images/pin-notebook-base with the newest date of quay.io/jupyter/datascience-notebook, build the images "
    "(docs/how-to/build-images.md) and deploy them."
)


def _fit(
    examination: Examination, image: Mapping[str, Any], users: list[Launch], matched: str
) -> Iterator[Finding]:
    """Yield whether an image, as DescribeImages describes it, fits what starts from it; ``matched`` says how it was found."""
    name = str(image.get("Name") or image["ImageId"])
    problems = list(_problems(examination, image, users))
    for problem in problems:
        yield error(
            name,
            f"{name}: {problem}",
            f"{BUILD_REMEDY} for these instances, or correct the instance type or disk.",
        )
    aged = _age_warning(examination, image, name)
    if aged:
        yield aged
    if not problems and not aged:
        fit = some(name for user in users for name in user.types)
        yield ok(name, f"{image['ImageId']}{matched}, {image.get('Architecture')}, fits {fit}")


def _problems(examination: Examination, image: Mapping[str, Any], users: list[Launch]) -> Iterator[str]:
    if image.get("State", "available") != "available":
        yield f"its state is {image['State']}"
    if image.get("RootDeviceType") != "ebs":
        yield f"its root device is {image.get('RootDeviceType')}, not ebs"
    if image.get("VirtualizationType", "hvm") != "hvm":
        yield f"its virtualization is {image['VirtualizationType']}, not hvm"
    for user in users:
        for name in user.types:
            yield from _misfits(examination, image, name, user)
        disk, size = user.disks[0].gib if user.disks else None, _root_gib(image)
        if disk is not None and size is not None and disk < size:
            yield f"it needs {size:g} GiB, the disk of {user.address} has {disk:g} GiB"


def _misfits(examination: Examination, image: Mapping[str, Any], name: str, user: Launch) -> Iterator[str]:
    kind, details = f"{name} of {user.address}", examination.type_details.get(name, {})
    architectures = details.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if architectures and image.get("Architecture") not in architectures:
        yield f"its architecture is {image.get('Architecture')}, {kind} runs {some(architectures)}"
    if details.get("NetworkInfo", {}).get("EnaSupport") == "required" and not image.get("EnaSupport"):
        yield f"it has no ENA support, which {kind} needs"


def _root_gib(image: Mapping[str, Any]) -> float | None:
    for mapping in image.get("BlockDeviceMappings", []):
        if mapping.get("DeviceName") == image.get("RootDeviceName") and "VolumeSize" in mapping.get(
            "Ebs", {}
        ):
            return float(mapping["Ebs"]["VolumeSize"])
    return None


def _age_warning(examination: Examination, image: Mapping[str, Any], name: str) -> Finding | None:
    now, oldest = examination.now, examination.options.oldest_image_days
    if (deprecated := _moment(image.get("DeprecationTime"))) and deprecated <= now:
        return warning(
            name, f"{name} has been deprecated since {deprecated:%Y-%m-%d}", f"{BUILD_REMEDY} anew."
        )
    made = _moment(image.get("CreationDate"))
    if made and (now - made).days > oldest:
        return warning(
            name,
            f"{name} is {(now - made).days} days old, more than {oldest}: security updates are missing",
            f"{BUILD_REMEDY} anew, or raise --oldest-image.",
        )
    return None


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_images(examination: Examination) -> Iterator[Finding]:
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
        yield _missing_image(examination, pattern, owners, filters, users)
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
    yield from _fit(examination, newest, users, others)


def _by_id(examination: Examination, image_id: str, users: list[Launch]) -> Iterator[Finding]:
    try:
        found = examination.client("ec2").describe_images(ImageIds=[image_id])["Images"]
    except ClientError as refused:
        if not error_code(refused).startswith("InvalidAMIID"):
            raise
        found = []
    if found:
        yield from _fit(examination, found[0], users, "")
    else:
        yield error(
            image_id,
            f"there is no image {image_id} in {examination.region}",
            f"{BUILD_REMEDY}, or correct the id.",
        )


def _described(
    examination: Examination, owners: list[str], filters: list[dict[str, Any]], region: str | None = None
) -> list[dict[str, Any]]:
    """Return the images that match, newest first."""
    ec2 = examination.account.client("ec2", region or examination.region)
    found: list[dict[str, Any]] = ec2.describe_images(Owners=owners, Filters=filters)["Images"]
    return sorted(found, key=lambda image: str(image.get("CreationDate")), reverse=True)


def _missing_image(
    examination: Examination,
    pattern: str,
    owners: list[str],
    filters: list[dict[str, Any]],
    users: list[Launch],
) -> Finding:
    """Return that an image is missing, with what is known of others of its name."""
    by_name = [each for each in filters if each["Name"] == "name"]
    problem = (
        f"no image of {some(owners)} matches {pattern} in {examination.region}; "
        f"{some(user.address for user in users)} would have nothing to start from"
    )
    unfit = _described(examination, owners, by_name)
    if unfit:
        wanted = ", ".join(
            f"{each['Name']} {some(each['Values'])}" for each in filters if each["Name"] != "name"
        )
        image = unfit[0]
        problem += (
            f"; {image['Name']} does not do: its state is {image.get('State')}, architecture {image.get('Architecture')}, "
            f"root device {image.get('RootDeviceType')}, and wanted is {wanted}"
        )
    elsewhere = examination.options.region or examination.account.region
    if not unfit and elsewhere and elsewhere != examination.region:
        copies = _described(examination, owners, by_name, elsewhere)
        if copies:
            problem += f"; {copies[0]['Name']} is in {elsewhere}"
            return error(
                pattern,
                problem,
                f"Deploy to {elsewhere}, or `aws ec2 copy-image` it to {examination.region}.",
            )
    return error(
        pattern,
        problem,
        f"{BUILD_REMEDY} in {examination.region}, or set the variables of the AMI's name and owner.",
    )


IMAGES_CHECK = DoctorCheck(
    name="images",
    about="the stack's look-ups find the AMIs, and these fit: state, architecture, root device, disk, age",
    run=_check_images,
    actions=("ec2:DescribeImages", "ec2:DescribeInstanceTypes"),
)


def _check_notebook_image(examination: Examination) -> Iterator[Finding]:
    yield from _base(examination, PINNED_VERSIONS)
    deployed = examination.stack.values.get("hub_notebook_image")
    if isinstance(deployed, str) and (match := DATED_TAG.fullmatch(deployed)):
        yield _aged(examination, match)


def _base(examination: Examination, file: Path) -> Iterator[Finding]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        yield skipped("notebook_base_image", f"{file} is not here: images are built elsewhere")
        return
    found = re.search(r'^notebook_base_image *= *"([^"]*)"', text, re.MULTILINE)
    if found and (match := DATED_TAG.fullmatch(found[1])):
        yield _aged(examination, match)
    else:
        what = (
            f"the age of {found[1]} cannot be read from its tag"
            if found
            else f"{file.name} pins no notebook_base_image"
        )
        yield skipped("notebook_base_image", what)


def _aged(examination: Examination, match: re.Match[str]) -> Finding:
    """Return what is known of an image of the Jupyter project by its tag."""
    subject = match[0].partition("@")[0]
    try:
        built = datetime.strptime(match["date"], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return skipped(subject, f"{match['date']} is not a date")
    days = (examination.now - built).days
    problems = []
    if days > OLDEST_NOTEBOOK_IMAGE_DAYS:
        problems.append(f"it is {days} days old, more than {OLDEST_NOTEBOOK_IMAGE_DAYS}")
    if holes := [hole for hole, mended in JUPYTERLAB_HOLES if match["date"] < mended]:
        problems.append(f"its JupyterLab has known holes ({some(holes)})")
    if not match["name"].startswith("quay.io/") and match["name"].count("/") == 1:
        problems.append("new ones are at quay.io/jupyter only")
    if not match["digest"]:
        problems.append("its tag alone is given, which may be moved to other content")
    if problems:
        return warning(subject, f"{subject}: {'; '.join(problems)}", RENEW_NOTEBOOK_IMAGE)
    return ok(subject, f"{max(days, 0)} days old, pinned by its digest")


NOTEBOOK_IMAGE_CHECK = DoctorCheck(
    name="notebook-image",
    about="the Jupyter image that notebooks are made of is at most 180 days old and, by its date, without known vulnerabilities",
    run=_check_notebook_image,
    offline=True,
)
