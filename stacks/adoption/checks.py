"""What Terraform checks of an adoption at every plan: that the existing state is there, and that settings have an effect."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdktf import TerraformDataSource

from hub_constructs.core.addresses import at
from hub_constructs.core.stack import HubStack
from stacks.adoption.addresses import without_key
from stacks.adoption.file import AdoptionFile
from stacks.settings.model import SettingsModel

# A data source that is never read. Its name is what Terraform prints when the state is missing.
GUARD = "the_existing_state_is_not_here"
GUARD_TYPE = "aws_region"
_GUIDE = "docs/how-to/adopt-an-existing-deployment.md"
# What is replaced least often comes first: the guard refuses a plan that replaces it.
_LASTING = (
    "aws_vpc",
    "aws_iam_role",
    "aws_security_group",
    "aws_lb",
    "aws_instance",
    "aws_autoscaling_group",
    "aws_subnet",
)
_VARIABLE = re.compile(r"\bvar\.([a-z][a-z0-9_]*)")
_SHOWN = 4  # arguments that a message names


def guard_state(stack: HubStack, file: AdoptionFile) -> None:
    """Make every plan fail that would create what the adoption moves: then the existing state was not copied or configured.

    A resource that is yet to be created has no known id, and Terraform needs a known ``count`` to plan at all.
    https://developer.hashicorp.com/terraform/language/meta-arguments/count
    """
    present = stack.address_book.resources
    moved = [move.to for move in file.moves if without_key(move.to) in present]
    anchor = next((to for kind in _LASTING for to in moved if to.startswith(f"{kind}.")), None)
    if anchor is None:
        return
    sentence = (
        f"The state of the deployment that {file.stack} takes over is not here: a plan would create everything anew. "
        f"Copy it into this folder, or configure its backend, as {_GUIDE} says. "
        f"If the deployment is gone or is to be replaced, take the moves out of the adoption file of {file.stack}."
    )
    guard = at(TerraformDataSource(stack, "guard-state", terraform_resource_type=GUARD_TYPE), GUARD)
    guard.add_override("count", f'${{0 * length("${{{anchor}.id}} {sentence}")}}')


def check_effects(
    stack: HubStack,
    file: AdoptionFile,
    blocks: Mapping[str, Mapping[str, Any]],
    groups: tuple[type[SettingsModel], ...],
) -> None:
    """Have every plan warn of a variable whose new value changes nothing, since the existing value is kept.

    ``blocks`` are our resources as they were before ``file`` was laid over them.
    """
    variables = {name for group in groups for name, _, mark in group.variables() if not mark.sensitive}
    for name, where in sorted(_shadowed(file, blocks).items()):
        if name not in variables or name not in stack.variables:
            continue
        expected = _expected(name, file, groups)
        if expected is None:
            continue
        stack.add_override(
            f"check.{name}_has_an_effect.assert",
            {
                "condition": f"${{jsonencode(var.{name}) == jsonencode({_literal(expected)})}}",
                "error_message": f"A new {name} does not change {_listed(where)}: the adoption file of {file.stack} keeps "
                "the existing value. Take it out of `keep` or `ignore` there first "
                "(docs/reference/adoption-file.md, Giving something up again).",
            },
        )


def shadowed_settings(
    file: AdoptionFile, blocks: Mapping[str, Mapping[str, Any]], groups: tuple[type[SettingsModel], ...]
) -> dict[str, list[str]]:
    """Return the variables that kept arguments would follow otherwise, with these arguments (``ADDRESS.ARGUMENT``)."""
    known = {name for group in groups for name, _, _ in group.variables()}
    return {name: where for name, where in sorted(_shadowed(file, blocks).items()) if name in known}


def _shadowed(file: AdoptionFile, blocks: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address, argument, value in _kept(file):
        for name in _variables(blocks.get(without_key(address), {}).get(argument)):
            found.setdefault(name, []).append(f"{address}.{argument}")
        if argument == "launch_template" and not _follows(value):
            # The template gets a new version, and the group goes on with the version that it has.
            for template, block in blocks.items():
                if template.startswith("aws_launch_template.") and address.startswith(
                    "aws_autoscaling_group."
                ):
                    for name in _variables(block):
                        found.setdefault(name, []).append(f"{address}.{argument}")
    return {name: list(dict.fromkeys(where)) for name, where in found.items()}


def _kept(file: AdoptionFile) -> Iterator[tuple[str, str, Any]]:
    for address, values in file.keep.items():
        yield from ((address, argument, value) for argument, value in values.items())
    for address, arguments in file.ignore.items():
        yield from ((address, argument, None) for argument in arguments)


def _follows(value: Any) -> bool:
    """Tell whether a group uses each new version of its template: version ``$Latest`` or ``$Default``."""
    blocks = value if isinstance(value, list) else [value]
    return any(
        isinstance(block, Mapping) and str(block.get("version", "")).startswith("$") for block in blocks
    )


def _variables(value: Any) -> list[str]:
    return sorted(set(_VARIABLE.findall(json.dumps(value, default=str)))) if value is not None else []


def _expected(name: str, file: AdoptionFile, groups: tuple[type[SettingsModel], ...]) -> Any:
    """Return the value of a variable with which the deployment was taken over; None when it cannot be known."""
    if name in file.settings:
        return file.settings[name]
    default = next(group.model_fields[name].default for group in groups if name in group.model_fields)
    return list(default) if isinstance(default, tuple) else default if _plain(default) else None


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _literal(value: Any) -> str:
    """Return a value as an expression of Terraform."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("${", "$${").replace("%{", "%%{")


def _listed(where: list[str]) -> str:
    more = len(where) - _SHOWN
    return ", ".join(where[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
