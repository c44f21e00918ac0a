"""Expressions of the stacks' Terraform JSON that go beyond a reference: what is optional, and which zone a subnet is in."""

import re
from collections.abc import Mapping
from typing import Any

from hubctl.configuration.expressions import Expressions

_UNLESS_EMPTY = re.compile(r'var\.([\w-]+) == "" \? null : \[?var\.\1\]?')
_BY_LENGTH = re.compile(r"\(length\(var\.([\w-]+)\) (<|>=) 1\) \? (.+) : (.+)")
_CHOSEN_ZONE = re.compile(
    r"element\(coalescelist\(var\.([\w-]+), (data\.aws_availability_zones\.[\w-]+\.names)\), (\d+)\)"
)


class Evaluation(Expressions):
    """Evaluates what the stacks' JSON holds; ``zone_names`` are the region's zones, where they are known."""

    def __init__(
        self,
        configuration: Mapping[str, Any],
        variables: Mapping[str, Any],
        *,
        zone_names: tuple[str, ...] = (),
    ) -> None:
        super().__init__(configuration, variables)
        self._zone_names = zone_names

    def _expression(self, expression: str, depth: int) -> Any:
        if optional := _UNLESS_EMPTY.fullmatch(expression):
            return self.variables.get(optional[1]) or None
        if choice := _BY_LENGTH.fullmatch(expression):
            holds = bool(self.variables.get(choice[1])) == (choice[2] == ">=")
            return self._expression(choice[3] if holds else choice[4], depth)
        if chosen := _CHOSEN_ZONE.fullmatch(expression):
            names = self.variables.get(chosen[1]) or self._zone_names
            return names[int(chosen[3]) % len(names)] if names else expression
        return int(expression) if expression.isdecimal() else super()._expression(expression, depth)
