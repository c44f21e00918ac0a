"""How much memory and how many processors the common EC2 instance types have.

A copy of what ``DescribeInstanceTypes`` says, in ``instance_types.json``, so that settings can be checked without an
account. It is edited by hand when a family is missed; nothing is claimed of a type that is not in it.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stacks.edited_file import EditedFile
from stacks.given_json import Steps

FILE = Path(__file__).resolve().parent / "instance_types.json"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_SIZE = re.compile(r"[a-z0-9-]+")
_Size = Annotated[
    list[Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]], Field(min_length=2, max_length=2)
]


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """An instance type's size."""

    name: str
    vcpus: int
    memory_gib: float


class _InstanceTypes(BaseModel):
    """The file: family → size → number of vCPUs and memory in GiB."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    as_of: str
    source: str
    families: dict[str, dict[str, _Size]]


def instance_type(name: str) -> InstanceType | None:
    """Return the size of an instance type such as ``m6i.xlarge``; None when the file does not know it.

    Raises:
        EditedFileError: The file is not what it has to be.

    """
    family, _, size = name.partition(".")
    known = families().get(family, {}).get(size)
    return None if known is None else InstanceType(name=name, vcpus=int(known[0]), memory_gib=float(known[1]))


def families() -> dict[str, dict[str, list[float]]]:
    """Return the whole table: family → size → vCPUs and GiB. Raises EditedFileError."""
    return _read(FILE)


def forget() -> None:
    """Read the file again when it is asked for next: it may have been edited."""
    _read.cache_clear()


@functools.cache
def _read(file: Path) -> dict[str, dict[str, list[float]]]:
    read = EditedFile(
        file,
        f"stacks/{file.name}",
        _InstanceTypes,
        rules=[_names, _whole_vcpus],
        remedy='Write a size as "large": [2, 8], vCPUs and GiB; `git diff stacks` shows what was changed.',
    )
    return read.content.families


def _names(content: _InstanceTypes) -> Iterator[tuple[Steps, str]]:
    for family, sizes in content.families.items():
        if not _NAME.fullmatch(family):
            yield ("families", family), "is not a family of instance types, such as m6i"
        for size in sizes:
            if not _SIZE.fullmatch(size):
                yield ("families", family, size), "is not a size, such as 2xlarge"


def _whole_vcpus(content: _InstanceTypes) -> Iterator[tuple[Steps, str]]:
    for family, sizes in content.families.items():
        for size, (vcpus, _) in sizes.items():
            if vcpus % 1:
                yield ("families", family, size, 0), f"= {vcpus:g}: is not a whole number of vCPUs"
