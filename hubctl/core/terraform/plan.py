"""What Terraform would do, read from ``terraform show -json`` of a plan."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.core.files import object_or_none

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FRAME = re.compile(r"^[│╷╵]\s?")
LONGEST = 250  # lines: a plan may refuse two dozen variables at once
# The lists of actions that Terraform's JSON output format defines, each in one word
_ACTIONS = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("delete",): "delete",
    ("forget",): "forget",
    ("create", "forget"): "replace",
}
# The words of ``terraform plan -json`` for the same
_WORDS = {
    "noop": ("no-op",),
    "move": ("no-op",),
    "import": ("no-op",),
    "create": ("create",),
    "read": ("read",),
    "update": ("update",),
    "replace": ("delete", "create"),
    "delete": ("delete",),
    "remove": ("forget",),
    "forget": ("forget",),
}


def without_escapes(text: str) -> str:
    """Return a text without terminal escape sequences."""
    return _ESCAPES.sub("", text)


def error_text(output: str, errors: str, *, longest: int | None = LONGEST) -> str:
    """Return what Terraform complained about: its errors if it named some, else the end of its output.

    Warnings before the first error are left out; texts of more than
    ``longest`` lines lose their middle.
    """
    said = [_FRAME.sub("", line).rstrip() for line in without_escapes(errors).splitlines()]
    starts = [number for number, line in enumerate(said) if line.startswith("Error:")]
    lines = said[starts[0] :] if starts else said
    lines = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    if not any(lines):
        lines = [_FRAME.sub("", line).rstrip() for line in without_escapes(output).splitlines()][-20:]
    if longest and len(lines) > longest:
        left_out = len(lines) - longest
        lines = [*lines[: longest // 2], f"... {left_out} lines left out ...", *lines[-longest // 2 :]]
    return "\n".join(lines).strip()


def messages(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the messages of a command that was run with ``-json``; what is not one is passed over."""
    for line in lines:
        message = object_or_none(line)
        if message is not None:
            yield message


def errors_of_messages(output: str) -> str:
    """Return the errors among the messages of a command, as it prints them to people; empty when there are none."""
    found = []
    for message in messages(output.splitlines()):
        diagnostic = message.get("diagnostic") or {}
        if diagnostic.get("severity") == "error":
            where = f"\n  with {diagnostic['address']}" if diagnostic.get("address") else ""
            detail = f"\n\n{diagnostic['detail']}" if diagnostic.get("detail") else ""
            found.append(f"Error: {diagnostic.get('summary', '')}{where}{detail}")
    return "\n\n".join(found)


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """What a plan does to one resource or data source.

    ``previous_address`` is set when a ``moved`` block renames it, ``importing`` holds the id of what it takes
    over. ``changed_attributes`` are names of top-level attributes only: values may be secret.
    """

    address: str
    type: str
    mode: str
    actions: tuple[str, ...]
    previous_address: str | None = None
    importing: str | None = None
    changed_attributes: tuple[str, ...] = ()
    replaced_because_of: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """One of no-op, create, read, update, replace, delete and forget."""
        return _ACTIONS.get(self.actions, "+".join(self.actions))

    @property
    def is_no_op(self) -> bool:
        """Nothing happens to it, not even in the state."""
        return self.actions == ("no-op",) and self.previous_address is None and self.importing is None

    def describe(self) -> str:
        """Return one line for people, such as ``update aws_vpc.main (tags)``."""
        words = [self.action, self.address]
        if self.previous_address is not None:
            words.append(f"moved from {self.previous_address}")
        if self.importing is not None:
            words.append(f"importing {self.importing}")
        if self.action in ("update", "replace") and self.changed_attributes:
            words.append(f"({', '.join(self.changed_attributes)})")
        if self.replaced_because_of:
            words.append(f"because of {', '.join(self.replaced_because_of)}")
        return " ".join(words)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All changes of a plan, the outputs that would change, and the state that the plan started from.

    ``prior_state`` is what ``terraform show -json`` prints for a state; it holds secret values.
    """

    changes: tuple[ResourceChange, ...]
    changed_outputs: tuple[str, ...] = ()
    prior_state: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_empty(self) -> bool:
        """Applying it would change neither infrastructure nor state; what ``-detailed-exitcode`` calls 0."""
        return not self.changed_outputs and all(change.is_no_op for change in self.changes)

    @property
    def counts(self) -> dict[str, int]:
        """Number of changes by action; a moved or imported resource also counts under move or import."""
        counts = Counter(change.action for change in self.changes)
        counts["move"] = sum(change.previous_address is not None for change in self.changes)
        counts["import"] = sum(change.importing is not None for change in self.changes)
        return {action: number for action, number in counts.items() if number}

    def describe(self) -> list[str]:
        """Return a line for everything that would change."""
        lines = [change.describe() for change in self.changes if not change.is_no_op]
        return lines + [f"change output {name}" for name in self.changed_outputs]


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    """Read a plan from the JSON that ``terraform show -json PLAN`` prints."""
    changes = [_resource_change(change) for change in document.get("resource_changes", [])]
    outputs = document.get("output_changes", {})
    changed = [name for name, change in outputs.items() if change["actions"] != ["no-op"]]
    return Plan(
        changes=tuple(changes),
        changed_outputs=tuple(sorted(changed)),
        prior_state=document.get("prior_state", {}),
    )


def plan_from_messages(lines: Iterable[str]) -> Plan:
    """Read a plan from the lines that ``terraform plan -json`` prints; they hold no values."""
    changes, outputs = [], []
    for message in messages(lines):
        if message.get("type") == "planned_change":
            changes.append(_announced_change(message["change"]))
        elif message.get("type") == "outputs":
            found = message.get("outputs", {})
            outputs += [name for name, output in found.items() if output.get("action", "noop") != "noop"]
    return Plan(changes=tuple(changes), changed_outputs=tuple(sorted(outputs)))


def _announced_change(change: Mapping[str, Any]) -> ResourceChange:
    resource, previous = change["resource"], change.get("previous_resource")
    return ResourceChange(
        address=resource["addr"],
        type=resource["resource_type"],
        mode="data" if resource["resource"].startswith("data.") else "managed",
        actions=_WORDS.get(change["action"], (change["action"],)),
        previous_address=previous["addr"] if previous else None,
        importing=_imported_id(change),
    )


def _resource_change(entry: Mapping[str, Any]) -> ResourceChange:
    change = entry["change"]
    return ResourceChange(
        address=entry["address"],
        type=entry["type"],
        mode=entry["mode"],
        actions=tuple(change["actions"]),
        previous_address=entry.get("previous_address"),
        importing=_imported_id(change),
        changed_attributes=_changed_attributes(change),
        replaced_because_of=tuple(_path(path) for path in change.get("replace_paths", [])),
    )


def _imported_id(change: Mapping[str, Any]) -> str | None:
    importing = change.get("importing")
    return str(importing.get("id") or "something not known yet") if importing else None


def _changed_attributes(change: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return ()
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if isinstance(unknown, Mapping):
        names |= {name for name, value in unknown.items() if value is True}
    return tuple(sorted(names))


def _path(path: list[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
