"""Recognise the AWS provider in a folder laid out as Terraform's filesystem mirrors are.

Both of Terraform's layouts count, below a folder named after the registry's host (whichever that is):
unpacked, ``HOST/hashicorp/aws/VERSION/OS_ARCH/`` with the program in it, and packed,
``HOST/hashicorp/aws/terraform-provider-aws_VERSION_OS_ARCH.zip``.
"""

import os
import platform
import stat
import zipfile
from pathlib import Path
from typing import NamedTuple

from hubctl.environment.project import PROVIDER_VERSION

_PROGRAM = "terraform-provider-aws_v" + PROVIDER_VERSION
_SMALLEST_PROGRAM = (
    1024 * 1024
)  # bytes; the real one has hundreds of megabytes, an interrupted copy may be empty

_MACHINES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i386": "386",
    "i686": "386",
}


class Finding(NamedTuple):
    """A folder that claims to hold the provider; ``defect`` says why it cannot be used, None when it can."""

    mirror: "Path"
    defect: "str | None"


def machine_platform() -> "str":
    """Return this machine's platform in Terraform's words, such as ``linux_amd64``."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"


def inspect_mirror(mirror: "Path", target: "str") -> "Finding | None":
    """Look for the provider in a mirror folder; None when nothing there claims to be it."""
    found = None
    for vendor in sorted(mirror.glob("*/hashicorp")):
        found = inspect_vendor(vendor, target)
        if found is not None and found.defect is None:
            return found
    return found


def inspect_vendor(vendor: "Path", target: "str") -> "Finding | None":
    """Look for the provider in a mirror's ``HOST/hashicorp`` folder."""
    mirror = vendor.parent.parent
    unpacked = vendor / "aws" / PROVIDER_VERSION / target
    packed = vendor / "aws" / f"terraform-provider-aws_{PROVIDER_VERSION}_{target}.zip"
    try:
        if unpacked.is_dir():
            return Finding(mirror, _defect_of_folder(unpacked) or _defect_of_path(unpacked, mirror))
        if packed.is_file():
            return Finding(mirror, _defect_of_archive(packed) or _defect_of_path(packed, mirror))
    except OSError as error:
        return Finding(mirror, f"it cannot be read: {error}")
    return None


def _defect_of_folder(folder: "Path") -> "str | None":
    programs = sorted(folder.glob(_PROGRAM + "*"))
    if not programs:
        return f"{folder} holds no {_PROGRAM}"
    status = programs[0].stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size < _SMALLEST_PROGRAM:
        return f"{programs[0]} is damaged: it has only {status.st_size} bytes"
    if not os.access(str(programs[0]), os.X_OK):
        return f"{programs[0]} is not executable"
    return _defect_of_owner(programs[0])


def _defect_of_archive(archive: "Path") -> "str | None":
    if not zipfile.is_zipfile(str(archive)):
        return f"{archive} is damaged: it is no zip archive"
    return _defect_of_owner(archive)


def _defect_of_path(leaf: "Path", mirror: "Path") -> "str | None":
    """Refuse what other users of the machine could have put there: Terraform will run it."""
    folder = leaf
    while True:
        defect = _defect_of_owner(folder)
        if defect is not None or folder == mirror:
            return defect
        folder = folder.parent


def _defect_of_owner(path: "Path") -> "str | None":
    status = path.stat()
    if status.st_uid not in (0, os.getuid()):
        return f"{path} belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return f"{path} can be written by every user of this machine"
    return None
