"""YAML that somebody wrote: from its text to a document of plain values, and where everything is in it.

Texts stay as they were written. To YAML 1.1, which PyYAML reads, 10:30 is the number 630, and ``no`` is false; in a timetable
they are a time and a name.
"""

import re
from typing import Any

import yaml

from stacks.settings.json_text import DEEPEST, TOO_DEEP, JsonTextError, Place, Places, Steps, called

MOST_VALUES = 100_000  # with those that an alias stands for
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class YamlTextError(JsonTextError):
    """It is not YAML, or not what a timetable is made of. The message is a clause, as that of JSON."""


def read_yaml(text: str) -> tuple[dict[str, Any], Places]:
    """Return the mapping in a YAML text, and the places of its values.

    Raises:
        YamlTextError: It is not YAML, not one mapping, nested too deeply or without end, or too large.

    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlTextError(f"it is not YAML ({problem})", _place(mark) if mark else None) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        raise YamlTextError(
            f"it is not YAML (U+{error.character:04X} is not a character of a text)",
            Place(line=line, column=column),
        ) from error
    except yaml.YAMLError as error:
        raise YamlTextError(f"it is not YAML ({error})") from error
    except RecursionError as error:
        raise YamlTextError(TOO_DEEP) from error
    if node is None:
        raise YamlTextError("it is empty", Place(line=1, column=1))
    walk = _Walk()
    document = walk.value(node, ())
    if not isinstance(document, dict):
        raise YamlTextError(f"it is {called(document)}, not a mapping of keys", _place(node.start_mark))
    return document, Places(found=walk.found, doubled=tuple(walk.doubled))


class _Walk:
    """One pass over the nodes of a document."""

    def __init__(self) -> None:
        self.found: dict[Steps, Place] = {}
        self.doubled: list[tuple[Steps, Place, Place]] = []
        self._count = 0

    def value(self, node: yaml.Node, steps: Steps) -> Any:
        """Return the value of a node, and note the places in it."""
        place = _place(node.start_mark)
        self.found.setdefault(steps, place)
        self._count += 1
        if self._count > MOST_VALUES:
            raise YamlTextError(f"it has more than {MOST_VALUES} values", place)
        if len(steps) > DEEPEST:  # an alias can stand for what it is in
            raise YamlTextError(TOO_DEEP, place)
        if isinstance(node, yaml.MappingNode):
            return self._members(node, steps)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*steps, number)) for number, item in enumerate(node.value)]
        return _scalar(str(node.value), plain=getattr(node, "style", None) is None)

    def _members(self, node: yaml.MappingNode, steps: Steps) -> dict[str, Any]:
        members: dict[str, Any] = {}
        seen: dict[str, Place] = {}
        for key_node, value_node in node.value:
            place = _place(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlTextError("a key is a list or a mapping, not a text", place)
            key = str(key_node.value)
            if key in seen:
                self.doubled.append(((*steps, key), seen[key], place))
            seen[key] = self.found[*steps, key] = place
            members[key] = self.value(value_node, (*steps, key))
        return members


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:  # in quotes, or over several lines
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if _INTEGER.fullmatch(text) else text


def _place(mark: Any) -> Place:
    return Place(line=mark.line + 1, column=mark.column + 1)
