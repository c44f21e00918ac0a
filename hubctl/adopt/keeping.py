"""Decides what of the existing resources is kept as it is, so that adopting them replaces and reboots nothing.

Some arguments are kept or ignored before the first plan, by resource type; the others once a plan shows that they differ.
"""

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.diagnostics import Place, complaint_of, diagnostics
from hubctl.adopt.improvements import (
    NEVER,
    Choice,
    Improvement,
    improvement_of,
)
from hubctl.adopt.matching.candidates import Planned
from hubctl.adopt.plan_changes import AttributeChange, PlannedChange
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import Existing, is_empty
from hubctl.adopt.state.references import References, escape
from hubctl.core.errors import BadInputError
from stacks.adoption.addresses import refers

# Known to differ, and known to restart or replace instances.
IGNORED_FROM_THE_START: Mapping[str, tuple[str, ...]] = {
    "aws_launch_template": ("user_data", "image_id", "update_default_version"),
    "aws_launch_configuration": ("user_data", "user_data_base64", "image_id"),
    "aws_instance": ("user_data", "user_data_base64", "ami"),
}
# Known to force a replacement: kept before the first plan, which then shows the rest at once.
NAMES = frozenset(
    {
        *("name", "alarm_name", "cidr_block", "availability_zone", "creation_token", "key_name", "path"),
        "destination_cidr_block",
    }
)
# Arguments of which exactly one may be written down, the most telling one first: AWS fills in some of the others.
ALTERNATIVES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws_autoscaling_group": (
        ("mixed_instances_policy", "launch_template", "launch_configuration"),
        ("vpc_zone_identifier", "availability_zones"),
    ),
    "aws_launch_template": (("instance_requirements", "instance_type"),),
}
_UNWRITABLE = object()
# Returns what Terraform JSON says for an argument of an existing resource: nested blocks, with references to ours. None: it
# cannot be written down.
Written = Callable[[str, str, Any], Any]
# A state has id and name of a launch template; the provider takes one of them.
_TWO_NAMES = {"id": "name", "launch_template_id": "launch_template_name"}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An improvement that an adoption did not make, because it was not asked for."""

    address: str
    improvement: Improvement
    change: AttributeChange


@dataclass(kw_only=True)
class Keeping:
    """What is kept so far: ``keep`` holds values (None: the argument is left out), ``ignore`` names of arguments.

    Everything is kept, but for what ``choice`` takes. ``asked_to_keep`` are arguments (``ADDRESS.ARGUMENT``) to keep in any case;
    ``written`` writes nested blocks down; ``offers`` collects the improvements that are not made. What ``secrets`` says is
    secret is ignored, not kept.
    """

    keep: dict[str, dict[str, Any]] = field(default_factory=dict)
    ignore: dict[str, list[str]] = field(default_factory=dict)
    asked_to_keep: Collection[str] = ()
    choice: Choice = field(default_factory=Choice)
    written: Written = lambda _address, _argument, _value: None
    offers: dict[str, Offer] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets, repr=False)

    def start(
        self,
        matches: Mapping[str, str],
        ours: Collection[Planned],
        existing: Mapping[str, Existing],
        left_out: Collection[str] = (),
        imported: Collection[Planned] = (),
    ) -> None:
        """Keep what is known to matter, for each adopted resource (our address → existing one).

        Arguments that refer to what is left out are kept as well: they have nothing else to refer to. Of arguments that
        exclude each other the existing resource's is taken: a plan with both would fail. What is ``imported`` goes without
        those that refer to what is left out, until a plan tells what they are there.
        """
        self._start_imported(imported, left_out)
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
                    and not is_empty(value)
                    and not self.secrets.in_value(theirs, name, value)
                )
                literal = value if not isinstance(value, str) else escape(value)
                self._keep(planned.address, name, literal if writable else None)
            names = NAMES | ({"description"} if planned.type == "aws_security_group" else frozenset())
            for name in sorted(names & set(planned.block)):
                value = theirs.values.get(name)
                follows = "aws_" in str(planned.block[name])
                if isinstance(value, str) and value and not follows and value != planned.values[name]:
                    if self.secrets.in_value(theirs, name, value):
                        self.ignore.setdefault(planned.address, []).append(name)
                    else:
                        self._keep(planned.address, name, escape(value))
            for names_of_one in ALTERNATIVES.get(planned.type, ()):
                self._choose(planned, theirs, names_of_one)

    def _start_imported(self, imported: Collection[Planned], left_out: Collection[str]) -> None:
        for planned in imported:
            if ignored := IGNORED_FROM_THE_START.get(planned.type, ()):
                self.ignore[planned.address] = list(ignored)
            for name in self._dangling(planned, left_out):
                self._keep(planned.address, name, None)

    def _keep(self, address: str, argument: str, value: Any) -> None:
        self.keep.setdefault(address, {})[argument] = value

    def _choose(self, planned: Planned, theirs: Existing, names: Collection[str]) -> None:
        """Take the first of ``names`` that the existing resource has; leave those out that exclude it."""
        has = next((name for name in names if not is_empty(theirs.values.get(name))), None)
        if has is None or has in planned.block:
            return
        value = self.written(theirs.address, has, theirs.values[has])
        if value is None:
            return
        self._keep(planned.address, has, value)
        for name in names:
            if name in planned.block:
                self._keep(planned.address, name, None)

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
        return self._default_tags(changes, blocks)

    def _default_tags(
        self, changes: Collection[PlannedChange], blocks: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """Ignore all tags together where the existing provider's default ones would be taken away."""
        found = []
        for change in changes:
            ignored = self.ignore.get(change.address, [])
            if change.action != "update" or change.address not in blocks or not change.loses_default_tags:
                continue
            if change.attributes or "tags_all" in ignored:
                continue
            self.ignore[change.address] = [*ignored, "tags_all"]
            found.append(f"{change.address}.tags_all")
        return found

    def correct(self, message: str) -> bool:
        """Ignore the kept arguments that Terraform's errors complain of; return whether there were any.

        A state has values that no configuration may hold, such as 0 for a duration that is not set.
        """
        corrected = False
        for diagnostic in diagnostics(message):
            kept = self.keep.get(diagnostic.address, {})
            complaint = complaint_of(diagnostic, functools.partial(_begins_in, kept))
            places = [*(complaint.places if complaint else ()), diagnostic.place]
            for argument in {
                str(place[0]) for place in places if place and kept.get(str(place[0])) is not None
            }:
                del kept[argument]
                self.ignore.setdefault(diagnostic.address, []).append(argument)
                corrected = True
        self.keep = {address: kept for address, kept in self.keep.items() if kept}
        return corrected

    def _wanted(self, change: PlannedChange, attribute: AttributeChange, block: Mapping[str, Any]) -> bool:
        if not attribute.after_known and attribute.name not in block:
            return False  # computed anew because of something else
        if attribute.forces_replacement:
            written = attribute.name in block and "${aws_" not in str(block[attribute.name])
            return attribute.after_known or written or _is_literal(attribute.before)
        if attribute.name in NEVER:
            return False
        name = f"{change.address}.{attribute.name}"
        if name in self.asked_to_keep:
            return True
        if self.choice.takes(change, attribute):
            return False
        offered = improvement_of(change.type, attribute)
        if offered is not None:
            self.offers.setdefault(name, Offer(address=change.address, improvement=offered, change=attribute))
        return True

    def _hold(
        self, change: PlannedChange, attribute: AttributeChange, theirs: str, references: References
    ) -> bool:
        """Keep the value; ignore the argument if that cannot be written down or did not help. False: it is ignored already."""
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
            needed = {name for names in ALTERNATIVES.get(change.type, ()) for name in names}
            value = self._value(attribute, theirs, references, needed)
            if tried or value is _UNWRITABLE or (maybe_unset and not attribute.forces_replacement):
                kept.pop(attribute.name, None)
                self.ignore.setdefault(change.address, []).append(attribute.name)
            else:
                kept[attribute.name] = value
            return True
        finally:
            if not kept:
                del self.keep[change.address]

    def _value(
        self, attribute: AttributeChange, theirs: str, references: References, needed: Collection[str]
    ) -> Any:
        """Return what is written for the existing value: None for what is not set there, or ``_UNWRITABLE``."""
        if attribute.secret:
            return _UNWRITABLE
        if is_empty(attribute.before):
            # Of arguments of which one is needed, the provider would miss the one that is left out.
            return _UNWRITABLE if attribute.name in needed else None
        if _is_literal(attribute.before):
            return references.literal(theirs, attribute.name, attribute.before)
        if _unsets_a_number(attribute.before, attribute.after):
            return _UNWRITABLE
        written = self.written(theirs, attribute.name, attribute.before)
        return _UNWRITABLE if written is None else written


def _begins_in(arguments: Collection[str], place: Place) -> bool:
    return bool(place) and place[0] in arguments


def check_keep(asked_to_keep: Collection[str], ours: Collection[str]) -> None:
    """Raise BadInputError when one of ``asked_to_keep`` is not ``ADDRESS.ARGUMENT`` of a resource of ``ours``."""
    strange = [text for text in asked_to_keep if text.rpartition(".")[0] not in ours]
    if strange:
        raise BadInputError(
            "\n".join(
                f"--keep {text}: the stack has no such resource with these settings" for text in strange
            ),
            remedy="Write it as in the table: --keep ADDRESS.ARGUMENT, with our address.",
        )


def named_once(value: Any) -> Any:
    """Return blocks that name a launch template by its id alone, where they have both id and name of it."""
    if isinstance(value, list):
        return [named_once(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    spare = {name for identifier, name in _TWO_NAMES.items() if value.get(identifier) and name in value}
    return {name: named_once(item) for name, item in value.items() if name not in spare}


def _is_cause(change: PlannedChange, attribute: AttributeChange, block: Mapping[str, Any]) -> bool:
    """Tell whether an attribute differs by itself, not because something that it refers to is about to change."""
    if change.action == "replace" and not attribute.forces_replacement:
        # It would differ all the same once the resource is no longer replaced.
        return attribute.after_known and attribute.name in block
    if change.action == "update" and attribute.name in block:
        return True  # whatever it would become: the existing value is right, and a plan is saved
    return attribute.after_known or "${aws_" not in str(block.get(attribute.name, ""))


def _unsets_a_number(before: Any, after: Any) -> bool:
    """Tell whether blocks have a 0 where ours has a number: it stands for "not set", and leaving it out brings a default."""
    if isinstance(before, list) and isinstance(after, list):
        return any(_unsets_a_number(old, new) for old, new in zip(before, after, strict=False))
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return any(_unsets_a_number(value, after.get(name)) for name, value in before.items())
    return type(before) in (int, float) and before == 0 and type(after) in (int, float) and after != 0


def _is_literal(value: Any) -> bool:
    """Tell whether a value can be written down for review: a scalar, or a list or map of scalars."""
    if isinstance(value, Mapping):
        return all(_is_scalar(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_scalar(item) for item in value)
    return _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
