"""What a Terraform variable is, as plain data: usable before cdktf is imported, as settings must be."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Check:
    """One ``validation`` block: an HCL condition without ``${}``, and the sentence shown when it is false."""

    condition: str
    message: str


@dataclass(frozen=True, kw_only=True)
class VariableSpec:
    """A Terraform variable. ``default`` None means that the operator must give a value."""

    name: str
    type: str
    description: str
    default: Any = None
    sensitive: bool = False
    checks: tuple[Check, ...] = ()


def with_checks(
    specs: Iterable[VariableSpec], further: Mapping[str, tuple[Check, ...]]
) -> list[VariableSpec]:
    """Return the variables with further checks, by the variable's name."""
    return [replace(spec, checks=(*spec.checks, *further.get(spec.name, ()))) for spec in specs]


@dataclass(frozen=True, kw_only=True)
class TextRule:
    """What a text must be.

    Patterns cover the whole text and use only what Python, and RE2 as Terraform has it, understand alike.

    Attributes:
        problem: What is wrong with a text that breaks the rule, as the end of a sentence that begins with the text.
        source: Where the rule is documented.
        pattern: What the text must match.
        refused: What it must not match.
        longest: Most characters; the texts are ASCII, so octets as well.

    """

    problem: str
    source: str
    pattern: str | None = None
    refused: str | None = None
    longest: int | None = None

    def broken(self, text: str) -> bool:
        """Tell whether ``text`` breaks the rule."""
        return (
            (self.pattern is not None and not re.fullmatch(self.pattern, text))
            or (self.refused is not None and bool(re.fullmatch(self.refused, text)))
            or (self.longest is not None and len(text) > self.longest)
        )

    def condition(self, text: str) -> str:
        """Return the condition of Terraform's language that says the same of ``text``, an expression."""
        parts = []
        if self.pattern is not None:
            parts.append(f"can({_regex(self.pattern, text)})")
        if self.refused is not None:
            parts.append(f"!can({_regex(self.refused, text)})")
        if self.longest is not None:
            parts.append(f"length({text}) <= {self.longest}")
        return " && ".join(parts)


def _regex(pattern: str, text: str) -> str:
    # \A and \z: the text as a whole, without the line break that $ lets through in other languages
    escaped = pattern.replace("\\", "\\\\")
    return f'regex("\\\\A(?:{escaped})\\\\z", {text})'
