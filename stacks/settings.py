"""Reads all settings, checks them together, and reports every mistake at once, before cdktf is imported.

Settings come from the ``context`` of ``cdktf.json`` and, over it, from ``CDKTF_CONTEXT_JSON``. They are one flat
object: a key goes to every group that knows it (both stacks, where both have it).
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.aws_lab_settings import AwsLabSettings
from stacks.chef_hub_settings import ChefHubSettings
from stacks.common_settings import CommonSettings
from stacks.settings_model import Mistake, SettingsModel

CONTEXT_VARIABLE = "CDKTF_CONTEXT_JSON"
GROUPS: tuple[type[SettingsModel], ...] = (CommonSettings, AwsLabSettings, ChefHubSettings)
# Keys that cdktf itself puts into the context, or that `cdktf init` writes into cdktf.json.
CDKTF_KEYS = frozenset({"excludeStackIdFromLogicalIds", "allowSepCharsInLogicalIds"})


class SettingsError(Exception):
    """The settings cannot be used. ``mistakes`` holds one sentence each; nothing was written."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, checked."""

    common: CommonSettings
    aws_lab: AwsLabSettings
    chef_hub: ChefHubSettings


def load_settings(project: Path, environment: Mapping[str, str]) -> Settings:
    """Read and check the settings of the project folder; raise SettingsError with every mistake."""
    mistakes: list[str] = []
    context: dict[str, Any] = {}
    for source, text in _sources(project, environment):
        try:
            context |= _context(text, whole_file=source == "cdktf.json")
        except ValueError as error:
            mistakes.append(f"{source}: {error}")
    settings, refused = check_context(context)
    mistakes += refused
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def check_context(context: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    """Return the settings that ``context`` describes and a sentence for every mistake in it."""
    given = {
        key: value for key, value in context.items() if key not in CDKTF_KEYS and not key.startswith("cdktf")
    }
    known = sorted({name for group in GROUPS for name in group.model_fields})
    mistakes = [_unknown(key, value, known) for key, value in given.items() if key not in known]
    groups: list[Any] = []
    for group in GROUPS:
        settings, refused = group.check({key: given[key] for key in given if key in group.model_fields})
        groups.append(settings)
        mistakes += refused
    common, aws_lab, chef_hub = groups
    sentences = list(dict.fromkeys(str(mistake) for mistake in mistakes))
    return Settings(common=common, aws_lab=aws_lab, chef_hub=chef_hub), sentences


def _sources(project: Path, environment: Mapping[str, str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    file = project / "cdktf.json"
    if file.is_file():
        found.append((file.name, file.read_text(encoding="utf-8")))
    if environment.get(CONTEXT_VARIABLE):
        found.append((CONTEXT_VARIABLE, environment[CONTEXT_VARIABLE]))
    return found


def _context(text: str, *, whole_file: bool) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"it is not JSON (line {error.lineno}, column {error.colno}: {error.msg}). Correct it."
        ) from error
    context = document.get("context", {}) if whole_file and isinstance(document, dict) else document
    if not isinstance(context, dict):
        raise ValueError(f'the context is {context!r}, not an object. Write it as {{"setting": value}}.')
    return context


def _unknown(key: str, value: object, known: list[str]) -> Mistake:
    near = difflib.get_close_matches(key, known, n=1)
    remedy = f"Did you mean {near[0]}? " if near else ""
    return Mistake(
        key=key,
        value=value,
        problem="there is no such setting",
        remedy=f"{remedy}docs/reference/settings.md lists all of them.",
    )
