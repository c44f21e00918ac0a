"""What a plan would do to each resource, attribute by attribute, from ``terraform show -json``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.secrets.gate import Secrets
from hubctl.core.terraform.plan import plan_from_json

# Follow from other attributes; nothing is to be done about them.
_DERIVED = frozenset({"tags_all", "id", "arn"})


@dataclass(frozen=True, kw_only=True)
class AttributeChange:
    """One top-level attribute that would change. ``after_known`` is False when only an apply can tell."""

    name: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    after_known: bool
    forces_replacement: bool
    secret: bool


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """What happens to one managed resource; ``action`` is one word as in ``hubctl.core.terraform.plan``.

    ``loses_default_tags``: it has default tags from the configuration of its provider, which ours does not have.
    """

    address: str
    type: str
    action: str
    reason: str
    attributes: Sequence[AttributeChange]
    previous_address: str | None
    importing: str | None
    deposed: bool = False
    loses_default_tags: bool = False

    @property
    def is_loss(self) -> bool:
        """Whether something would be created, destroyed or replaced."""
        return self.action not in ("no-op", "update", "forget", "read")


def planned_changes(document: Mapping[str, Any], secrets: Secrets | None = None) -> list[PlannedChange]:
    """Return the changes of managed resources in a plan's JSON; ``secrets`` tells which values are never shown."""
    gate = secrets or Secrets()
    entries = [entry for entry in document.get("resource_changes", []) if entry["mode"] == "managed"]
    described = plan_from_json({"resource_changes": entries}).changes
    return [
        PlannedChange(
            address=change.address,
            type=change.type,
            action=change.action,
            reason=entry.get("action_reason", ""),
            attributes=list(_attributes(change.type, entry["change"], gate))
            if change.action in ("update", "replace")
            else [],
            previous_address=change.previous_address,
            importing=change.importing,
            deposed="deposed" in entry,
            loses_default_tags=_loses_default_tags(entry["change"]),
        )
        for entry, change in zip(entries, described, strict=True)
    ]


def _attributes(kind: str, change: Mapping[str, Any], secrets: Secrets) -> Iterator[AttributeChange]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    hidden = [change.get("before_sensitive"), change.get("after_sensitive")]
    forcing = {str(path[0]) for path in change.get("replace_paths", []) if path}
    for name in sorted({*before, *after, *forcing}):
        is_unknown = _any_true(unknown.get(name))
        marks = [mark.get(name) if isinstance(mark, Mapping) else mark for mark in hidden]
        # What the state marks and ours does not is updated for that alone; the values are the same.
        differs = (
            is_unknown
            or before.get(name) != after.get(name)
            or (change.get("actions") == ["update"] and _loses_mark(*marks))
        )
        if name not in forcing and (not differs or name in _DERIVED):
            continue
        yield AttributeChange(
            name=name,
            before=before.get(name),
            after=after.get(name),
            after_known=not is_unknown,
            forces_replacement=name in forcing,
            secret=any(_any_true(mark) for mark in marks)
            or any(secrets.in_value(kind, name, side.get(name)) for side in (before, after)),
        )


def _loses_mark(before: object, after: object) -> bool:
    """Tell whether something that is marked as sensitive would no longer be."""
    return _any_true(before) and before != after


def _loses_default_tags(change: Mapping[str, Any]) -> bool:
    """Tell whether all tags together differ, and those that are written down do not."""
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = _any_true((change.get("after_unknown") or {}).get("tags_all"))
    differs = unknown or before.get("tags_all") != after.get("tags_all")
    return bool(before.get("tags_all")) and differs and before.get("tags") == after.get("tags")


def _any_true(mark: object) -> bool:
    if isinstance(mark, Mapping):
        return any(_any_true(item) for item in mark.values())
    if isinstance(mark, list):
        return any(_any_true(item) for item in mark)
    return mark is True
