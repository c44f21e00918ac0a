"""What a settings model is: typed fields with a remedy each, Terraform variables among them, and rules across fields."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from hub_constructs.core.variable_specs import Check, VariableSpec
from stacks.settings.field_checks import derived_checks
from stacks.settings.text_files import shown_value


@dataclass(frozen=True)
class Remedy:
    """What to do when the field's value is refused."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Variable:
    """Marks a field as the default of the Terraform variable of the same name; None means no default.

    The field's own constraints become validation blocks by themselves; ``checks`` are those that need more,
    such as another variable.
    """

    checks: tuple[Check, ...] = ()
    sensitive: bool = False


class Hidden:
    """Stands for a sensitive value in messages."""

    def __repr__(self) -> str:
        return "(sensitive)"


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One refused setting: its key, the value that was given, what is wrong and what to do."""

    key: str
    value: object
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key} = {shown_value(self.value)}: {self.problem}. {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule across fields. ``broken`` gets the settings and returns the problem, or None when all is well."""

    fields: tuple[str, ...]
    broken: Callable[[Any], str | None]
    remedy: str


class SettingsModel(BaseModel):
    """A group of settings. Unknown keys are refused, values are never coerced from another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    rules: ClassVar[tuple[Rule, ...]] = ()

    @classmethod
    def check(cls, given: dict[str, Any]) -> tuple[Self, list[Mistake]]:
        """Return the settings, with defaults in the place of what was refused, and every mistake in ``given``."""
        mistakes: list[Mistake] = []
        refused: set[str] = set()
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            mistakes = [cls._mistake(dict(entry), given) for entry in error.errors()]
            refused = {str(entry["loc"][0]) for entry in error.errors()}
            settings = cls.model_validate({key: given[key] for key in given if key not in refused})
        mistakes += [
            mistake
            for rule in cls.rules
            if not refused & set(rule.fields)
            for mistake in cls._apply(rule, settings)
        ]
        mistakes += [
            mistake for mistake in cls.judged(settings) if not refused & set(mistake.key.split(", "))
        ]
        return settings, mistakes

    @classmethod
    def judged(cls, settings: Self) -> Iterable[Mistake]:
        """Return what somebody else refuses in these settings, such as the nodes that will read them."""
        del settings
        return ()

    @classmethod
    def _mistake(cls, entry: dict[str, Any], given: dict[str, Any]) -> Mistake:
        key = str(entry["loc"][0])
        inner = cls.inner_path(entry["loc"][1:], given.get(key))
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inner).lstrip(".")
        problem = str(entry["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
        return Mistake(
            key=key,
            value=cls.shown(key, given.get(key)),
            problem=f"{path}: {problem}" if path else problem,
            remedy=cls.remedy(key),
        )

    @classmethod
    def inner_path(cls, path: tuple[Any, ...], value: object) -> tuple[Any, ...]:
        """Return the part of an error's path that the operator would recognise in ``value``."""
        del value
        return path

    @classmethod
    def shown(cls, key: str, value: object) -> object:
        """Return ``value``, or a placeholder when the setting is sensitive."""
        sensitive = {name for name, _, mark in cls.variables() if mark.sensitive}
        return Hidden() if key in sensitive else value

    @classmethod
    def _apply(cls, rule: Rule, settings: Self) -> Iterator[Mistake]:
        problem = rule.broken(settings)
        if problem is not None:
            names = ", ".join(rule.fields)
            values = tuple(cls.shown(name, getattr(settings, name)) for name in rule.fields)
            yield Mistake(
                key=names, value=values if len(values) > 1 else values[0], problem=problem, remedy=rule.remedy
            )

    @classmethod
    def remedy(cls, key: str) -> str:
        """Return what to do about a refused value of ``key``."""
        field = cls.model_fields.get(key)
        found = [item.text for item in field.metadata if isinstance(item, Remedy)] if field else []
        return found[0] if found else "See docs/reference/settings.md"

    @classmethod
    def variables(cls) -> Iterator[tuple[str, FieldInfo, Variable]]:
        """Yield name, field and mark of every field that is a Terraform variable."""
        for name, field in cls.model_fields.items():
            for item in field.metadata:
                if isinstance(item, Variable):
                    yield name, field, item

    def variable_specs(self, **defaults: Any) -> list[VariableSpec]:
        """Return the Terraform variables with the defaults of these settings, or ``defaults`` where they have none."""
        return [
            VariableSpec(
                name=name,
                type=terraform_type(field.annotation),
                description=str(field.description),
                default=_plain(defaults.get(name) if getattr(self, name) is None else getattr(self, name)),
                sensitive=mark.sensitive,
                checks=(*derived_checks(name, field, self.remedy(name)), *mark.checks),
            )
            for name, field, mark in self.variables()
        ]


def terraform_type(annotation: object) -> str:
    """Return the Terraform type constraint for a field's annotation; raise TypeError where there is none."""
    known: dict[object, str] = {
        str: "string",
        str | None: "string",
        int: "number",
        float: "number",
        bool: "bool",
        tuple[str, ...]: "list(string)",
    }
    if annotation not in known:
        raise TypeError(f"{annotation} has no Terraform type")
    return known[annotation]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
