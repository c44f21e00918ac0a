"""Terraform addresses are an interface: this module sets them and refuses two resources at one address.

CDKTF would derive logical ids from construct paths, so that moving code would move resources in the state.
Instead every element gets a logical id by ``at(element, "name")`` right after its construction, before any
attribute is read (CDKTF silently ignores a later override). Two elements of one type and id would silently
become one; ``AddressBook`` raises instead.
"""

from collections.abc import Callable
from typing import TypeVar

from cdktf import (
    TerraformDataSource,
    TerraformElement,
    TerraformLocal,
    TerraformOutput,
    TerraformResource,
    TerraformVariable,
)

Element = TypeVar("Element", bound=TerraformElement)
_TERRAFORM_TYPES: dict[type, str] = {}


class DuplicateAddressError(ValueError):
    """Two elements of a stack were given the same Terraform address."""


class UnnamedAddressError(ValueError):
    """The synthesized JSON holds an element whose logical id was not chosen by ``at``."""


class AddressBook:
    """The addresses of one stack, in the order in which they were given."""

    def __init__(self) -> None:
        self._paths: dict[str, Callable[[], str]] = {}
        self._elements: dict[str, TerraformElement] = {}

    def add(
        self, address: str, path: str | Callable[[], str], element: TerraformElement | None = None
    ) -> None:
        """Record ``address`` for the construct at ``path``, and the ``element`` itself.

        ``path`` may be a function: asking Node for it takes time, and only a mistake needs it.
        Raises DuplicateAddressError when the address is taken.
        """
        get_path = path if callable(path) else lambda: path
        if address in self._paths:
            raise DuplicateAddressError(
                f"{address} is used by both {self._paths[address]()} and {get_path()}: "
                "Terraform would keep only one of them; give one another logical id"
            )
        self._paths[address] = get_path
        if element is not None:
            self._elements[address] = element

    def forget(self, address: str) -> None:
        """Drop ``address``, whose element was taken out of the stack again."""
        del self._paths[address]
        self._elements.pop(address, None)

    @property
    def addresses(self) -> frozenset[str]:
        """All addresses, such as ``aws_vpc.lab``, ``data.aws_ami.lab`` and ``var.region``."""
        return frozenset(self._paths)

    @property
    def resources(self) -> dict[str, TerraformResource]:
        """The managed resources by address, without a walk through the stack's constructs."""
        return {
            address: element
            for address, element in self._elements.items()
            if isinstance(element, TerraformResource)
        }

    @property
    def elements(self) -> dict[str, TerraformElement]:
        """Everything by address, such as ``output.alb_dns_name`` and ``local.instance_settings``."""
        return dict(self._elements)

    def check(self, synthesized: frozenset[str]) -> None:
        """Raise UnnamedAddressError when ``synthesized`` differs from the recorded addresses."""
        unnamed = sorted(synthesized - self.addresses)
        lost = sorted(self.addresses - synthesized)
        if unnamed or lost:
            raise UnnamedAddressError(
                f"addresses that no `at()` chose: {unnamed or 'none'}; "
                f"chosen addresses that are missing, because `at()` came after an attribute was read: {lost or 'none'}"
            )


def book_of(element: TerraformElement) -> AddressBook:
    """Return the address book of the stack that holds ``element``."""
    stack = element.cdktf_stack
    book = getattr(stack, "address_book", None)
    if not isinstance(book, AddressBook):
        raise TypeError(
            f"{stack} has no address book: derive the stack from hub_constructs.core.stack.HubStack"
        )
    return book


def at(element: Element, logical_id: str) -> Element:
    """Give ``element`` its logical id and return it, so that it can wrap the construction."""
    element.override_logical_id(logical_id)
    book_of(element).add(_address(element, logical_id), lambda: str(element.node.path), element)
    return element


def _address(element: TerraformElement, logical_id: str) -> str:
    if isinstance(element, TerraformVariable):
        return f"var.{logical_id}"
    if isinstance(element, TerraformOutput):
        return f"output.{logical_id}"
    if isinstance(element, TerraformLocal):
        return f"local.{logical_id}"
    if isinstance(element, TerraformDataSource):
        return f"data.{_terraform_type(element)}.{logical_id}"
    if isinstance(element, TerraformResource):
        return f"{_terraform_type(element)}.{logical_id}"
    raise TypeError(f"{type(element).__name__} has no Terraform address")


def _terraform_type(element: TerraformResource | TerraformDataSource) -> str:
    """Return a type such as ``aws_vpc``. Node is asked once for each class of the bindings, not for each element."""
    kind = type(element)
    if kind in (TerraformResource, TerraformDataSource):  # these two stand for any type
        return str(element.terraform_resource_type)
    if kind not in _TERRAFORM_TYPES:
        _TERRAFORM_TYPES[kind] = str(element.terraform_resource_type)
    return _TERRAFORM_TYPES[kind]


def addresses_in(configuration: dict[str, object]) -> frozenset[str]:
    """Return the addresses in one stack's synthesized JSON, written as in ``AddressBook``."""
    found: set[str] = set()
    for block, prefix in (("resource", ""), ("data", "data.")):
        for kind, instances in _mapping(configuration.get(block)).items():
            found.update(f"{prefix}{kind}.{name}" for name in _mapping(instances))
    found.update(f"var.{name}" for name in _mapping(configuration.get("variable")))
    found.update(f"output.{name}" for name in _mapping(configuration.get("output")))
    found.update(f"local.{name}" for name in _mapping(configuration.get("locals")))
    return frozenset(found)


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
