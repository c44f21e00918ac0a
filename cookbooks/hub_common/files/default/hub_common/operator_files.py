"""``jupyterhub_config.d``: the operator's own files of configuration, read after the hub's, and checked before it starts.

A file gets ``c`` as JupyterHub's own configuration does. It may set traits, add services and hooks. What the hub could
not follow, or what would take away what it is built on, ends its start: with all mistakes at once, each with a remedy.
"""

from __future__ import annotations

import copy
import difflib
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from traitlets.config import Config, Configurable
from traitlets.config.loader import LazyConfigValue

from hub_common.settings import SettingsError
from hub_common.spawner_traits import TraitRule, copied, refused, shown

FOLDER = "jupyterhub_config.d"
SERVICE_LISTS = ("services", "load_roles")
# What the hub is built on, of JupyterHub itself. All else there is JupyterHub's affair.
HUB_RULES = {
    "allow_named_servers": refused("a user has one server, by whose name other programs know it; remove it"),
    "cleanup_proxy": refused("connections outlive a restart of the hub; remove it"),
    "cleanup_servers": refused("servers outlive a restart of the hub; remove it"),
    "internal_ssl": refused("servers are not given certificates; remove it"),
    "proxy_class": refused("the hub watches its proxy; remove it"),
    "spawner_class": refused("admission and the closing in of servers are this spawner's; remove it"),
}

Sections = dict[str, dict[str, Any]]


def read_operator_files(
    c: Config, folder: Path, spawner: type[Configurable], rules: Mapping[str, TraitRule]
) -> None:
    """Read the files in the order of their names, then check all that they set; raise SettingsError with every mistake.

    ``c`` holds all that the hub itself sets. A folder that is missing is as good as an empty one.
    """
    ours = _sections(c)
    files = sorted(file for file in folder.glob("*.py") if not file.name.startswith("."))
    mistakes = [mistake for file in files if (mistake := _read(c, file))]
    if not mistakes:
        mistakes = [*_spawner_mistakes(c, ours, spawner, rules), *_hub_mistakes(c, ours)]
    if mistakes:
        raise SettingsError(str(folder), mistakes)


def _read(c: Config, file: Path) -> str:
    """Run one file; return what went wrong, empty when nothing did."""
    try:
        code = compile(file.read_text(encoding="utf-8"), str(file), "exec")
        exec(code, {"__name__": "jupyterhub_config", "__file__": str(file), "c": c, "get_config": lambda: c})  # noqa: S102 - it is configuration, as JupyterHub's own
    except (Exception, SystemExit) as error:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)
        ]
        line = (
            error.lineno
            if isinstance(error, SyntaxError) and error.filename == str(file)
            else (lines or [None])[-1]
        )
        place = f"{file.name}, line {line}" if line else file.name
        return f"{place}: {type(error).__name__}: {error}. Correct the file, or remove it"
    return ""


def _sections(c: Config) -> Sections:
    """Return what is set, by class and trait; lists and dictionaries as they are now."""
    return {
        section: {name: copied(value) for name, value in values.items()}
        for section, values in c.items()
        if isinstance(values, Config)
    }


def _spawner_mistakes(
    c: Config, ours: Sections, spawner: type[Configurable], rules: Mapping[str, TraitRule]
) -> Iterator[str]:
    line = [one.__name__ for one in reversed(spawner.__mro__) if issubclass(one, Configurable)]
    now = _sections(c)
    for section in now:
        if section.endswith("Spawner") and section not in line and now[section] and section not in ours:
            yield f"c.{section}: the spawner of this hub is {spawner.__name__}; set its traits, or remove this"
    before, after = _in_force(line, ours, spawner), _in_force(line, now, spawner)
    for section in line:
        for name, raw in now.get(section, {}).items():
            if name in ours.get(section, {}) and ours[section][name] == raw:
                continue
            value = _resolved(raw, spawner, name)
            place = f"c.{section}.{name} = {shown(value)}"
            if name not in rules:
                yield f"{place}: {_unknown(spawner, name, rules)}"
            elif rules[name].treatment == "refused":
                if name not in before or before[name] != value:
                    yield f"{place} cannot be used: {rules[name].remedy}"
            elif not _same(after[name], value):
                yield f"{place} has no effect, because a class below it sets the same: write c.{spawner.__name__}.{name}"
            else:
                yield from (f"{place}: {problem}" for problem in _problems(name, value, rules))


def _in_force(line: list[str], sections: Sections, spawner: type[Configurable]) -> dict[str, Any]:
    """Return the values that a spawner gets: what is set for the narrowest class counts, also where it only adds."""
    return {
        name: _resolved(value, spawner, name)
        for section in line
        for name, value in sections.get(section, {}).items()
    }


def _resolved(value: Any, spawner: type[Configurable], name: str) -> Any:
    """Return the value of what was only added to, as by ``c.Spawner.environment.update(...)``."""
    if not isinstance(value, LazyConfigValue):
        return value
    trait = spawner.class_traits().get(name)
    # A copy, because it keeps what it was first asked with, and the spawner's own default may be another.
    return copy.deepcopy(value).get_value(trait.default() if trait is not None else None)


def _same(one: Any, other: Any) -> bool:
    return one is other or bool(one == other)


def _unknown(spawner: type[Configurable], name: str, rules: Mapping[str, TraitRule]) -> str:
    near = difflib.get_close_matches(name, rules, n=1)
    return f"{spawner.__name__} knows no such trait: " + (f"did you mean {near[0]}?" if near else "remove it")


def _problems(name: str, value: Any, rules: Mapping[str, TraitRule]) -> Iterator[str]:
    """Yield what of a value is not used; groups' values are those of other traits."""
    yield from rules[name].problems(value)
    if name == "group_overrides" and isinstance(value, Mapping):
        for group, override in value.items():
            if not isinstance(override, Mapping):
                yield f"{group} is not a dictionary with groups and spawner_override: write it so"
                continue
            for trait, given in override.get("spawner_override", {}).items():
                if trait in rules and rules[trait].treatment == "refused":
                    yield f"{trait} of {group} cannot be used: {rules[trait].remedy}"
                elif trait in rules and not callable(given) and given is not None:
                    yield from (
                        f"{trait} of {group}: {problem}" for problem in _problems(trait, given, rules)
                    )


def _hub_mistakes(c: Config, ours: Sections) -> Iterator[str]:
    before, after = ours.get("JupyterHub", {}), _sections(c).get("JupyterHub", {})
    for name, rule in HUB_RULES.items():
        value = after.get(name)
        if value != before.get(name) and (value or before.get(name) is not None):
            yield f"c.JupyterHub.{name} = {shown(value)} cannot be used: {rule.remedy}"
    for name in SERVICE_LISTS:
        lost = [one["name"] for one in before.get(name, []) if one not in after.get(name, [])]
        if lost:
            yield f"c.JupyterHub.{name} lacks {', '.join(lost)}, which the hub needs: add to it with append()"
