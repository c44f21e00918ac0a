"""Lays an adoption over a stack: moved, import and removed blocks, kept values, and what is left out or carried.

Adoptions come from adoption files, and from the setting ``adopt_from_module``.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cdktf import TerraformElement, TerraformLocal, TerraformResource, Token

from hub_constructs.core.addresses import at
from hub_constructs.core.stack import HubStack
from stacks.adoption.addresses import parse_address, refers, without_key
from stacks.adoption.checks import check_effects
from stacks.adoption.file import AdoptionError, AdoptionFile
from stacks.settings.model import SettingsModel


def apply_adoption(stack: HubStack, file: AdoptionFile, groups: tuple[type[SettingsModel], ...]) -> None:
    """Lay ``file`` over ``stack``, which has the settings of ``groups``.

    Raises AdoptionError when the file names what the stack does not have.
    """
    left_out = list(dict.fromkeys(without_key(address) for address in file.leave_out))
    leave_out(stack, left_out)
    _wait_for_none_of(stack, left_out)
    carry(stack, file.carry)
    resources = stack.address_book.resources
    _check_known(file, resources)
    blocks = _blocks(stack) if file.keep or file.ignore else {}
    if blocks:
        check_effects(stack, file, blocks, groups)
    for address, values in file.keep.items():
        superseded = _superseded(without_key(address), values, blocks)
        for argument, value in values.items():
            if argument not in superseded:
                _set(resources[without_key(address)], argument, value)
    # Only now: what is kept may be what no longer refers to them.
    _let_go_of(stack, left_out)
    _check_unused(stack, left_out)
    if file.ignore:
        _ignore(stack, {without_key(address): names for address, names in file.ignore.items()}, resources)
    _write_blocks(stack, file)


# Arguments that the provider takes only without another one: the profile that is chosen now may write that one instead of
# those of the profile that the file was written for.
_EXCLUDED_BY: Mapping[tuple[str, str], frozenset[str]] = {
    ("aws_cloudwatch_metric_alarm", "metric_query"): frozenset(
        {"dimensions", "extended_statistic", "metric_name", "namespace", "period", "statistic", "unit"}
    ),
}


def _superseded(
    address: str, values: Mapping[str, Any], blocks: Mapping[str, Mapping[str, Any]]
) -> frozenset[str]:
    """Return the kept arguments that exclude one which the stack writes and the file does not keep."""
    kind, block = address.partition(".")[0], blocks.get(address, {})
    found: frozenset[str] = frozenset()
    for (owner, argument), excluded in _EXCLUDED_BY.items():
        if owner == kind and block.get(argument) and argument not in values:
            found |= excluded
    return found


def _blocks(stack: HubStack) -> dict[str, Mapping[str, Any]]:
    synthesized = stack.to_terraform().get("resource", {})
    return {
        f"{kind}.{name}": block
        for kind, instances in synthesized.items()
        for name, block in instances.items()
    }


def carry(stack: HubStack, carried: Mapping[str, Mapping[str, Any]]) -> None:
    """Add resources that the design does not know, with the arguments that they have in AWS."""
    for address, arguments in carried.items():
        if address in stack.address_book.addresses:
            raise AdoptionError(
                f"carry: {address} is also an address of the stack, with the present settings. Give the existing one another: "
                f"`terraform state mv {address} {address}_existing`, and the same name in the file; or leave the setting out."
            )
        kind, _, name = address.partition(".")
        resource = at(TerraformResource(stack, f"carried-{kind}-{name}", terraform_resource_type=kind), name)
        for argument, value in arguments.items():
            resource.add_override(argument, with_nulls(value))


def with_nulls(value: Any) -> Any:
    """Return a value whose nulls reach Terraform: synthesis drops them, and some blocks must have all their parts."""
    if isinstance(value, Mapping):
        return {name: "${null}" if item is None else with_nulls(item) for name, item in value.items()}
    return [with_nulls(item) for item in value] if isinstance(value, list) else value


def leave_out(stack: HubStack, addresses: Iterable[str]) -> None:
    """Take resources out of the stack again; raise AdoptionError when one is not there."""
    for address in addresses:
        found = stack.address_book.resources.get(without_key(address))
        if found is None:
            raise AdoptionError(f"leave_out: the stack has no {address}. Take it out of the list.")
        _take_out(stack, without_key(address), found)


def _wait_for_none_of(stack: HubStack, addresses: Collection[str]) -> None:
    """Take ``addresses`` out of every ``depends_on``: that asked for an order only, not for the resource."""
    if not addresses:
        return
    resources = stack.address_book.resources
    for kind, instances in stack.to_terraform().get("resource", {}).items():
        for name, block in instances.items():
            waits = block.get("depends_on", [])
            if set(waits) & set(addresses):
                resources[f"{kind}.{name}"].depends_on = [one for one in waits if one not in addresses]


def _let_go_of(stack: HubStack, addresses: Collection[str]) -> None:
    """Take outputs of what is left out away, and put an empty text for it into locals.

    What uses such a local is left out as well, or keeps its existing value: the empty text is not read.
    """
    present = stack.address_book.resources
    gone = [address for address in addresses if address not in present]
    if not gone:
        return
    configuration = stack.to_terraform()
    elements = stack.address_book.elements
    for name, value in (configuration.get("output") or {}).items():
        if any(refers(value, address) for address in gone):
            _take_out(stack, f"output.{name}", elements[f"output.{name}"])
    for name, value in (configuration.get("locals") or {}).items():
        if any(refers(value, address) for address in gone):
            local = elements[f"local.{name}"]
            if isinstance(local, TerraformLocal):
                local.expression = _blanked(value, gone)


def _blanked(value: Any, addresses: Collection[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _blanked(item, addresses) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_blanked(item, addresses) for item in value]
    return "" if any(refers(value, address) for address in addresses) else value


def _take_out(stack: HubStack, address: str, element: TerraformElement) -> None:
    scope = element.node.scope
    if scope is not None:
        scope.node.try_remove_child(element.node.id)
    stack.address_book.forget(address)


def _users_of(configuration: Mapping[str, Any], address: str) -> list[str]:
    """Return the addresses of the resources and data sources that refer to ``address``."""
    found = []
    for block in ("resource", "data"):
        for kind, instances in (configuration.get(block) or {}).items():
            prefix = "data." if block == "data" else ""
            found += [f"{prefix}{kind}.{name}" for name, value in instances.items() if refers(value, address)]
    return found


def _set(resource: TerraformResource, argument: str, value: Any) -> None:
    """Replace an argument. An override alone would be merged into a map or a list that stands there already."""
    reset = getattr(resource, f"reset_{argument}", None)
    put = getattr(resource, f"put_{argument}", None)
    if callable(reset):
        reset()
    elif callable(put) and isinstance(value, list):  # blocks that the resource cannot be without
        put(Token.as_any(with_nulls(value)))
        return
    resource.add_override(argument, with_nulls(value) if isinstance(value, list | Mapping) else value)


def _ignore(
    stack: HubStack, ignored: Mapping[str, list[str]], resources: Mapping[str, TerraformResource]
) -> None:
    """Add to what the lifecycles already ignore.

    An override's list is appended to that of the construct, but takes the place of that of an earlier override. A list
    that names all that is ignored already stays in its order.
    """
    known = _ignored(stack, ignored)
    for address, arguments in ignored.items():
        more = [argument for argument in arguments if argument not in known[address]]
        if more and known[address] != "all":
            resources[address].add_override("lifecycle.ignore_changes", more)
    for address, now in _ignored(stack, ignored).items():
        if not set(known[address]) <= set(now):
            whole = set(known[address]) <= set(ignored[address])
            complete = ignored[address] if whole else [*known[address], *now]
            resources[address].add_override("lifecycle.ignore_changes", complete)


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
        if without_key(address) not in resources
    ]
    if strange:
        raise AdoptionError(
            f"the adoption file names what the stack {file.stack} does not have with these settings: "
            f"{'; '.join(strange)}. Set the settings back to those of the file, or write it anew with `.venv/bin/hubctl adopt`."
        )


def _check_unused(stack: HubStack, addresses: Iterable[str]) -> None:
    """Raise AdoptionError when something still refers to what was left out and not carried instead."""
    present = stack.address_book.resources
    gone = [address for address in addresses if address not in present]
    configuration = stack.to_terraform() if gone else {}  # takes Node a while
    needed = [
        f"{address} is needed by {', '.join(users)}"
        for address in gone
        if (users := _users_of(configuration, address))
    ]
    if needed:
        raise AdoptionError(f"leave_out: {'; '.join(needed)}. Leave those out too, or keep it.")


def _write_blocks(stack: HubStack, file: AdoptionFile) -> None:
    taken = {*stack.address_book.resources, *file.forget}
    # Terraform lets go of whole resources only. One within a module or resource with keys is moved out of it first.
    aside = {
        address: _free(address, number, taken)
        for number, address in enumerate(file.forget, 1)
        if "[" in address
    }
    moved = [(move.from_, move.to) for move in file.moves] + list(aside.items())
    if moved:
        stack.add_override("moved", [{"from": source, "to": target} for source, target in moved])
    if file.imports:
        stack.add_override("import", [{"to": found.to, "id": found.id} for found in file.imports])
    if file.forget:
        stack.add_override(
            "removed",
            [
                {"from": aside.get(address, address), "lifecycle": {"destroy": False}}
                for address in file.forget
            ],
        )


def _free(address: str, number: int, taken: set[str]) -> str:
    """Return an address of the root module that nothing has, for an existing resource of that type."""
    parsed = parse_address(address)
    free = f"{parsed.type}.forgotten_{parsed.name}_{number}"
    while free in taken:
        free += "_"
    return free
