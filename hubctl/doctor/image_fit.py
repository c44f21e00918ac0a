"""Whether a machine image fits the instances that will run it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from hubctl.configuration.launches import Launch
from hubctl.doctor.examination import Examination
from hubctl.doctor.findings import Finding, error, ok, some, warning

BUILD = "Build it from images/ (docs/how-to/build-images.md)"


def fitting(
    examination: Examination, image: Mapping[str, Any], users: list[Launch], matched: str
) -> Iterator[Finding]:
    """Yield whether an image, as DescribeImages tells it, fits what is launched from it; ``matched`` says how it was found."""
    name = str(image.get("Name") or image["ImageId"])
    problems = list(_problems(examination, image, users))
    for told in problems:
        yield error(
            name, f"{name}: {told}", f"{BUILD} for these instances, or correct the instance type or disk."
        )
    aged = _age_warning(examination, image, name)
    if aged:
        yield aged
    if not problems and not aged:
        fit = some(user.instance_type for user in users)
        yield ok(name, f"{image['ImageId']}{matched}, {image.get('Architecture')}, fits {fit}")


def _problems(examination: Examination, image: Mapping[str, Any], users: list[Launch]) -> Iterator[str]:
    if image.get("State", "available") != "available":
        yield f"its state is {image['State']}"
    if image.get("RootDeviceType") != "ebs":
        yield f"its root device is {image.get('RootDeviceType')}, not ebs"
    if image.get("VirtualizationType", "hvm") != "hvm":
        yield f"its virtualization is {image['VirtualizationType']}, not hvm"
    for user in users:
        yield from _misfits(examination, image, user)


def _misfits(examination: Examination, image: Mapping[str, Any], user: Launch) -> Iterator[str]:
    kind, size = f"{user.instance_type} of {user.address}", _root_gib(image)
    details = examination.type_details.get(user.instance_type, {})
    architectures = details.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if architectures and image.get("Architecture") not in architectures:
        yield f"its architecture is {image.get('Architecture')}, {kind} runs {some(architectures)}"
    if details.get("NetworkInfo", {}).get("EnaSupport") == "required" and not image.get("EnaSupport"):
        yield f"it has no ENA support, which {kind} needs"
    disk = user.disks[0].gib if user.disks else None
    if disk is not None and size is not None and disk < size:
        yield f"it needs {size:g} GiB, the disk of {user.address} has {disk:g} GiB"


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
        return warning(name, f"{name} has been deprecated since {deprecated:%Y-%m-%d}", f"{BUILD} anew.")
    made = _moment(image.get("CreationDate"))
    if made and (now - made).days > oldest:
        return warning(
            name,
            f"{name} is {(now - made).days} days old, more than {oldest}: security updates are missing",
            f"{BUILD} anew, or raise --oldest-image.",
        )
    return None


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
