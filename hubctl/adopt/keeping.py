"""Decides what of the existing resources is kept as it is, so that adopting them replaces and reboots nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.existing import Existing
from hubctl.adopt.plan_changes import AttributeChange, PlannedChange
from hubctl.adopt.planned import Planned
from hubctl.adopt.references import References, escape
from hubctl.adopt.relied_on import IGNORED_FROM_THE_START, NAMES, NEVER, RELIED_ON
from hubctl.adopt.secrecy import Secrets
from hubctl.errors import BadInputError
from stacks.adoption_references import refers


@dataclass(kw_only=True)
class Keeping:
    """What is kept so far: ``keep`` holds values (None: the argument is left out), ``ignore`` names of arguments.

    ``told`` are arguments that the operator wants kept, as ``ADDRESS.ARGUMENT``; ``carried`` are addresses of resources
    that stay as they are altogether; ``everything`` keeps all. What ``secrets`` says is secret is ignored, not kept.
    """

    keep: dict[str, dict[str, Any]] = field(default_factory=dict)
    ignore: dict[str, list[str]] = field(default_factory=dict)
    told: Collection[str] = ()
    carried: Collection[str] = ()
    everything: bool = False
    secrets: Secrets = field(default_factory=Secrets, repr=False)

    def start(
        self,
        matches: Mapping[str, str],
        ours: Collection[Planned],
        existing: Mapping[str, Existing],
        left_out: Collection[str] = (),
    ) -> None:
        """Keep what is known to matter, for each adopted resource (our address → existing one).

        Arguments that refer to what is left out are kept as well: they have nothing else to refer to.
        """
        for planned in ours:
            if planned.address not in matches:
                continue
            theirs = existing[matches[planned.address]]
            ignored = IGNORED_FROM_THE_START.get(planned.type, ())
            if planned.type == "aws_autoscaling_group" and theirs.values.get("launch_template"):
                ignored = ("launch_template",)
            if ignored:
                self.ignore[planned.address] = list(ignored)
            for name in self._dangling(planned, left_out):
                value = theirs.values.get(name)
                writable = (
                    _is_literal(value)
                    and value not in (None, "", [], {})
                    and not self.secrets.in_value(theirs, name, value)
                )
                literal = value if not isinstance(value, str) else escape(value)
                self.keep.setdefault(planned.address, {})[name] = literal if writable else None
            names = NAMES | ({"description"} if planned.type == "aws_security_group" else frozenset())
            for name in sorted(names & set(planned.block)):
                value = theirs.values.get(name)
                follows = "aws_" in str(planned.block[name])
                if isinstance(value, str) and value and not follows and value != planned.values[name]:
                    if self.secrets.in_value(theirs, name, value):
                        self.ignore.setdefault(planned.address, []).append(name)
                    else:
                        self.keep.setdefault(planned.address, {})[name] = escape(value)

    def _dangling(self, planned: Planned, left_out: Collection[str]) -> list[str]:
        return [
            name
            for name, value in planned.block.items()
            if name not in ("lifecycle", "//") and any(refers(value, address) for address in left_out)
        ]

    def learn(
        self,
        changes: Collection[PlannedChange],
        blocks: Mapping[str, Mapping[str, Any]],
        matches: Mapping[str, str],
        references: References,
    ) -> list[str]:
        """Keep what a plan shows must be kept; return ``ADDRESS.ARGUMENT`` of what is new.

        ``blocks`` are our synthesized resources, ``matches`` maps our addresses to existing ones. What only follows
        from other changes is left for the next plan, unless nothing else was found.
        """
        for consequences in (False, True):
            found = [
                f"{change.address}.{attribute.name}"
                for change in changes
                if change.action in ("update", "replace") and change.address in blocks
                for attribute in change.attributes
                if (consequences or _is_cause(change, attribute, blocks[change.address]))
                and self._wanted(change, attribute, blocks[change.address])
                and self._hold(change, attribute, matches.get(change.address, change.address), references)
            ]
            if found:
                return found
        return []

    def _wanted(self, change: PlannedChange, attribute: AttributeChange, block: Mapping[str, Any]) -> bool:
        if not attribute.after_known and attribute.name not in block:
            return False  # computed anew because of something else
        if attribute.forces_replacement:
            written = attribute.name in block and "${aws_" not in str(block[attribute.name])
            return attribute.after_known or written or _is_literal(attribute.before)
        if attribute.name in NEVER:
            return False
        if (
            self.everything
            or change.address in self.carried
            or f"{change.address}.{attribute.name}" in self.told
        ):
            return True
        if attribute.name in ("tags", "tag"):
            return _loses(attribute.before, attribute.after)
        relied = RELIED_ON.get(change.type, frozenset())
        return relied is None or attribute.name in relied

    def _hold(
        self, change: PlannedChange, attribute: AttributeChange, theirs: str, references: References
    ) -> bool:
        """Keep the value; ignore the argument if that is no value to write down or did not help. False: it is ignored already."""
        kept = self.keep.setdefault(change.address, {})
        try:
            if attribute.name in self.ignore.get(change.address, ()):
                return False
            tried = attribute.name in kept
            foreign = references.foreign(theirs, attribute.name)
            if foreign and attribute.forces_replacement:
                return False  # it belongs to something that is not adopted: a difference, not a detail
            # The provider cannot tell an unset number from 0, which it may not accept as a value.
            maybe_unset = type(attribute.before) in (int, float) and not attribute.before
            unwritable = attribute.secret or not _is_literal(attribute.before)
            if tried or unwritable or (maybe_unset and not attribute.forces_replacement):
                kept.pop(attribute.name, None)
                self.ignore.setdefault(change.address, []).append(attribute.name)
            else:
                value = attribute.before
                empty = value in (None, "", [], {})
                kept[attribute.name] = None if empty else references.literal(theirs, attribute.name, value)
            return True
        finally:
            if not kept:
                del self.keep[change.address]


def check_keep(told: Collection[str], ours: Collection[str]) -> None:
    """Raise BadInputError when one of ``told`` is not ``ADDRESS.ARGUMENT`` of a resource of ``ours``."""
    strange = [text for text in told if text.rpartition(".")[0] not in ours]
    if strange:
        raise BadInputError(
            "\n".join(
                f"--keep {text}: the stack has no such resource with these settings" for text in strange
            ),
            remedy="Write it as in the table: --keep ADDRESS.ARGUMENT, with our address.",
        )


def _is_cause(change: PlannedChange, attribute: AttributeChange, block: Mapping[str, Any]) -> bool:
    """Tell whether an attribute differs by itself, not because something that it refers to is about to change."""
    if change.action == "replace" and not attribute.forces_replacement:
        return False
    return attribute.after_known or "${aws_" not in str(block.get(attribute.name, ""))


def _loses(before: Any, after: Any) -> bool:
    """Tell whether tags (a map, or the list of blocks of an auto scaling group) would be taken away or changed."""
    if isinstance(before, list):
        return any(block not in (after or []) for block in before)
    return any((after or {}).get(key) != value for key, value in (before or {}).items())


def _is_literal(value: Any) -> bool:
    """Tell whether a value can be written down for review: a scalar, or a list or map of scalars."""
    if isinstance(value, Mapping):
        return all(_is_scalar(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_scalar(item) for item in value)
    return _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def kept_lines(keeping: Keeping) -> Iterator[tuple[str, str, Any]]:
    """Yield address, argument and value of everything that is kept."""
    for address, values in sorted(keeping.keep.items()):
        for argument, value in sorted(values.items()):
            yield address, argument, value
