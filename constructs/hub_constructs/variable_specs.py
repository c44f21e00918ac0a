"""What a Terraform variable is, as plain data: usable before cdktf is imported, as settings must be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Check:
    """One ``validation`` block: an HCL condition without ``${}``, and the sentence shown when it is false."""

    condition: str
    message: str


@dataclass(frozen=True, kw_only=True)
class VariableSpec:
    """A Terraform variable. ``default`` None means that the operator must give a value."""

    name: str
    type: str
    description: str
    default: Any = None
    sensitive: bool = False
    checks: tuple[Check, ...] = ()


def with_checks(
    specs: Iterable[VariableSpec], further: Mapping[str, tuple[Check, ...]]
) -> list[VariableSpec]:
    """Return the variables with further checks, by the variable's name."""
    return [replace(spec, checks=(*spec.checks, *further.get(spec.name, ()))) for spec in specs]
