"""The parts of an existing state: its resources, and the data sources that its author used."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.state.origin import Origin
from stacks.adoption.addresses import stands_for, without_key

Key = str | int | None
_AWS = "hashicorp/aws"


@dataclass(frozen=True, kw_only=True)
class Existing:
    """One instance of a resource, or of a data source when ``is_lookup``.

    Attributes:
        address: Where it is, with modules and keys, such as ``module.lab["a"].aws_subnet.public[0]``.
        resource: The address without the last key; what a ``removed`` block takes.
        values: Its attributes. Whatever is in ``sensitive`` (names of top-level attributes) is never shown.
        provider: Source and alias of its provider, such as ``hashicorp/aws`` or ``hashicorp/aws.home``.
        tainted: Terraform would replace it whatever the configuration says.

    """

    address: str
    resource: str
    type: str
    name: str
    key: Key
    provider: str
    values: Mapping[str, Any] = field(repr=False)
    sensitive: frozenset[str] = frozenset()
    is_lookup: bool = False
    tainted: bool = False

    def text(self, attribute: str) -> str:
        """Return a text attribute; empty where it is not set."""
        value = self.values.get(attribute)
        return value if isinstance(value, str) else ""

    def texts(self, attribute: str) -> list[str]:
        """Return the texts in a list; empty where it is not set."""
        return texts_of(self.values.get(attribute))

    def blocks(self, block: str) -> list[Mapping[str, Any]]:
        """Return all nested blocks of a name."""
        found = self.values.get(block)
        return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []

    def first(self, block: str) -> Mapping[str, Any]:
        """Return the first of nested blocks, an empty one where the state has no such block."""
        return next(iter(self.blocks(block)), {})


@dataclass(frozen=True, kw_only=True)
class ExistingState:
    """A whole state. ``document`` is in the form of a state file, as Terraform reads it; ``origin`` says where it came from.

    ``background`` takes no part in an adoption, but what it connects, such as an Elastic IP and its instance, counts.
    """

    resources: Sequence[Existing]
    lookups: Sequence[Existing]
    lineage: str
    serial: int
    terraform_version: str
    document: Mapping[str, Any] = field(repr=False)
    background: Sequence[Existing] = ()
    origin: Origin = field(default_factory=Origin)

    def of(self, *types: str) -> Iterator[Existing]:
        """Yield the resources of these types, in the order of the state."""
        return (resource for resource in self.resources if resource.type in types)

    def within(self, address: str) -> list[Existing]:
        """Return what an address stands for: one instance, all instances of a resource, or all of a module.

        Keys may be left out on the way: ``module.lab.aws_subnet.a`` stands for those of all instances of the module.
        """
        return [resource for resource in self.resources if stands_for(address, resource.address)]

    def at(self, address: str) -> Existing | None:
        """Return the resource at an address."""
        return next((resource for resource in self.resources if resource.address == address), None)


def imported(address: str, values: Mapping[str, Any]) -> Existing:
    """Return a resource of ours that is imported, as far as a plan tells of it: no state has it."""
    resource = without_key(address)
    kind, _, name = resource.partition(".")
    return Existing(
        address=address, resource=resource, type=kind, name=name, key=None, provider=_AWS, values=values
    )


def texts_of(value: Any) -> list[str]:
    """Return the texts in a list; empty for anything else."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def is_empty(value: Any) -> bool:
    """Tell whether a value stands for "not set" in a state: 0 and False may be meant."""
    return value is None or value in ("", [], {})


def mean_the_same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, or both stand for "not set"."""
    return one == other or (is_empty(one) and is_empty(other))


def is_aws(provider: str) -> bool:
    """Tell whether a provider, as in :attr:`Existing.provider`, is the one that the stacks use."""
    return provider.partition(".")[0] == _AWS


def with_key(resource: str, key: Key) -> str:
    """Return the address of an instance: ``aws_subnet.a`` and 0 give ``aws_subnet.a[0]``."""
    if key is None:
        return resource
    if isinstance(key, int):
        return f"{resource}[{key}]"
    quoted = key.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return f'{resource}["{quoted}"]'


def natural(address: str) -> list[tuple[int, int, str]]:
    """Return a sort key by which ``a[2]`` comes before ``a[10]``."""
    parts: list[tuple[int, int, str]] = []
    digits = text = ""
    for character in address + "\0":
        if character.isdigit():
            digits += character
            continue
        if digits:
            parts += [(1, 0, text), (0, int(digits), "")]
            digits = text = ""
        text += character
    return [*parts, (1, 0, text)]
