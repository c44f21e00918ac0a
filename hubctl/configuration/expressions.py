"""Values of Terraform JSON: variables filled in, references followed, as far as it is known before an apply."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_WHOLE = re.compile(r"\$\{([^${}]*)\}")
_PART = re.compile(r"\$\{([^${}]+)\}")
_VARIABLE = re.compile(r"var\.([\w-]+)")
_LOCAL = re.compile(r"local\.([\w-]+)")
_REFERENCE = re.compile(r"([a-z]\w*)\.([\w-]+)\.([\w-]+)")
_AS_TEXT = re.compile(r"tostring\((.*)\)")
DEEPEST = 20


class Expressions:
    """The values of one configuration. What is only known after an apply, such as an ARN, stays its reference's text.

    Args:
        configuration: The Terraform JSON.
        variables: Values over the variables' defaults.

    """

    def __init__(self, configuration: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self._configuration = configuration
        declared = configuration.get("variable", {})
        self.variables = {name: given.get("default") for name, given in declared.items()} | dict(variables)

    def value(self, raw: Any, depth: int = 0) -> Any:
        """Return ``raw`` with every expression in it replaced by its value."""
        if depth > DEEPEST:  # references in a circle
            return raw
        if isinstance(raw, dict):
            return {key: self.value(inner, depth + 1) for key, inner in raw.items()}
        if isinstance(raw, list):
            return [self.value(inner, depth + 1) for inner in raw]
        if not isinstance(raw, str):
            return raw
        whole = _WHOLE.fullmatch(raw)
        if whole:
            return self._expression(whole[1].strip(), depth + 1)
        return _PART.sub(lambda match: self._part(match, depth + 1), raw)

    def _part(self, match: re.Match[str], depth: int) -> str:
        value = self._expression(match[1].strip(), depth)
        return match[0] if value is None else _text(value)  # Terraform takes no null inside a text

    def _expression(self, expression: str, depth: int) -> Any:
        if text := _AS_TEXT.fullmatch(expression):
            return _text(self._expression(text[1].strip(), depth))
        if variable := _VARIABLE.fullmatch(expression):
            return self.variables.get(variable[1], expression)
        if local := _LOCAL.fullmatch(expression):
            return self.value(self._configuration.get("locals", {}).get(local[1], expression), depth + 1)
        if reference := _REFERENCE.fullmatch(expression):
            kind, name, attribute = reference.groups()
            known = self._configuration.get("resource", {}).get(kind, {}).get(name, {})
            return self.value(known[attribute], depth + 1) if attribute in known else expression
        return expression


def _text(value: Any) -> str:
    """Return a value as Terraform writes it into a text: numbers whole, without an exponent."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value):
        written = f"{Decimal(repr(value)):f}"
        return written.rstrip("0").rstrip(".") if "." in written else written
    return str(value)
