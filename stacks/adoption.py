"""Lays an adoption file over a stack: moved, import and removed blocks, kept values, and what is left out or carried."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cdktf import TerraformResource

from hub_constructs.addresses import at
from hub_constructs.stack import HubStack
from stacks.adoption_file import AdoptionError, AdoptionFile


def apply_adoption(stack: HubStack, file: AdoptionFile) -> None:
    """Lay ``file`` over ``stack``; raise AdoptionError when it names what the stack does not have."""
    leave_out(stack, file.leave_out)
    carry(stack, file.carry)
    resources = dict(resources_of(stack))
    _check_known(file, resources)
    for address, values in file.keep.items():
        for argument, value in values.items():
            _set(resources[address], argument, value)
    if file.ignore:
        _ignore(stack, file.ignore, resources)
    _write_blocks(stack, file)


def resources_of(stack: HubStack) -> Iterator[tuple[str, TerraformResource]]:
    """Yield address and object of every managed resource of the stack."""
    for construct in stack.node.find_all():
        if isinstance(construct, TerraformResource):
            yield f"{construct.terraform_resource_type}.{construct.friendly_unique_id}", construct


def carry(stack: HubStack, carried: Mapping[str, Mapping[str, Any]]) -> None:
    """Add resources that the design does not know, with the arguments that they have in AWS."""
    for address, arguments in carried.items():
        kind, _, name = address.partition(".")
        resource = at(TerraformResource(stack, f"carried-{kind}-{name}", terraform_resource_type=kind), name)
        for argument, value in arguments.items():
            resource.add_override(argument, value)


def leave_out(stack: HubStack, addresses: Iterable[str]) -> None:
    """Take resources out of the stack again; raise AdoptionError when something else needs one of them."""
    for address in addresses:
        found = dict(resources_of(stack)).get(address)
        if found is None:
            raise AdoptionError(f"leave_out: the stack has no {address}. Take it out of the list.")
        users = [user for user in users_of(stack, address) if user != address]
        if users:
            raise AdoptionError(
                f"leave_out: {address} is needed by {', '.join(users)}. Leave those out too, or keep it."
            )
        scope = found.node.scope
        if scope is not None:
            scope.node.try_remove_child(found.node.id)
        stack.address_book.forget(address)


def users_of(stack: HubStack, address: str) -> list[str]:
    """Return the addresses of what refers to ``address``, outputs among them."""
    configuration = stack.to_terraform()
    found = []
    for block in ("resource", "data"):
        for kind, instances in (configuration.get(block) or {}).items():
            prefix = "data." if block == "data" else ""
            found += [f"{prefix}{kind}.{name}" for name, value in instances.items() if refers(value, address)]
    for block, prefix in (("output", "output"), ("locals", "local")):
        found += [
            f"{prefix}.{name}"
            for name, value in (configuration.get(block) or {}).items()
            if refers(value, address)
        ]
    return found


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


def _set(resource: TerraformResource, argument: str, value: Any) -> None:
    """Replace an argument. An override alone would be merged into a map that stands there already."""
    reset = getattr(resource, f"reset_{argument}", None)
    if callable(reset):
        reset()
    resource.add_override(argument, value)


def _ignore(
    stack: HubStack, ignored: Mapping[str, list[str]], resources: Mapping[str, TerraformResource]
) -> None:
    """Add to what the lifecycles already ignore.

    An override's list is appended to that of the construct, but takes the place of that of an earlier override.
    """
    known = _ignored(stack, ignored)
    for address, arguments in ignored.items():
        more = [argument for argument in arguments if argument not in known[address]]
        if more and known[address] != "all":
            resources[address].add_override("lifecycle.ignore_changes", more)
    for address, now in _ignored(stack, ignored).items():
        if not set(known[address]) <= set(now):
            resources[address].add_override("lifecycle.ignore_changes", [*known[address], *now])


def _ignored(stack: HubStack, addresses: Iterable[str]) -> dict[str, list[str] | str]:
    synthesized = stack.to_terraform().get("resource", {})
    found = {}
    for address in addresses:
        kind, _, name = address.partition(".")
        found[address] = synthesized[kind][name].get("lifecycle", {}).get("ignore_changes", [])
    return found


def _check_known(file: AdoptionFile, resources: Mapping[str, TerraformResource]) -> None:
    named = {
        "moves": [move.to for move in file.moves],
        "imports": [found.to for found in file.imports],
        "keep": list(file.keep),
        "ignore": list(file.ignore),
    }
    strange = [
        f"{part}: {address}"
        for part, addresses in named.items()
        for address in addresses
        if address not in resources
    ]
    if strange:
        raise AdoptionError(
            f"the adoption file names what the stack {file.stack} does not have with these settings: "
            f"{'; '.join(strange)}. Set the settings back to those of the file, or write it anew with hubctl adopt."
        )


def _write_blocks(stack: HubStack, file: AdoptionFile) -> None:
    if file.moves:
        stack.add_override("moved", [{"from": move.from_, "to": move.to} for move in file.moves])
    if file.imports:
        stack.add_override("import", [{"to": found.to, "id": found.id} for found in file.imports])
    if file.forget:
        stack.add_override(
            "removed", [{"from": address, "lifecycle": {"destroy": False}} for address in file.forget]
        )
