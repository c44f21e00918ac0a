"""Whether the values in a state are of the types that the provider's schema gives them: what reads them relies on it.

Terraform writes nothing else; a state that was edited by hand or cut together may hold anything. Resources that another version
of their schema wrote are left alone: their types may have been others. https://developer.hashicorp.com/terraform/cli/commands/providers/schema
describes the schema.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from hubctl.adopt.state.existing import ExistingState, with_key
from hubctl.core.errors import BadInputError
from stacks.settings.json_text import called
from stacks.settings.text_files import bounded

Result = TypeVar("Result")
NAMED = 10
Schema = Mapping[str, Any]
_SCALARS: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "bool": (bool,)}
_WORDS = {"string": "a text", "number": "a number", "bool": "true or false"}


def check_values(state: ExistingState, schemas: Mapping[str, Schema]) -> None:
    """Raise BadInputError when values of the provider's resources are of other types than it writes; no value is named."""
    found = list(_wrong(state.document, schemas, current=True))
    if found:
        raise BadInputError(
            "\n  ".join(["the state is damaged:", *bounded(found, NAMED)]),
            remedy="Give the state as Terraform wrote it: `terraform state pull` prints it.",
        )


def with_older_values(
    work: Callable[[], Result], state: ExistingState, schemas: Mapping[str, Schema]
) -> Result:
    """Return what ``work`` returns; where it stumbles over values that another version of a schema wrote, say which.

    Only the provider could tell whether they are right. Raises BadInputError.
    """
    try:
        return work()
    except (TypeError, AttributeError, LookupError, ValueError) as error:
        found = list(_wrong(state.document, schemas, current=False))
        if not found:
            raise
        raise BadInputError(
            "\n  ".join(
                [
                    "another version of the AWS provider wrote what cannot be understood:",
                    *bounded(found, NAMED),
                ]
            ),
            remedy="Run `terraform apply -refresh-only` in the existing configuration first: it brings the state to the "
            "present form.",
        ) from error


def _wrong(document: Mapping[str, Any], schemas: Mapping[str, Schema], *, current: bool) -> Iterator[str]:
    for entry in document.get("resources") or ():
        if entry["mode"] != "managed" or entry["type"] not in schemas:
            continue
        schema = schemas[entry["type"]]
        module = f"{entry['module']}." if entry.get("module") else ""
        for instance in entry["instances"]:
            is_current = (instance.get("schema_version") or 0) == schema.get("version", 0)
            if is_current is current and not instance.get("deposed"):
                address = with_key(f"{module}{entry['type']}.{entry['name']}", instance.get("index_key"))
                for where, problem in _in_block(instance.get("attributes") or {}, schema["block"], ""):
                    yield f"{address}: {where} is {problem}"


def _in_block(values: Mapping[str, Any], block: Schema, within: str) -> Iterator[tuple[str, str]]:
    attributes, blocks = block.get("attributes") or {}, block.get("block_types") or {}
    for name, value in values.items():
        where = f"{within}{name}"
        if value is None:
            continue
        if name in blocks:
            yield from _nested(value, blocks[name]["block"], blocks[name]["nesting_mode"], where)
        elif nested := attributes.get(name, {}).get("nested_type"):
            yield from _nested(value, nested, nested["nesting_mode"], where)
        elif name in attributes:
            yield from _of_type(value, attributes[name]["type"], where)


def _nested(value: Any, block: Schema, mode: str, where: str) -> Iterator[tuple[str, str]]:
    many = {"list": list, "set": list, "map": dict}.get(mode)
    if many is not None and not isinstance(value, many):
        yield where, f"{called(value)}, not {'a list' if many is list else 'an object'}"
        return
    items = [value] if many is None else value.values() if isinstance(value, dict) else value
    for item in items:
        if isinstance(item, dict):
            yield from _in_block(item, block, f"{where}.")
        else:
            yield where, f"{called(item)} where a block is expected"


def _of_type(value: Any, kind: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a value by its type, as https://pkg.go.dev/github.com/zclconf/go-cty/cty writes types."""
    if value is None or kind == "dynamic":
        return
    if isinstance(kind, str):
        is_so = isinstance(value, _SCALARS[kind]) and (kind == "bool" or not isinstance(value, bool))
        if not is_so:
            yield where, f"{called(value)}, not {_WORDS[kind]}"
    elif kind[0] in ("list", "set"):
        if isinstance(value, list):
            for item in value:
                yield from _of_type(item, kind[1], where)
        else:
            yield where, f"{called(value)}, not a list"
    elif kind[0] in ("map", "object"):
        if isinstance(value, dict):
            for name, item in value.items():
                inner = kind[1] if kind[0] == "map" else kind[1].get(name, "dynamic")
                yield from _of_type(item, inner, f"{where}.{name}")
        else:
            yield where, f"{called(value)}, not an object"
