"""A synthesized stack with values for its variables: resources, regions, zones and launches."""

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from hubctl.core.configuration.launches import Launch, launches
from hubctl.core.errors import BadInputError
from hubctl.core.files import given_file
from stacks.settings.json_text import called

_WHOLE = re.compile(r"\$\{([^${}]*)\}")
_PART = re.compile(r"\$\{([^${}]+)\}")
_VARIABLE = re.compile(r"var\.([\w-]+)")
_LOCAL = re.compile(r"local\.([\w-]+)")
_REFERENCE = re.compile(r"([a-z]\w*)\.([\w-]+)\.([\w-]+)")
# A whole number of times a local value, maybe a little less, as in the steps of a policy
_MULTIPLE = re.compile(r"(-?\d+) \* (local\.[\w-]+)(?: - ([\d.]+))?")
# The size of a group with a timetable; this is its usual one, which it has outside classes
_WITH_TIMETABLE = re.compile(r"max\((var\.[\w-]+), local\.timetable_under_way\)")
_AS_TEXT = re.compile(r"tostring\((.*)\)")
DEEPEST = 20
_UNLESS_EMPTY = re.compile(r'var\.([\w-]+) == "" \? null : \[?var\.\1\]?')
_BY_LENGTH = re.compile(r"\(length\(var\.([\w-]+)\) (<|>=) 1\) \? (.+) : (.+)")
_CHOSEN_ZONE = re.compile(
    r"element\(coalescelist\(var\.([\w-]+), (data\.aws_availability_zones\.[\w-]+\.names)\), (\d+)\)"
)
# Of a warm pool: its size, or another number where the group cannot grow by more
_POOL_SIZE = re.compile(r"var\.([\w-]+) < var\.([\w-]+) - var\.([\w-]+) \? var\.\1 : (-?\d+)")
_REMEDY = "Synthesize the stacks with `make synth`."
# Sections of Terraform JSON, and how many objects lie in each other before the arguments.
_DEPTHS = {"terraform": 1, "provider": 1, "locals": 1, "variable": 2, "output": 2, "data": 3, "resource": 3}
# What is left of an expression when it cannot be evaluated; the name of a zone, right or wrong, never has this.
_EXPRESSION = re.compile(r"[($]|^(var|local|data|module|aws_\w+)\.")


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
        if multiple := _MULTIPLE.fullmatch(expression):
            value = self._expression(multiple[2], depth)
            less = float(multiple[3] or 0)
            return int(multiple[1]) * value - less if isinstance(value, int | float) else expression
        if pool := _POOL_SIZE.fullmatch(expression):
            known = [self.variables.get(name) for name in pool.group(1, 2, 3)]
            if not all(type(one) in (int, float) for one in known):
                return expression
            return _pool_size(known, int(pool[4]))
        if usual := _WITH_TIMETABLE.fullmatch(expression):
            return self._expression(usual[1], depth)
        if variable := _VARIABLE.fullmatch(expression):
            return self.variables.get(variable[1], expression)
        if local := _LOCAL.fullmatch(expression):
            return self.value(self._configuration.get("locals", {}).get(local[1], expression), depth + 1)
        if reference := _REFERENCE.fullmatch(expression):
            kind, name, attribute = reference.groups()
            known = self._configuration.get("resource", {}).get(kind, {}).get(name, {})
            return self.value(known[attribute], depth + 1) if attribute in known else expression
        return expression


def _pool_size(numbers: list[Any], otherwise: int) -> int:
    size, largest, smallest = numbers
    return int(size) if size < largest - smallest else otherwise


def _text(value: Any) -> str:
    """Return a value as Terraform writes it into a text: numbers whole, without an exponent."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value):
        written = f"{Decimal(repr(value)):f}"
        return written.rstrip("0").rstrip(".") if "." in written else written
    return str(value)


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


class Stack:
    """A stack's configuration.

    Args:
        name: ``aws-lab`` or ``chef-hub``.
        configuration: Its Terraform JSON.
        given: Values over the variables' defaults.
        zone_names: The region's zones, by which those that Terraform will choose are known.
        folder: Where Terraform is run; None when that is not known.

    """

    def __init__(
        self,
        name: str,
        configuration: Mapping[str, Any],
        given: Mapping[str, Any],
        *,
        zone_names: tuple[str, ...] = (),
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.folder = folder
        self.configuration = configuration
        self.given = given
        self._evaluation = Evaluation(configuration, given, zone_names=zone_names)

    def in_zones(self, zone_names: tuple[str, ...]) -> "Stack":
        """Return the same stack with the region's zones known."""
        return Stack(self.name, self.configuration, self.given, zone_names=zone_names, folder=self.folder)

    @property
    def values(self) -> Mapping[str, Any]:
        """The value of every variable; None where it has no value."""
        return self._evaluation.variables

    @property
    def missing(self) -> list[str]:
        """Names of the variables that have to be given and are not."""
        return sorted(name for name, value in self.values.items() if value is None)

    def value(self, raw: Any) -> Any:
        """Return what an expression, or anything that holds some, evaluates to."""
        return self._evaluation.value(raw)

    def raw(self, kind: str, name: str) -> Mapping[str, Any]:
        """Return a resource as it stands in the JSON."""
        found: Mapping[str, Any] = self.configuration.get("resource", {}).get(kind, {})[name]
        return found

    def kinds(self) -> list[str]:
        """Return the types of the managed resources."""
        return sorted(self.configuration.get("resource", {}))

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type by name, evaluated; those with a count of 0 are left out."""
        found = self.value(self.configuration.get("resource", {}).get(kind, {}))
        return {name: resource for name, resource in found.items() if resource.get("count") != 0}

    def lookups(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the data sources of a type by name, evaluated."""
        found: dict[str, dict[str, Any]] = self.value(self.configuration.get("data", {}).get(kind, {}))
        return found

    @cached_property
    def region(self) -> str | None:
        """The region that the stack's provider works in; None when it is left to the environment."""
        providers = self.configuration.get("provider", {}).get("aws", [])
        region = self.value(providers[0].get("region")) if providers else None
        return str(region) if region else None

    @cached_property
    def subnet_zones(self) -> dict[str, str | None]:
        """Zone of every subnet by the subnet's name; None where Terraform will choose it and it is not known."""
        named = {
            name: subnet.get("availability_zone") for name, subnet in self.resources("aws_subnet").items()
        }
        return {
            name: None if zone is None or _EXPRESSION.search(str(zone)) else str(zone)
            for name, zone in named.items()
        }

    @cached_property
    def launches(self) -> tuple[Launch, ...]:
        """What the stack launches."""
        return tuple(launches(self))

    @cached_property
    def default_tags(self) -> dict[str, str]:
        """The tags that the provider puts on everything."""
        providers = self.configuration.get("provider", {}).get("aws", [])
        found = self.value([tags for each in providers for tags in each.get("default_tags", [])])
        return {key: str(value) for tags in found for key, value in (tags.get("tags") or {}).items()}


def read_configuration(file: Path) -> dict[str, Any]:
    """Read a stack's Terraform JSON. Raises BadInputError, also when its blocks are not where Terraform JSON has them."""
    configuration = given_file(file, remedy=_REMEDY)
    if wrong := next(_misplaced(configuration), None):
        raise BadInputError(f"{file} is not a stack in Terraform JSON: {wrong}", remedy=_REMEDY)
    return configuration


def _misplaced(configuration: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is not an object where https://developer.hashicorp.com/terraform/language/syntax/json wants one.

    The providers may be lists; whatever is deeper is an expression or an argument.
    """
    for section, depth in _DEPTHS.items():
        content = configuration.get(section)
        if content is not None:
            yield from _not_objects(content, section, depth)


def _not_objects(value: Any, where: str, depth: int) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is {called(value)}, not an object"
    elif depth > 1:
        for name, inner in value.items():
            yield from _not_objects(inner, f"{where}.{name}", depth - 1)
