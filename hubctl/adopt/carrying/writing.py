"""Writes the values that a state has of a resource as arguments, by the provider's schema.

The schema tells what may be written; which of it must be, only plans show. What they have shown is in ``Choices``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.diagnostics import Place
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.secrets.places import secrets_in, texts_in
from hubctl.adopt.state.existing import Existing

Schema = Mapping[str, Any]
# Ids name a resource after it was made; all tags are those of the resource and those of the provider together.
NEVER = frozenset({"id", "tags_all"})
# What AWS takes only with it, and tells without it.
_PREFIXES = {("aws_iam_openid_connect_provider", "url"): "https://"}
# What AWS sets anew as time goes by, beside which argument: the next time of what repeats would soon be in the past
_MOVES_ON = {("aws_autoscaling_schedule", "start_time"): "recurrence"}
_VERSION_OF_SECRET = "_wo_version"  # noqa: S105 - the end of an argument's name


class SecretNeededError(Exception):
    """A resource cannot be written without the secret at ``place``."""

    def __init__(self, place: Place) -> None:
        super().__init__(described(place))
        self.place = place


@dataclass(kw_only=True)
class Choices:
    """What plans have shown about one resource.

    Attributes:
        written: Places that are written although they look unset: a 0 or an empty text that is meant.
        left_out: Places that are not written although they have a value: they exclude another one, or are not valid.
        ignored: Arguments whose differences are left alone.

    """

    written: set[Place] = field(default_factory=set)
    left_out: set[Place] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)


def arguments_of(
    resource: Existing, block: Schema, values: Mapping[str, Any], choices: Choices, secrets: Secrets
) -> dict[str, Any]:
    """Return the arguments that give a resource ``values``; ``block`` is its type's schema.

    Secrets are left out; SecretNeededError is raised where the provider demands one.
    """
    written = _Writing(choices, secrets).block(block, values, ()) or {}
    for name in [name for name, value in written.items() if secrets.in_value(resource, name, value)]:
        if is_required(spec_at(block, (name,)) or {}):
            raise SecretNeededError((name,))
        del written[name]
    for (kind, name), prefix in _PREFIXES.items():
        if kind == resource.type and isinstance(value := written.get(name), str):
            written[name] = prefix + value.removeprefix(prefix)
    for name in [name for name in written if f"{name}_prefix" in written]:
        del written[f"{name}_prefix"]
    for (kind, name), beside in _MOVES_ON.items():
        if kind == resource.type and written.get(beside):
            written.pop(name, None)
    if "availability_zone" in written:  # the same zone by its other name
        written.pop("availability_zone_id", None)
    return written


def spec_at(block: Schema, place: Place) -> Schema | None:
    """Return what the schema says about a place: an attribute, or a block with its ``nesting_mode``."""
    names = [step for step in place if isinstance(step, str)]
    found: Schema | None = None
    for number, name in enumerate(names):
        nested = (block.get("block_types") or {}).get(name)
        if nested is None:
            attribute = (block.get("attributes") or {}).get(name)
            return attribute if number == len(names) - 1 else None
        found, block = nested, nested["block"]
    return found


def is_settable(spec: Schema) -> bool:
    """Tell whether an author may write an attribute or a block."""
    return "nesting_mode" in spec or bool(spec.get("required") or spec.get("optional"))


def is_required(spec: Schema) -> bool:
    """Tell whether an author must write an attribute or a block."""
    return bool(spec.get("required") or spec.get("min_items"))


def value_at(values: Any, place: Place) -> Any:
    """Return the value at a place; None when the place is empty. A single block may be named with the position 0 or without."""
    for step in place:
        if isinstance(step, int):
            if isinstance(values, list):
                values = values[step] if step < len(values) else None
            elif step:
                return None
        elif isinstance(values, list) and len(values) == 1:
            values = values[0].get(step) if isinstance(values[0], Mapping) else None
        else:
            values = values.get(step) if isinstance(values, Mapping) else None
    return values


def is_unset(value: Any) -> bool:
    """Tell whether a value may stand for "not set" in a state."""
    return value is None or value in ("", 0, False, [], {})


def described(place: Place) -> str:
    """Return a place for people: ``rule[0].name``."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def lacks_needed(block: Schema, argument: str, value: Any) -> bool:
    """Tell whether nested blocks lack the text of a required argument: AWS shows what is off, and no author wrote it."""
    nested = (block.get("block_types") or {}).get(argument)
    if nested is None or not isinstance(value, list):
        return False
    needed = [
        name for name, spec in (nested["block"].get("attributes") or {}).items() if spec.get("required")
    ]
    return any(
        any(item.get(name) == "" for name in needed)
        or any(lacks_needed(nested["block"], name, inner) for name, inner in item.items())
        for item in value
        if isinstance(item, Mapping)
    )


class _Writing:
    def __init__(self, choices: Choices, secrets: Secrets) -> None:
        self._choices = choices
        self._secrets = secrets

    def block(self, block: Schema, values: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
        """Return the arguments of a block; None when the state lacks what the block needs, so that no author wrote it."""
        found: dict[str, Any] = {}
        for name, attribute in (block.get("attributes") or {}).items():
            here = (*place, name)
            if not is_settable(attribute) or (not place and name in NEVER):
                continue
            value = values.get(name)
            if value is None:
                if attribute.get("required") and place:
                    return None
                continue
            if self._is_wanted(block, name, attribute, value, here) and not self._is_hidden(
                block, value, here
            ):
                found[name] = _unset_empty(value) if _of_objects(attribute.get("type")) else value
        for name, nested in (block.get("block_types") or {}).items():
            here = (*place, name)
            inner = self._blocks(nested, values.get(name), here)
            if inner is not None:
                found[name] = inner
            elif nested.get("min_items") and place:
                return None
        return found

    def _blocks(self, nested: Schema, given: Any, here: Place) -> Any:
        """Return the nested blocks of one kind; None where the state has no such blocks."""
        if not given or here in self._choices.left_out:
            return None
        if nested["block"].get("deprecated") and here not in self._choices.written:
            return None  # the provider fills it in; whoever wrote it so is shown by a plan
        mode = nested["nesting_mode"]
        items = list(given.values()) if mode == "map" else [given] if isinstance(given, Mapping) else given
        forced = nested.get("min_items") or here in self._choices.written
        if not forced and all(_says_nothing(nested["block"], item) for item in items):
            return None
        if mode in ("single", "group"):
            return self.block(nested["block"], given, here)
        if mode == "map":
            return {key: self.block(nested["block"], item, (*here, key)) or {} for key, item in given.items()}
        inner = [
            self.block(nested["block"], item, (*here, number))
            for number, item in enumerate(given)
            if isinstance(item, Mapping) and (*here, number) not in self._choices.left_out
        ]
        return [item for item in inner if item is not None] or None

    def _is_wanted(self, block: Schema, name: str, attribute: Schema, value: Any, here: Place) -> bool:
        if here in self._choices.left_out:
            return False
        if attribute.get("required") or here in self._choices.written:
            return True
        if attribute.get("deprecated") and attribute.get("computed"):
            return False
        # The version of a secret that no state has: it may only stand beside it.
        if name.endswith(_VERSION_OF_SECRET) and name.removesuffix("_version") in block["attributes"]:
            return False
        return not is_unset(value)

    def _is_hidden(self, block: Schema, value: Any, here: Place) -> bool:
        """Tell whether an argument holds a secret; raise SecretNeededError when it cannot be left out."""
        name = str(here[-1])
        hidden = any(True for _ in secrets_in(name, value, block)) or any(
            self._secrets.in_text(text) for text in texts_in(value)
        )
        if hidden and block["attributes"][name].get("required"):
            raise SecretNeededError(here)
        return hidden


def _says_nothing(block: Schema, values: Any) -> bool:
    """Tell whether a block has arguments, and a state none of them: then the provider made it up.

    A block without arguments says something by being there.
    """
    if not isinstance(values, Mapping):
        return True
    if any(values.get(name) is not None for name in block.get("attributes") or {}):
        return False
    nested = [
        (inner["block"], item)
        for name, inner in (block.get("block_types") or {}).items()
        for item in (values.get(name) or () if isinstance(values.get(name), list) else [values.get(name)])
        if item is not None
    ]
    return bool(block.get("attributes") or nested) and all(_says_nothing(*one) for one in nested)


def _of_objects(kind: Any) -> bool:
    """Tell whether an attribute of this type is written like blocks, such as the routes of a route table."""
    return isinstance(kind, list) and len(kind) == 2 and isinstance(kind[1], list) and kind[1][0] == "object"


def _unset_empty(value: Any) -> Any:
    """Return such blocks with null for what is unset: a state has "" there, which is neither an address nor an id."""
    if not isinstance(value, list):
        return value
    return [
        {name: None if item == "" else item for name, item in block.items()}
        if isinstance(block, Mapping)
        else block
        for block in value
    ]
