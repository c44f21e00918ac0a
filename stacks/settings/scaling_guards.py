"""Thresholds that cannot work, found before anything is deployed, with the arithmetic in the message.

They are rules of the aws-lab settings. ``scaling_guards`` switches them off, for a lab that is taken over as it runs.
They count with the memory and the processors of the common EC2 instance types, which ``instance_types.json`` lists.
"""

import functools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from stacks.settings.edited_file import EditedFile
from stacks.settings.json_text import Steps
from stacks.settings.model import Rule

FILE = Path(__file__).resolve().parent / "instance_types.json"
# What the system, Docker, JupyterHub and its proxy need beside the users' containers
SYSTEM_GIB = 1.5
_FAMILY = re.compile(r"[a-z][a-z0-9-]*")
_SIZE_NAME = re.compile(r"[a-z0-9-]+")
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
        f"stacks/settings/{file.name}",
        _InstanceTypes,
        rules=[_names, _whole_vcpus],
        remedy='Write a size as "large": [2, 8], vCPUs and GiB; `git diff stacks` shows what was changed.',
    )
    return read.content.families


def _names(content: _InstanceTypes) -> Iterator[tuple[Steps, str]]:
    for family, sizes in content.families.items():
        if not _FAMILY.fullmatch(family):
            yield ("families", family), "is not a family of instance types, such as m6i"
        for size in sizes:
            if not _SIZE_NAME.fullmatch(size):
                yield ("families", family, size), "is not a size, such as 2xlarge"


def _whole_vcpus(content: _InstanceTypes) -> Iterator[tuple[Steps, str]]:
    for family, sizes in content.families.items():
        for size, (vcpus, _) in sizes.items():
            if vcpus % 1:
                yield ("families", family, size, 0), f"= {vcpus:g}: is not a whole number of vCPUs"


def capacity(memory_gib: float, user_memory_gib: float) -> int:
    """Return how many users' containers of that size an instance with that memory holds."""
    return max(0, math.floor((memory_gib - SYSTEM_GIB) / user_memory_gib))


def flapping(settings: Any) -> str | None:
    """Say why removing an instance would at once bring one back.

    The average before is just under the lower threshold on n instances; afterwards n - 1 hold the same sessions. The fewer
    instances, the larger the jump, so n is one more than the smallest size. Where places are kept free, an instance is only
    removed while that leaves as many free, which may keep the average low enough.
    """
    down, up = settings.scale_down_threshold, settings.scale_up_threshold
    count = settings.min_size + 1
    if settings.max_size < count or down >= up or down * count < up * (count - 1):
        return None
    if _room_stays(settings):
        return None
    after = down * count / (count - 1)
    return (
        f"{count} instances with just under {down} sessions each are reduced to {count - 1}, which then "
        f"{'holds' if count == 2 else 'hold'} up to {count} x {down} / {count - 1} = {after:.4g} sessions each, not below "
        f"the {up} at which the group grows again: it would grow and shrink without end"
    )


def _room_stays(settings: Any) -> bool:
    """Tell whether the spare places keep the average below the upper threshold, however many instances are left."""
    spare = getattr(settings, "spare_places", 0)
    size = instance_type(settings.instance_type) if spare else None
    if size is None:
        return False
    places, up = capacity(size.memory_gib, settings.user_memory_gib), settings.scale_up_threshold
    left = range(max(1, settings.min_size), settings.max_size)
    return all(
        min(settings.scale_down_threshold * (count + 1) / count, places - spare / count) < up
        for count in left
    )


def never_shrinking(settings: Any) -> str | None:
    """Say that no average is below 0."""
    if settings.scale_down_threshold > 0 or settings.max_size <= settings.min_size:
        return None
    return "no average lies below 0 sessions, so the alarm that removes instances can never fire"


def too_small(settings: Any) -> str | None:
    """Say why an instance is full before the average reaches the upper threshold."""
    size = instance_type(settings.instance_type)
    if size is None:
        return None
    memory, up = settings.user_memory_gib, settings.scale_up_threshold
    holds = capacity(size.memory_gib, memory)
    arithmetic = f"{size.memory_gib:g} GiB less {SYSTEM_GIB:g} GiB for the system hold {holds} users of {memory:g} GiB each"
    if holds == 0:
        return f"a {size.name} is too small for a single user: {arithmetic}"
    if settings.max_size > settings.min_size and up > holds:
        return (
            f"a {size.name} is full before the alarm that adds instances can fire: {arithmetic}, and {up} sessions need "
            f"{up} x {memory:g} = {up * memory:g} GiB"
        )
    return None


def problems(settings: Any) -> list[str]:
    """Return what the guards find, whether they are switched on or not."""
    found = (check(settings) for check in (flapping, never_shrinking, too_small))
    return [problem for problem in found if problem is not None]


def _guarded(check: Any) -> Any:
    return lambda settings: check(settings) if settings.scaling_guards else None


GUARDS: tuple[Rule, ...] = (
    Rule(
        fields=("scale_down_threshold", "scale_up_threshold", "min_size", "max_size"),
        broken=_guarded(flapping),
        remedy="Lower scale_down_threshold or raise scale_up_threshold.",
    ),
    Rule(
        fields=("scale_down_threshold", "min_size", "max_size"),
        broken=_guarded(never_shrinking),
        remedy="Set scale_down_threshold to at least 1, or max_size to min_size for a group that keeps its size.",
    ),
    Rule(
        fields=("instance_type", "scale_up_threshold", "user_memory_gib"),
        broken=_guarded(too_small),
        remedy="Choose a larger instance_type, a lower scale_up_threshold or less user_memory_gib.",
    ),
)
