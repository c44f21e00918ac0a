"""Folders laid out as Terraform's filesystem mirrors are, with a stand-in for the AWS provider."""

import zipfile
from pathlib import Path

from hubctl.core.project_folders import PROVIDER_VERSION
from hubctl.core.terraform.provider_search import machine_platform

PLATFORM = machine_platform()
HOST = "registry.example.test"


def unpacked(mirror: Path, *, size: int = 2_000_000, platform: str = PLATFORM) -> Path:
    """Lay out a provider as an unpacked mirror; the program is a sparse file."""
    folder = mirror / HOST / "hashicorp" / "aws" / PROVIDER_VERSION / platform
    folder.mkdir(parents=True)
    program = folder / f"terraform-provider-aws_v{PROVIDER_VERSION}_x5"
    with program.open("wb") as stream:
        stream.truncate(size)
    program.chmod(0o755)
    return program


def packed(mirror: Path) -> Path:
    archive = (
        mirror / HOST / "hashicorp" / "aws" / f"terraform-provider-aws_{PROVIDER_VERSION}_{PLATFORM}.zip"
    )
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr(f"terraform-provider-aws_v{PROVIDER_VERSION}_x5", "program")
    return archive
