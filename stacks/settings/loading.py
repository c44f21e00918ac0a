"""Reads all settings, checks them together, and reports every mistake at once, before cdktf is imported.

Settings come from the ``context`` of ``cdktf.json`` and, over it, from ``CDKTF_CONTEXT_JSON``. They are one flat
object: a key goes to every group that knows it (both stacks, where both have it).
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stacks.adoption.file import AdoptionFile, AdoptionFileError, read_adoption
from stacks.registry import STACKS
from stacks.settings.aws_lab import AwsLabSettings
from stacks.settings.capacity_guards import capacity_mistakes
from stacks.settings.chef_hub import ChefHubSettings
from stacks.settings.common import CommonSettings
from stacks.settings.crowd_sizes import row, row_mistakes, table
from stacks.settings.crowds import read_timetables
from stacks.settings.json_text import JsonTextError, called, places, read_json
from stacks.settings.model import Mistake, SettingsModel
from stacks.settings.scaling_guards import families
from stacks.settings.text_files import EditedFileError, TextFileError, decoded
from stacks.timetable.model import Timetable

PROJECT = Path(__file__).resolve().parents[2]
CONTEXT_VARIABLE = "CDKTF_CONTEXT_JSON"
GROUPS: tuple[type[SettingsModel], ...] = (CommonSettings, *(stack.settings for stack in STACKS.values()))
# Keys that cdktf itself puts into the context, or that `cdktf init` writes into cdktf.json.
CDKTF_KEYS = frozenset({"excludeStackIdFromLogicalIds", "allowSepCharsInLogicalIds"})


class SettingsError(Exception):
    """The settings cannot be used. ``mistakes`` holds one sentence each; nothing was written."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, checked.

    ``adoptions`` holds the adoption files by stack, ``adopted`` the common settings of the stacks that have one, and
    ``timetables`` those of the stacks that have one; ``remarks`` say what was left out of these.
    """

    common: CommonSettings
    aws_lab: AwsLabSettings
    chef_hub: ChefHubSettings
    adoptions: Mapping[str, AdoptionFile] = field(default_factory=dict)
    adopted: Mapping[str, CommonSettings] = field(default_factory=dict)
    timetables: Mapping[str, Timetable] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def adoption(self, stack: str) -> AdoptionFile:
        """Return what the stack takes over; nothing when it has no adoption file."""
        return self.adoptions.get(stack) or AdoptionFile(version=1, stack=stack)

    def for_stack(self, stack: str) -> "Settings":
        """Return the settings with the common ones as that stack's adoption file has them."""
        return replace(self, common=self.adopted.get(stack, self.common))


def settings_groups(stack: str) -> tuple[type[SettingsModel], ...]:
    """Return the groups of settings that ``stack`` has: the common ones, and its own."""
    return CommonSettings, STACKS[stack].settings


def load_settings(project: Path, environment: Mapping[str, str]) -> Settings:
    """Read and check the settings of the project folder; raise SettingsError with every mistake."""
    context, mistakes = load_context(project, environment)
    adoptions: dict[str, AdoptionFile] = {}
    folder, _ = CommonSettings.check({key: context[key] for key in ("adoption",) if key in context})
    for stack in STACKS:
        try:
            found = read_adoption(project / folder.adoption / f"{stack}.json", stack)
        except AdoptionFileError as error:
            mistakes += [f"{folder.adoption}/{stack}.json: {mistake}" for mistake in error.mistakes]
        else:
            adoptions |= {stack: found} if found else {}
    try:
        families()  # rules look into that file
        for stack in STACKS:
            table(stack)
    except EditedFileError as error:
        raise SettingsError([*mistakes, *error.mistakes]) from error
    settings, refused = check_context(context, adoptions, project)
    mistakes += refused
    if mistakes:
        raise SettingsError(mistakes)
    return settings


def load_context(project: Path, environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings as they were given, unchecked, and a sentence for every source that cannot be read."""
    mistakes: list[str] = []
    context: dict[str, Any] = {}
    for source, given in _sources(project, environment):
        try:
            context |= _context(given, whole_file=source == "cdktf.json")
        except ValueError as error:
            mistakes.append(f"{source}: {error}")
    return context, mistakes


def check_context(
    context: Mapping[str, Any],
    adoptions: Mapping[str, AdoptionFile] | None = None,
    project: Path = PROJECT,
) -> tuple[Settings, list[str]]:
    """Return the settings that ``context`` describes and a sentence for every mistake in it.

    The settings in an adoption file hold for its own stack only, and ``context`` wins over them. A timetable is read from
    the folder ``project``.
    """
    given = {
        key: value for key, value in context.items() if key not in CDKTF_KEYS and not key.startswith("cdktf")
    }
    known = sorted({name for group in GROUPS for name in group.model_fields})
    mistakes = [_unknown(key, value, known) for key, value in given.items() if key not in known]
    common, refused = CommonSettings.check(_of(CommonSettings, given))
    mistakes += refused
    groups: dict[str, Any] = {}
    adopted: dict[str, CommonSettings] = {}
    for stack, registered in STACKS.items():
        group = registered.settings
        file = (adoptions or {}).get(stack)
        known = sorted({*CommonSettings.model_fields, *group.model_fields})
        mistakes += (
            [_unknown(key, file.settings[key], known) for key in _strange(file, known)] if file else []
        )
        merged = {**file.settings, **given} if file else given
        profile = CommonSettings.check(_of(CommonSettings, merged))[0].profile
        # What an existing deployment has stays as it is, unless somebody asks for a row.
        sized = profile == "recommended" and (file is None or "sized_for" in given)
        begun = row(stack, merged.get("sized_for", group.model_fields["sized_for"].default)) if sized else {}
        groups[registered.key], refused = group.check(_of(group, {**begun, **merged}))
        own = _of(group, merged)
        keys = {key for mistake in refused for key in mistake.key.split(", ")}
        mistakes += [
            *refused,
            *(
                mistake
                for judged in (
                    row_mistakes(stack, groups[registered.key], own) if sized else (),
                    capacity_mistakes(stack, profile, groups[registered.key], own),
                )
                for mistake in judged
                if not keys & set(mistake.key.split(", "))
            ),
        ]
        if file:
            adopted[stack], refused = CommonSettings.check(_of(CommonSettings, merged))
            mistakes += refused
    timetables = read_timetables(
        project, {name: groups[registered.key].timetable for name, registered in STACKS.items()}
    )
    sentences = list(dict.fromkeys([*map(str, mistakes), *timetables.mistakes]))
    settings = Settings(
        common=common,
        **groups,
        adoptions=adoptions or {},
        adopted=adopted,
        timetables=timetables.found,
        remarks=tuple(timetables.remarks),
    )
    return settings, sentences


def _of(group: type[SettingsModel], given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key in group.model_fields}


def _strange(file: AdoptionFile, known: list[str]) -> list[str]:
    return [key for key in file.settings if key not in known]


def _sources(project: Path, environment: Mapping[str, str]) -> list[tuple[str, bytes | str]]:
    found: list[tuple[str, bytes | str]] = []
    file = project / "cdktf.json"
    if file.is_file():
        found.append((file.name, file.read_bytes()))
    if environment.get(CONTEXT_VARIABLE):
        found.append((CONTEXT_VARIABLE, environment[CONTEXT_VARIABLE]))
    return found


def _context(given: bytes | str, *, whole_file: bool) -> dict[str, Any]:
    try:
        text = given if isinstance(given, str) else decoded(given)
        document = read_json(text)
        doubled = places(text).doubled
    except TextFileError as error:
        raise ValueError(f"{error}. Save it as UTF-8.") from error
    except JsonTextError as error:
        raise ValueError(f"{error}. Correct it.") from error
    if whole_file and not isinstance(document, dict):
        raise ValueError(
            f'it is {called(document)}, not an object. Write it as {{"app": …, "context": {{…}}}}.'
        )
    context = document.get("context", {}) if whole_file else document
    if not isinstance(context, dict):
        raise ValueError(f'the context is {context!r}, not an object. Write it as {{"setting": value}}.')
    if doubled:
        steps, first, place = doubled[0]
        raise ValueError(f"{place}: {steps[-1]} is there twice, first in {first}. Keep one of them.")
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
