"""docs/reference/resources.md: what the stacks make and give back, from their Terraform JSON in both profiles."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

INTRODUCTION = """# Resources and outputs

Generated from the synthesized stacks, with the default settings, by `make reference`. Their variables are in
[settings and variables](settings.md); what differs between the profiles of chef-hub and why in [the two profiles](profiles.md).

Names are Terraform addresses without their type: `TYPE.NAME` is what `terraform state list` shows. They are an interface: a
golden file in the tests announces every change.
"""
STACKS = ("aws-lab", "chef-hub")
Synthesized = Callable[[str, str], Mapping[str, Any]]


def render(synthesized: Synthesized) -> str:
    """Return the whole page; ``synthesized(stack, profile)`` gives the Terraform JSON."""
    parts = [INTRODUCTION]
    for stack in STACKS:
        recommended, original = (synthesized(stack, profile) for profile in ("recommended", "original"))
        parts += _stack(stack, recommended, original)
    return "\n".join(parts).rstrip() + "\n"


def _stack(stack: str, recommended: Mapping[str, Any], original: Mapping[str, Any]) -> Iterator[str]:
    yield f"## Stack `{stack}`\n"
    yield "### Outputs\n"
    yield "| output | what it is |"
    yield "| --- | --- |"
    for name, output in sorted(recommended["output"].items()):
        yield f"| `{name}` | {output['description']} |"
    counts = [
        sum(len(named) for named in content["resource"].values()) for content in (recommended, original)
    ]
    yield f"\n### Resources: {counts[0]} in `recommended`, {counts[1]} in `original`\n"
    yield "| type | in both profiles | only in `recommended` | only in `original` |"
    yield "| --- | --- | --- | --- |"
    kinds = sorted({*recommended["resource"], *original["resource"]})
    for kind in kinds:
        new, old = (set(content["resource"].get(kind, {})) for content in (recommended, original))
        yield f"| `{kind}` | {_names(new & old)} | {_names(new - old)} | {_names(old - new)} |"
    yield ""


def _names(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
