"""The agent's settings: a part of what the stack wrote to ``/etc/jupyterhub-lab/instance.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GIB = 1024**3
INSTANCE_FILE = Path("/etc/jupyterhub-lab/instance.json")


class SettingsError(Exception):
    """The settings cannot be used; the message names every mistake."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the agent reads of the stack.

    ``activity_minutes`` says which sessions count as active: 0 counts every running server, any other number only those with
    activity (a running cell, a keystroke, an open notebook's requests) in the last so many minutes. ``hook`` is None
    when terminating instances do not wait for users, ``launching_hook`` when new ones serve at once: only a group with a warm
    pool has one. ``prefix`` is where the Lab's parameters lie in SSM, None in settings from
    before there were rollouts. ``sends_on`` says that the hub sends new users on to other instances where it should:
    the stack keeps places free. Times without a unit in their name are in seconds.
    """

    region: str
    group: str
    hub_port: int
    namespace: str
    metric: str
    hook: str | None
    drain_timeout: float
    launching_hook: str | None = None
    activity_minutes: float = 0.0
    prefix: str | None = None
    user_memory: int | None = None
    sends_on: bool = False


def load_settings(path: Path = INSTANCE_FILE) -> Settings:
    """Read and check the settings; raise SettingsError with every mistake."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): the first boot writes it") from error
    except json.JSONDecodeError as error:
        raise SettingsError(f"{path} is not JSON (line {error.lineno}: {error.msg})") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{path} does not hold an object")
    return _checked(document, path)


def _checked(document: Mapping[str, Any], path: Path) -> Settings:
    metric = document.get("metric")
    metric = metric if isinstance(metric, dict) else {}
    values = {
        "region": document.get("region"),
        "autoscaling_group": document.get("autoscaling_group"),
        "metric.namespace": metric.get("namespace"),
        "metric.name": metric.get("name"),
    }
    numbers = {
        "hub_port": document.get("hub_port"),
        "drain_timeout_seconds": document.get("drain_timeout_seconds"),
        "session_activity_minutes": document.get("session_activity_minutes", 0),
    }
    hooks = {name: document.get(name) for name in ("lifecycle_hook", "launching_hook")}
    prefix = document.get("parameter_prefix")
    mistakes = [f"{name} = {value!r}: a text is needed" for name, value in values.items() if not _text(value)]
    mistakes += [
        f"{name} = {value!r}: a number of at least 0 is needed"
        for name, value in numbers.items()
        if not _number(value)
    ]
    mistakes += [
        f"{name} = {hook!r}: the name of a hook or null is needed"
        for name, hook in hooks.items()
        if hook is not None and not _text(hook)
    ]
    spare = document.get("spare")
    if spare is not None and not isinstance(spare, dict):
        mistakes.append(f"spare = {spare!r}: an object or null is needed")
    memory = document.get("user_memory_gib")
    if memory is not None and (not _number(memory) or memory == 0):
        mistakes.append(f"user_memory_gib = {memory!r}: a number above 0 or null is needed")
    if prefix is not None and not _text(prefix):
        mistakes.append(
            f"parameter_prefix = {prefix!r}: a path such as /jupyterhub/aws-lab or null is needed"
        )
    if mistakes:
        raise SettingsError(f"{path}: " + "; ".join(mistakes))
    return Settings(
        region=str(values["region"]),
        group=str(values["autoscaling_group"]),
        namespace=str(values["metric.namespace"]),
        metric=str(values["metric.name"]),
        hub_port=int(numbers["hub_port"]),
        drain_timeout=float(numbers["drain_timeout_seconds"]),
        activity_minutes=float(numbers["session_activity_minutes"]),
        hook=hooks["lifecycle_hook"],
        launching_hook=hooks["launching_hook"],
        prefix=prefix,
        sends_on=spare is not None,
        user_memory=None if memory is None else int(memory * GIB),
    )


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
