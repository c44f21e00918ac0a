"""Where in the values of a resource secrets stand, by the provider's schema, by names, and by the marks of the state."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.secrets.patterns import (
    assignments,
    credentials,
    header_is_secret,
    is_opaque,
    is_public,
    key_names_secret,
    names_secret,
)
from hubctl.adopt.state.existing import is_empty
from stacks.settings.json_text import JsonTextError, read_json

Schema = Mapping[str, Any]
Path = Sequence[str | int]
# Variables of programs: people put passwords there, under any name.
_VARIABLES = frozenset({"environment", "environment_variables", "runtime_environment_variables", "variables"})
_NAMES = ("name", "Name", "key", "Key", "http_header_name", "header_name", "ParameterKey")
_VALUES = ("value", "Value", "values", "Values", "ParameterValue")
_HEADERS = ("http_header", "custom_header", "header", "custom_headers", "headers")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value at a secret place. It is ``sure`` when the place itself, not only its neighbourhood, says so."""

    value: Any = field(repr=False)
    sure: bool


def secrets_in(argument: str, value: Any, block: Schema | None) -> Iterator[Found]:
    """Yield what of an argument of a resource is secret; ``block`` is the schema that has the argument, if one is known."""
    if is_empty(value):
        return
    attribute = ((block or {}).get("attributes") or {}).get(argument)
    nested = ((block or {}).get("block_types") or {}).get(argument)
    if attribute and (attribute.get("sensitive") or attribute.get("write_only")):
        yield Found(value=value, sure=True)
    elif nested or (attribute and attribute.get("nested_type")):
        inner = nested["block"] if nested else (attribute or {})["nested_type"]
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                yield from _in_block(argument, item, inner)
    elif names_secret(argument) and not _about(value):
        yield Found(value=value, sure=not argument.startswith("user_data"))
    else:
        yield from _within(argument, value)


def at_path(values: Any, path: Path) -> Any:
    """Return what stands at a path, None when there is nothing; where it leads into a set, the whole set."""
    for step in path:
        if isinstance(values, Mapping):
            values = values.get(step)
        elif isinstance(values, list) and isinstance(step, int) and 0 <= step < len(values):
            values = values[step]
        else:
            return values
    return values


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a value, keys included, and those in the JSON documents that stand in such texts."""
    if isinstance(value, str):
        yield value
        document = document_in(value)
        if document is not None:
            yield from texts_in(document)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def document_in(text: str) -> Any:
    """Return the JSON document that a text is, None when it is not JSON."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return read_json(text)
    except JsonTextError:
        return None


def _in_block(name: str, values: Mapping[str, Any], block: Schema) -> Iterator[Found]:
    if name.endswith("_units"):  # of how long tokens live
        return
    for inner, value in values.items():
        yield from secrets_in(inner, value, block)
    yield from _named_values(name, values)
    yield from _searched(values)
    if name == "environment":
        yield from _variables(values)


def _within(key: str, value: Any) -> Iterator[Found]:
    """Yield what is secret in a value that no schema describes: a map, a document, a text."""
    if is_empty(value):
        return
    if isinstance(value, str):
        document = document_in(value)
        if document is not None:
            yield from _within(key, document)
        else:
            yield from _in_text(value)
    elif isinstance(value, Mapping):
        yield from _in_map(key, value)
    elif isinstance(value, list | tuple):
        yield from _options(value)
        for item in value:
            if key in _VARIABLES and isinstance(item, Mapping):
                yield from (
                    Found(value=item[name], sure=False) for name in _VALUES if not is_empty(item.get(name))
                )
            yield from _within(key, item)


def _in_map(key: str, value: Mapping[str, Any]) -> Iterator[Found]:
    if key in _VARIABLES:
        yield from _variables(value if "variables" in value else {"variables": value})
    for inner, item in value.items():
        if key_names_secret(str(inner)) and not _about(item) and not isinstance(item, Mapping):
            yield Found(value=item, sure=True)
        else:
            yield from _within(str(inner), item)
    yield from _named_values(key, value)
    yield from _searched(value)


def _variables(environment: Mapping[str, Any]) -> Iterator[Found]:
    variables = environment.get("variables")
    if isinstance(variables, Mapping):
        for name, value in variables.items():
            if not is_empty(value):
                yield Found(value=value, sure=key_names_secret(str(name)) and not _about(value))


def _named_values(block: str, values: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the value of a pair whose name says that it is secret: a tag, a variable, an option, a header."""
    name = next((values[key] for key in _NAMES if isinstance(values.get(key), str)), None)
    if name is None:
        return
    header = block in _HEADERS or "http_header_name" in values or "header_name" in values
    variable = (
        values.get("namespace") == "aws:elasticbeanstalk:application:environment"
        or block == "environment_variable"
    )
    for key in _VALUES:
        value = values.get(key)
        if is_empty(value):
            continue
        if key_names_secret(name) and not _about(value):
            yield Found(value=value, sure=True)
        elif (header and header_is_secret(name)) or variable:
            yield Found(value=value, sure=False)


def _searched(values: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what a firewall's rule looks for in a header that is there as a password."""
    searched = values.get("search_string") or values.get("SearchString")
    if not searched:
        return
    field_to_match = values.get("field_to_match") or values.get("FieldToMatch")
    for header in _single_headers(field_to_match):
        if header_is_secret(header):
            yield Found(value=searched, sure=False)


def _single_headers(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in ("single_header", "SingleHeader"):
                blocks = item if isinstance(item, list) else [item]
                names = (b.get("name") or b.get("Name") for b in blocks if isinstance(b, Mapping))
                yield from (name for name in names if isinstance(name, str))
            else:
                yield from _single_headers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _single_headers(item)


def _options(words: Sequence[Any]) -> Iterator[Found]:
    """Yield what follows an option named like a secret, in a command that is a list of words."""
    for option, value in itertools.pairwise(words):
        named = isinstance(option, str) and option.startswith("-") and key_names_secret(option)
        if named and isinstance(value, str) and not value.startswith("-") and not _about(value):
            yield Found(value=value, sure=is_opaque(value))


def _in_text(text: str) -> Iterator[Found]:
    for credential in credentials(text):
        yield Found(value=credential, sure=True)
    for name, value in assignments(text):
        if key_names_secret(name):
            yield Found(value=value, sure=is_opaque(value))


def _about(value: Any) -> bool:
    """Tell whether a value at a place named like a secret is not one: a switch, a number, where the secret is."""
    if isinstance(value, str):
        return value.startswith(("arn:", "{{", "${")) or (is_public(value) and not value.isdigit())
    if isinstance(value, list):
        return all(_about(item) for item in value)
    return not isinstance(value, Mapping)
