"""What is known of EC2 instance types beside their size: processor architecture, and whether they can hibernate.

AWS's names tell the architecture: a ``g`` after the generation is Graviton.
https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
"""

import re
from collections.abc import Iterable

from stacks.settings.scaling_guards import InstanceType, families, instance_type

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/hibernating-prerequisites.html#hibernation-prereqs-supported-instance-families
# as read in 2026-12, of the families that instance_types.json has. It names neither r6i nor those with accelerators.
HIBERNATING_FAMILIES = frozenset(
    {
        *("t2", "t3", "t3a", "t4g"),
        *("m5", "m5a", "m6a", "m6g", "m6i", "m7a", "m7g", "m7i", "m7i-flex", "m8g"),
        *("c5", "c6a", "c6g", "c6i", "c7a", "c7g", "c7i"),
        *("r5", "r5a", "r6a", "r6g", "r7a", "r7g", "r7i"),
    }
)
# What DescribeInstanceTypes (hibernation-supported) excludes of these families all the same
_NOT_HIBERNATING = frozenset({"c6a.12xlarge"})
HIBERNATING_GIB = 150  # the same page: on Linux the memory has to be less than that
_GRAVITON = re.compile(r"[a-z]+[0-9]+g[a-z]*(?:-[a-z]+)?")


def architecture(name: str) -> str:
    """Return the processor architecture of an instance type, as AMIs name it."""
    return "arm64" if _GRAVITON.fullmatch(name.partition(".")[0]) else "x86_64"


def hibernates(size: InstanceType) -> bool:
    """Tell whether instances of that type can hibernate."""
    family, _, small = size.name.partition(".")
    return (
        family in HIBERNATING_FAMILIES
        and size.memory_gib < HIBERNATING_GIB
        and "metal" not in small
        and size.name not in _NOT_HIBERNATING
    )


def all_types() -> Iterable[InstanceType]:
    """Yield every type that ``instance_types.json`` lists."""
    for family, sizes in families().items():
        for size in sizes:
            found = instance_type(f"{family}.{size}")
            if found is not None:
                yield found


def like(name: str) -> list[str]:
    """Return the types that can stand in for ``name``: with the same memory and architecture; itself among them.

    Those with accelerators stand in for each other only.
    """
    size = instance_type(name)
    if size is None:
        return [name]
    return [
        other.name
        for other in all_types()
        if other.memory_gib == size.memory_gib
        and architecture(other.name) == architecture(name)
        and _accelerated(other.name) == _accelerated(name)
    ]


def _accelerated(name: str) -> bool:
    return name.startswith("g")
