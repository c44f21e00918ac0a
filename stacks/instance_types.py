"""How much memory and how many processors the common EC2 instance types have.

A copy of what ``DescribeInstanceTypes`` says, in ``instance_types.json``, so that settings can be checked without an
account. It is edited by hand when a family is missed; nothing is claimed of a type that is not in it.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent / "instance_types.json"


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """An instance type's size."""

    name: str
    vcpus: int
    memory_gib: float


def instance_type(name: str) -> InstanceType | None:
    """Return the size of an instance type such as ``m6i.xlarge``; None when the file does not know it."""
    family, _, size = name.partition(".")
    known = _families().get(family, {}).get(size)
    return None if known is None else InstanceType(name=name, vcpus=int(known[0]), memory_gib=float(known[1]))


@functools.cache
def _families() -> dict[str, dict[str, list[float]]]:
    families: dict[str, dict[str, list[float]]] = json.loads(FILE.read_text(encoding="utf-8"))["families"]
    return families
