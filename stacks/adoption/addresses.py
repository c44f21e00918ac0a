"""Addresses of resources as Terraform writes them: modules with keys, type, name, key. Keys may hold any characters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TYPE = re.compile(r"[a-z][a-z0-9_]*")
# A number, or a text in quotation marks in which a backslash takes the next character literally.
_KEY = re.compile(r'\[(?:0|[1-9][0-9]*|"(?:[^"\\\n]|\\.)*")\]')


@dataclass(frozen=True, kw_only=True)
class Step:
    """One part of an address: a name, and its key with the brackets (empty without one)."""

    name: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A resource or one instance of it. ``key`` is the last key with its brackets, empty for a whole resource."""

    modules: tuple[Step, ...]
    type: str
    name: str
    key: str

    @property
    def resource(self) -> str:
        """The address without the last key."""
        inside = "".join(f"module.{module.name}{module.key}." for module in self.modules)
        return f"{inside}{self.type}.{self.name}"


def parse_address(text: str) -> Address:
    """Read an address; raise ValueError when it is not one."""
    steps = _steps(text)
    modules: list[Step] = []
    while len(steps) > 2 and steps[0] == Step(name="module"):
        modules.append(steps[1])
        steps = steps[2:]
    kind = steps[0].name
    if len(steps) != 2 or steps[0].key or kind in ("module", "data") or not _TYPE.fullmatch(kind):
        raise ValueError(f"{text} is not the address of a resource")
    return Address(modules=tuple(modules), type=kind, name=steps[1].name, key=steps[1].key)


def without_key(text: str) -> str:
    """Return the address of the resource that an address is an instance of; other texts come back as they are."""
    try:
        return parse_address(text).resource
    except ValueError:
        return text


def without_keys(text: str) -> str:
    """Return an address of a module or resource without any key in it. Raises ValueError when it is not one."""
    return ".".join(step.name for step in _steps(text))


def stands_for(typed: str, address: str) -> bool:
    """Tell whether what an operator typed stands for a resource: its address, or that of a module around it.

    Keys may be left out: then all are meant.
    """
    try:
        wanted, found = _steps(typed), _steps(address)
    except ValueError:
        return typed == address
    whole = len(wanted) == len(found)
    module = len(wanted) < len(found) and len(wanted) % 2 == 0 and wanted[-2] == Step(name="module")
    return (whole or module) and all(
        one.name == other.name and one.key in ("", other.key)
        for one, other in zip(wanted, found, strict=False)
    )


def _steps(text: str) -> list[Step]:
    found: list[Step] = []
    at = 0
    while True:
        name = _NAME.match(text, at)
        if name is None:
            raise ValueError(f"{text} is not an address: a name is missing after {text[:at]!r}")
        at = name.end()
        key = _KEY.match(text, at)
        at = key.end() if key else at
        found.append(Step(name=name[0], key=key[0] if key else ""))
        if at == len(text):
            return found
        if text[at] != ".":
            raise ValueError(f"{text} is not an address: {text[at]!r} is strange after {text[:at]!r}")
        at += 1


def refers(value: object, address: str) -> bool:
    """Tell whether an expression in ``value`` refers to ``address``."""
    if isinstance(value, Mapping):
        return any(refers(item, address) for item in value.values())
    if isinstance(value, list | tuple):
        return any(refers(item, address) for item in value)
    if not isinstance(value, str) or address not in value:
        return False
    start = value.find(address)
    while start >= 0:
        before = value[start - 1] if start else " "
        after = value[start + len(address) : start + len(address) + 1]
        if not (before.isalnum() or before in "_.-") and not (after.isalnum() or after in ("_", "-")):
            return True
        start = value.find(address, start + 1)
    return False
