"""JSON that somebody brought or edited: from its bytes to a document, or a sentence that says where it is wrong."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from json.decoder import WHITESPACE, scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from stacks.settings.text_files import TextFileError, decoded

Steps = tuple[str | int, ...]
_NESTS = (dict, list)
_SCALAR = re.compile(r"[^\s,\]}]+")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN')  # texts, too, so that theirs are passed over
_SURROGATE = re.compile(r"\\u[dD][89abAB]")
DEEPEST = 128  # levels; Terraform's own documents have some dozens. What walks over a document goes a few calls for each
TOO_DEEP = "it is nested too deeply"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line and a column of a text, counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class JsonTextError(ValueError):
    """It is not JSON, or not what is expected. The message is a clause: ``line 3, column 7: it is not JSON (…)``.

    ``place`` is None where there is none to name.
    """

    def __init__(self, problem: str, place: Place | None = None) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place = place

    def of(self, name: str) -> str:
        """Return the sentence about what ``name`` calls: ``prices.json, line 3, column 7: it is not JSON (…)``."""
        return f"{name}{', ' if self.place else ': '}{self}"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the values of a JSON text are, by the keys and numbers that lead to them; an object's member begins with its key.

    ``doubled`` holds members whose key stands in the same object before, with both places: JSON readers take the last one.
    """

    found: Mapping[Steps, Place] = field(default_factory=dict)
    doubled: tuple[tuple[Steps, Place, Place], ...] = ()

    def of(self, steps: Steps) -> Place:
        """Return the place of a value; of something that is missing, that of the nearest one around it."""
        while steps not in self.found and steps:
            steps = steps[:-1]
        return self.found.get(steps, Place(line=1, column=1))


def read_json(given: bytes | str) -> Any:
    """Return the document in a text, or in bytes of UTF-8 or UTF-16. A byte order mark is passed over.

    Raises:
        JsonTextError: It is not a text, not JSON, nested too deeply, or holds what no JSON can (NaN, half a character).

    """
    try:
        text = given.removeprefix("\ufeff") if isinstance(given, str) else decoded(given)
    except TextFileError as error:
        raise JsonTextError(str(error)) from error
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise JsonTextError("it is not UTF-8") from error
    try:
        document = json.loads(text, parse_constant=lambda constant: _refuse(constant, text))
    except json.JSONDecodeError as error:
        what = "it is empty" if not text.strip() else f"it is not JSON ({error.msg})"
        raise JsonTextError(what, Place(line=error.lineno, column=error.colno)) from error
    except RecursionError as error:
        raise JsonTextError(TOO_DEEP) from error
    except JsonTextError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise JsonTextError("it holds a number that is too long to be one") from error
    if _is_deeper(document, DEEPEST):
        raise JsonTextError(TOO_DEEP)
    if _SURROGATE.search(text):
        _check_characters(document)
    return document


def read_object(given: bytes | str) -> dict[str, Any]:
    """Return the JSON object in a text or bytes. Raises JsonTextError, also for another JSON value."""
    document = read_json(given)
    if not isinstance(document, dict):
        raise JsonTextError(f"it is {called(document)}, not a JSON object")
    return document


def called(value: Any) -> str:
    """Return what JSON calls a value: ``a list``, ``null``."""
    if value is None:
        return "null"
    names = {
        bool: "true or false",
        str: "a text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def places(text: str) -> Places:
    """Return where everything is in a text that :func:`read_json` accepts. Raises JsonTextError when it is too deep."""
    walk = _Walk(text.removeprefix("\ufeff"))
    try:
        walk.value(0, ())
    except RecursionError as error:
        raise JsonTextError(TOO_DEEP) from error
    return Places(found=walk.found, doubled=tuple(walk.doubled))


class _Walk:
    """One pass over JSON that is known to be right, so that nothing but positions has to be looked at."""

    def __init__(self, text: str) -> None:
        self.found: dict[Steps, Place] = {}
        self.doubled: list[tuple[Steps, Place, Place]] = []
        self._text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def value(self, at: int, steps: Steps) -> int:
        """Note a value and all in it; return where it ends."""
        at = self._skip(at)
        self.found.setdefault(steps, self._place(at))
        start = self._text[at]
        if start == "{":
            return self._members(at + 1, steps)
        if start == "[":
            return self._items(at + 1, steps)
        if start == '"':
            return int(scanstring(self._text, at + 1)[1])
        match = _SCALAR.match(self._text, at)
        return match.end() if match else at + 1

    def _members(self, at: int, steps: Steps) -> int:
        seen: dict[str, Place] = {}
        at = self._skip(at)
        while self._text[at] != "}":
            place = self._place(at)
            key, at = scanstring(self._text, at + 1)
            if key in seen:
                self.doubled.append(((*steps, key), seen[key], place))
            seen[key] = self.found[*steps, key] = place
            at = self._skip(self.value(self._skip(at) + 1, (*steps, key)))
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _items(self, at: int, steps: Steps) -> int:
        at, number = self._skip(at), 0
        while self._text[at] != "]":
            at = self._skip(self.value(at, (*steps, number)))
            number += 1
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _skip(self, at: int) -> int:
        return int(WHITESPACE.match(self._text, at).end())

    def _place(self, at: int) -> Place:
        line = bisect_right(self._lines, at)
        return Place(line=line, column=at - self._lines[line - 1] + 1)


def _refuse(constant: str, text: str) -> NoReturn:
    at = next((match.start() for match in _CONSTANT.finditer(text) if match[0] == constant), 0)
    line = text.count("\n", 0, at)
    place = Place(line=line + 1, column=at - text.rfind("\n", 0, at))
    raise JsonTextError(f"{constant} is not a number in JSON", place)


def _is_deeper(document: Any, most: int) -> bool:
    level = [document]
    for _ in range(most):
        level = [
            item
            for value in level
            if isinstance(value, dict | list)
            for item in _items(value)
            if item.__class__ in _NESTS
        ]
        if not level:
            return False
    return True


def _items(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _check_characters(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonTextError("it holds half of a character (a lone \\ud8…)") from error
