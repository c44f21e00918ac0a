"""Our side: the resources of a synthesized stack, with the values that are known before a plan."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_WHOLE = re.compile(r"^\$\{(?:var\.([A-Za-z0-9_]+)|tostring\(var\.([A-Za-z0-9_]+)\))\}$")
# How the constructs write that a resource depends on a setting being given, or not.
_COUNT = re.compile(r"^\$\{\(length\(var\.([A-Za-z0-9_]+)\) (<|>=) 1\) \? 1 : 0\}$")
_PART = re.compile(r"\$\{var\.([A-Za-z0-9_]+)\}")


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A resource of ours. ``block`` is its synthesized configuration, ``values`` what of it is known already.

    The address of a counted one has its index: ours are there once, or not at all.
    """

    address: str
    type: str
    name: str
    block: Mapping[str, Any] = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)


def planned_resources(
    configuration: Mapping[str, Any], variables: Mapping[str, Any] | None = None
) -> list[Planned]:
    """Return the resources of a stack's Terraform JSON; ``variables`` win over the defaults in it."""
    known = {
        name: spec["default"]
        for name, spec in (configuration.get("variable") or {}).items()
        if spec.get("default") is not None
    } | dict(variables or {})
    return [
        Planned(
            address=f"{kind}.{name}{index}",
            type=kind,
            name=name,
            block=block,
            values={key: _resolve(value, known) for key, value in block.items()},
        )
        for kind, instances in sorted((configuration.get("resource") or {}).items())
        for name, block in sorted(instances.items())
        if (index := _index(block, known)) is not None
    ]


def full_address(told: str, ours: Iterable[str]) -> str:
    """Return the address of ours that an operator means: the index of a counted resource may be left out."""
    addresses = set(ours)
    return told if told in addresses or f"{told}[0]" not in addresses else f"{told}[0]"


def _index(block: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
    """Return the index in the address of a resource, empty when it is not counted; None when there is none of it."""
    count = block.get("count")
    if count is None:
        return ""
    asked = _COUNT.match(str(count))
    if asked is None:
        return None if count == 0 else "[0]"
    length = len(str(known.get(asked[1]) or ""))
    return "[0]" if (length < 1) == (asked[2] == "<") else None


def _resolve(value: Any, variables: Mapping[str, Any]) -> Any:
    """Put variables in; None stands for whatever only a plan can know."""
    if isinstance(value, Mapping):
        return {key: _resolve(item, variables) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_resolve(item, variables) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _WHOLE.match(value)
    if whole:
        return variables.get(whole[1] or whole[2])
    if set(_PART.findall(value)) - set(variables):
        return None
    text = _PART.sub(lambda match: str(variables[match[1]]), value)
    return None if "${" in text else text
