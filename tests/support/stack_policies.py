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
_KINDS = ("autoScalingGroupName",)  # words in the middle of an ARN that name a kind, too


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
                    yield from _of(f"{kind}.{name}", block[attribute])
            inline = block.get("inline_policy", []) if kind == "aws_iam_role" else []
            for policy in [inline] if isinstance(inline, dict) else inline:
                yield from _of(f"{kind}.{name}", policy["policy"])


def _of(address: str, policy: str) -> Iterator[Found]:
    found = document(policy)["Statement"]
    for statement in [found] if isinstance(found, dict) else found:
        yield Found(address=address, statement=statement)


def is_everything(resource: str) -> bool:
    """Tell whether a resource is every one of its service, or of a kind: ``*``, ``arn:…:parameter/*``, ``arn:aws:s3:::*``."""
    if not resource.strip("*"):
        return True
    parts = resource.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return False
    names = re.split(r"[/:]", parts[5])
    chosen = names if parts[2] == "s3" else names[1:] or names  # the first says of which kind they are
    return not any(name.strip("*") and name not in _KINDS for name in chosen)


def wide(configuration: Configuration, justified: dict[str, str]) -> list[str]:
    """Return what an Allow statement allows too widely.

    ``justified`` maps ``ACTION`` to the reason why it may stand on every resource, and ``ADDRESS ACTION`` to the reason
    why an action with a star may stand there.
    """
    problems = []
    for found in statements(configuration):
        if found.statement["Effect"] != "Allow":
            continue
        everything = any(map(is_everything, found.listed("Resource")))
        problems += [f"{found.address}: {key}" for key in found.statement if key.startswith("Not")]
        for action in found.listed("Action"):
            if "*" in action and f"{found.address} {action}" not in justified:
                problems.append(f"{found.address}: action {action}")
            elif everything and not {action, f"{found.address} {action}"} & set(justified):
                problems.append(f"{found.address}: {action} on every resource")
        problems += [f"{found.address}: {problem}" for problem in _open_principal(found)]
    return problems


def _open_principal(found: Found) -> Iterator[str]:
    principal = found.statement.get("Principal")
    names = principal.values() if isinstance(principal, dict) else [principal]
    if "*" in names and not found.statement.get("Condition"):
        yield "everybody, without a condition"
