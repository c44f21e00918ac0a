"""Settings and variables that the operator gives on the command line, and those that still have no value."""

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hubctl.core.configuration.given_variables import given_values
from hubctl.core.errors import BadInputError
from hubctl.core.files import json_or_text
from stacks.settings.loading import settings_groups
from stacks.settings.model import SettingsModel, terraform_type

# Sensitive variables that a plan here needs a value of, whichever. The addresses are for documentation (RFC 5737).
STAND_INS: Mapping[str, Sequence[str]] = {
    "deployer_ip": tuple(f"203.0.113.{number}/32" for number in range(1, 255))
}
_PLAIN: tuple[object, ...] = (str, str | None)


class GivenSettings:
    """What ``--settings`` and ``--var`` say. ``public`` goes into the adoption file, ``secrets`` only into the plan."""

    def __init__(self, stack: str, texts: Mapping[str, str]) -> None:
        """Take texts as they were typed. Raises BadInputError for names that the stack does not know, and for values."""
        groups = settings_groups(stack)
        strange = sorted(name for name in texts if not any(name in group.model_fields for group in groups))
        strange += [name for name in ("adoption", "backend") if name in texts]
        if strange:
            raise BadInputError(
                f"{stack} has no setting or variable {', '.join(strange)} that could be given here",
                remedy="docs/reference/settings.md lists all of them.",
            )
        sensitive = sensitive_settings(stack)
        self.secrets = {name: value for name, value in texts.items() if name in sensitive}
        self.public = _values({name: text for name, text in texts.items() if name not in sensitive}, groups)
        # Rules across settings are checked with those that are inferred.
        mistakes = [
            str(mistake)
            for group in groups
            for mistake in group.check(
                {name: value for name, value in self.public.items() if name in group.model_fields}
            )[1]
            if mistake.key in self.public
        ]
        if mistakes:
            raise BadInputError(
                "the settings for this state cannot be used:\n  " + "\n  ".join(mistakes),
                remedy="Set them with --settings NAME=VALUE or --var NAME=VALUE.",
            )


def sensitive_settings(stack: str) -> set[str]:
    """Return the names of the settings whose values are never shown and never written."""
    return {name for group in settings_groups(stack) for name, _, mark in group.variables() if mark.sensitive}


def stand_ins(missing: Collection[str], state: str) -> dict[str, str]:
    """Return values for sensitive variables that have no value; they do not stand in the text of the ``state``.

    What depends on such a variable differs from what exists then, and is kept: the plan is empty whatever value is given later.
    """
    found = {
        name: next((value for value in STAND_INS[name] if value not in state), None)
        for name in missing
        if name in STAND_INS
    }
    return {name: value for name, value in found.items() if value is not None}


def stack_settings(stack: str) -> list[str]:
    """Return the names of all settings that the stack knows."""
    return [name for group in settings_groups(stack) for name in group.model_fields]


def missing_variables(configuration: Mapping[str, Any], given: Mapping[str, str]) -> list[str]:
    """Return the variables of a synthesized stack that have no value from anywhere."""
    return [
        name
        for name, spec in (configuration.get("variable") or {}).items()
        if spec.get("default") is None and name not in given and f"TF_VAR_{name}" not in os.environ
    ]


def _values(texts: Mapping[str, str], groups: Sequence[type[SettingsModel]]) -> dict[str, Any]:
    """Read texts as the fields' types want them: variables as Terraform does, other settings as JSON, texts plain."""
    fields = {name: field for group in groups for name, field in group.model_fields.items()}
    found: dict[str, Any] = {name: text for name, text in texts.items() if fields[name].annotation in _PLAIN}
    declared = {
        name: {"type": terraform_type(field.annotation)}
        for group in groups
        for name, field, _ in group.variables()
        if name in texts and name not in found
    }
    found |= _read_by_terraform(declared, texts)
    found |= {name: json_or_text(text) for name, text in texts.items() if name not in found}
    return {name: found[name] for name in texts}


def _read_by_terraform(declared: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of variables. A text that Terraform refuses stays one: the check says what is wrong with each."""
    try:
        return given_values(declared, {name: texts[name] for name in declared})
    except BadInputError:
        if len(declared) == 1:
            return {name: texts[name] for name in declared}
        alone = (_read_by_terraform({name: block}, texts) for name, block in declared.items())
        return {name: value for found in alone for name, value in found.items()}
