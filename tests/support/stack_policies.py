"""The IAM and resource policies in a stack's Terraform JSON, as statements, and what is too wide in them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Configuration = dict[str, Any]
# References and calls that stand unquoted in an expression
_BARE = re.compile(r"(?<=[\[ ])((?:aws|data|local|var)[.\w-]+(?:\[[^\]]*\])?(?:\.[\w-]+)*)(?=[,\]}])")
_ATTRIBUTES = ("policy", "assume_role_policy")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One statement and the address of the resource it stands in."""

    address: str
    statement: Configuration

    def listed(self, key: str) -> list[str]:
        value = self.statement.get(key, [])
        return [value] if isinstance(value, str) else list(value)


def document(expression: str) -> Configuration:
    """Return a policy that stands as JSON, or as a call of jsonencode with references in it."""
    text = expression.strip()
    if text.startswith("${"):
        text = text.removeprefix("${jsonencode(").removesuffix(")}").replace('" = ', '": ')
        text = _BARE.sub(r'"\1"', text)
    read: Configuration = json.loads(text)
    return read


def statements(configuration: Configuration) -> Iterator[Found]:
    """Yield every statement of every policy in the stack."""
    for kind, blocks in configuration["resource"].items():
        for name, block in blocks.items():
            for attribute in _ATTRIBUTES:
                if attribute in block and kind != "aws_ecr_lifecycle_policy":
                    for statement in document(block[attribute])["Statement"]:
                        yield Found(address=f"{kind}.{name}", statement=statement)


def wide(configuration: Configuration, justified: dict[str, str]) -> list[str]:
    """Return what an Allow statement allows too widely.

    ``justified`` maps ``ACTION`` to the reason why it may stand on every resource, and ``ADDRESS ACTION`` to the reason
    why an action with a star may stand there.
    """
    problems = []
    for found in statements(configuration):
        if found.statement["Effect"] != "Allow":
            continue
        for action in found.listed("Action"):
            if "*" in action and f"{found.address} {action}" not in justified:
                problems.append(f"{found.address}: action {action}")
            elif "*" in found.listed("Resource") and not {action, f"{found.address} {action}"} & set(
                justified
            ):
                problems.append(f"{found.address}: {action} on every resource")
        problems += [f"{found.address}: {problem}" for problem in _open_principal(found)]
    return problems


def _open_principal(found: Found) -> Iterator[str]:
    principal = found.statement.get("Principal")
    names = principal.values() if isinstance(principal, dict) else [principal]
    if "*" in names and not found.statement.get("Condition"):
        yield "everybody, without a condition"
