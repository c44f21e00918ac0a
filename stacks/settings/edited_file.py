"""A file that people edit, JSON or another text, read against its schema: every mistake is named with line and column."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from stacks.settings.json_text import JsonTextError, Places, Steps, called, places, read_object
from stacks.settings.text_files import EditedFileError, TextFileError, bounded, decoded, shown

MOST_MISTAKES = 20
Model = TypeVar("Model", bound=BaseModel)
Rule = Callable[[Any], Iterable[tuple[Steps, str]]]
Partly = Callable[[dict[str, Any], Sequence[Steps]], Iterable[tuple[Steps, str]]]
Reader = Callable[[str], tuple[dict[str, Any], Places]]
_PROBLEMS: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "there is no such key",
    "float_type": "is not a number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "finite_number": "is not a number that can be counted with",
    "string_type": "is not a text",
    "bool_type": "is neither true nor false",
    "dict_type": "is not an object",
    "model_type": "is not an object",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
    "greater_than_equal": "is below {ge:.10g}",
    "greater_than": "is not above {gt:.10g}",
    "less_than_equal": "is above {le:.10g}",
    "literal_error": "has to be {expected}",
    "too_short": "has too few items",
    "too_long": "has too many items",
}


def _read_json(text: str) -> tuple[dict[str, Any], Places]:
    return read_object(text), places(text)


class EditedFile(Generic[Model]):
    """A file's content by its schema, and where everything is in it.

    Args:
        path: The file.
        name: What errors call it.
        model: Its schema. Values are never coerced if the model is strict.
        rules: What the schema cannot say: they yield the steps to a value and what is wrong with it.
        remedy: What helps where it cannot be used.
        read: From its text to its document and where everything is in it; else it is JSON.
        partly: The rules for a document that breaks the schema at some steps: they judge the rest of it.

    Raises:
        EditedFileError: It cannot be read, is not such a text, has a key twice, or breaks the schema or a rule.

    """

    def __init__(
        self,
        path: Path,
        name: str,
        model: type[Model],
        *,
        rules: Iterable[Rule] = (),
        remedy: str,
        read: Reader = _read_json,
        partly: Partly = lambda _document, _refused: (),
    ) -> None:
        self.name = name
        try:
            document, self._places = read(decoded(path.read_bytes()))
        except OSError as error:
            raise EditedFileError([f"{name} cannot be read: {error.strerror}"], remedy) from error
        except TextFileError as error:
            raise EditedFileError([f"{name}, {error}"], remedy) from error
        except JsonTextError as error:
            raise EditedFileError([error.of(name)], remedy) from error
        mistakes = [
            self.mistake(steps, f"is there twice, first in {first}: keep one of them", place=str(place))
            for steps, first, place in self._places.doubled
        ]
        try:
            self.content = model.model_validate(document)
        except ValidationError as error:
            refused = error.errors(include_url=False)
            mistakes += [self._refused(dict(entry), model) for entry in refused]
            steps_to = [_steps(entry["loc"]) for entry in refused]
            mistakes += [self.mistake(steps, problem) for steps, problem in partly(document, steps_to)]
        else:
            mistakes += [
                self.mistake(steps, problem) for rule in rules for steps, problem in rule(self.content)
            ]
        if mistakes:
            raise EditedFileError(bounded(mistakes, MOST_MISTAKES), remedy)

    @property
    def places(self) -> Places:
        """Where everything is."""
        return self._places

    def mistake(self, steps: Steps, problem: str, *, place: str = "") -> str:
        """Return a sentence about a value: file, line, column, the keys that lead to it, and what is wrong."""
        where = place or str(self._places.of(steps))
        between = "" if problem.startswith(":") else " "
        return f"{self.name}, {where}: {'.'.join(map(str, steps)) or 'the file'}{between}{problem}"

    def _refused(self, entry: dict[str, Any], model: type[BaseModel]) -> str:
        steps = _steps(entry["loc"])
        kind, given = entry["type"], entry.get("input")
        if kind == "value_error":
            problem = str(entry["ctx"]["error"])
            if isinstance(given, dict | list):
                return self.mistake(steps, f": {problem}")
        else:
            problem = _PROBLEMS.get(kind, entry["msg"]).format(**entry.get("ctx", {}))
        if kind == "int_type" and isinstance(given, str) and given.isdecimal():
            problem += f"; write {given} without quotes"
        if kind == "missing":
            return self.mistake(steps, problem)
        if kind == "extra_forbidden":
            near = difflib.get_close_matches(str(steps[-1]), _keys_at(model, steps[:-1]), n=3, cutoff=0.5)
            return self.mistake(steps, f": {problem}{f'; did you mean {_either(near)}?' if near else ''}")
        return self.mistake(steps, f"= {_shown_value(given)}: {problem}")


def _steps(loc: tuple[str | int, ...]) -> Steps:
    return tuple(step for step in loc if step != "[key]")


def _shown_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, str | int):
        return shown(value) if isinstance(value, str) else shown(str(value)).strip("'")
    return called(value)


def _either(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _keys_at(model: type[BaseModel], steps: Steps) -> list[str]:
    """Return the keys that the schema knows where the steps lead to."""
    for step in steps:
        fields = _fields(model)
        if str(step) not in fields:
            continue  # an item, or a key that people choose
        found = _model_in(fields[str(step)])
        if found is None:
            return []
        model = found
    return list(_fields(model))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation is, or has in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each)) is not None), None)
