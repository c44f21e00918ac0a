"""Carried resources: written first as the state has them, then corrected by what Terraform says to them.

Each correction is made once, and none is taken back, so that they come to an end.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.carrying.argument_conflicts import EXCLUSIVE, ONE_OF, managed_elsewhere, winner
from hubctl.adopt.carrying.selection import in_order_of_use
from hubctl.adopt.carrying.writing import (
    NEVER,
    Choices,
    SecretNeededError,
    arguments_of,
    described,
    is_required,
    is_settable,
    is_unset,
    spec_at,
    value_at,
)
from hubctl.adopt.diagnostics import Complaint, Diagnostic, Place, complaint_of, diagnostics, place_of
from hubctl.adopt.plan_changes import AttributeChange, PlannedChange
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import Existing
from hubctl.adopt.state.references import References
from hubctl.core.errors import BadInputError

Schema = Mapping[str, Any]
Schemas = Mapping[str, Mapping[str, Any]]


def differing(before: Any, after: Any, block: Schema, place: Place) -> Iterator[Place]:
    """Yield the places at and below ``place`` at which ``after`` differs; positions are those in ``before``.

    ``block`` is the schema of the whole resource. Blocks of a set are compared with those that are most alike.
    """
    if before == after:
        return
    spec = spec_at(block, place) or {}
    if "nesting_mode" not in spec or isinstance(before, Mapping) is not isinstance(after, Mapping):
        yield place
    elif isinstance(before, Mapping) and spec["nesting_mode"] != "map":
        yield from _within(before, after, block, place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = (
            _most_alike(before, after)
            if spec["nesting_mode"] == "set"
            else list(zip(before, after, strict=True))
        )
        for number, (ours, theirs) in enumerate(pairs):
            if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
                yield from _within(ours, theirs, block, (*place, number))
    else:
        yield place


def _within(
    before: Mapping[str, Any], after: Mapping[str, Any], block: Schema, place: Place
) -> Iterator[Place]:
    for name in sorted({*before, *after}):
        yield from differing(before.get(name), after.get(name), block, (*place, name))


def _most_alike(before: list[Any], after: list[Any]) -> list[tuple[Any, Any]]:
    left = list(after)
    found: dict[int, Any] = {}
    for number, ours in enumerate(before):
        if ours in left:
            found[number] = left.pop(left.index(ours))
    for number, ours in enumerate(before):
        if number not in found:
            best = max(range(len(left)), key=lambda position: _likeness(ours, left[position]))
            found[number] = left.pop(best)
    return [(ours, found[number]) for number, ours in enumerate(before)]


def _likeness(one: Any, other: Any) -> int:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return sum(_likeness(value, other.get(name)) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return sum(max((_likeness(item, match) for match in other), default=0) for item in one)
    return int(one == other)


class NotCarriedError(BadInputError):
    """Resources that cannot be carried; ``reasons`` says why, by their existing addresses."""

    def __init__(self, refused: Sequence[tuple[Existing, str]]) -> None:
        self.refused = refused
        super().__init__(
            "\n".join(f"{resource.address} cannot be carried: {why}" for resource, why in refused),
            remedy="Let go of what cannot be carried; it stays in AWS as it is: "
            + " ".join(dict.fromkeys(f"--forget '{resource.resource}'" for resource, _ in refused)),
        )
        self.reasons = {resource.address: why for resource, why in refused}


@dataclass(kw_only=True)
class _Carried:
    """One carried resource: what the state has, and what was learned about writing it."""

    resource: Existing
    block: Mapping[str, Any]
    values: dict[str, Any] = field(repr=False)
    secrets: Secrets = field(repr=False)
    choices: Choices = field(default_factory=Choices)
    rivals: dict[Place, Place] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict, repr=False)

    def write(self) -> None:
        """Write the arguments anew. Raises NotCarriedError when one of them is a secret."""
        try:
            self.written = arguments_of(self.resource, self.block, self.values, self.choices, self.secrets)
        except SecretNeededError as error:
            raise self.refused(
                f"its argument {described(error.place)} is a secret, which is never written down"
            ) from None

    def refused(self, why: str) -> NotCarriedError:
        return NotCarriedError([(self.resource, why)])

    def is_written(self, place: Place) -> bool:
        return value_at(self.written, place) is not None

    def spec(self, place: Place) -> Mapping[str, Any]:
        return spec_at(self.block, place) or {}

    def is_hidden(self, place: Place) -> bool:
        """Tell whether a secret stands at a place."""
        value = value_at(self.values, place)
        sensitive = self.spec(place).get("sensitive") and not is_unset(value)
        return bool(sensitive) or self.secrets.in_value(self.resource, str(place[-1]), value)

    def leave_out(self, place: Place) -> bool:
        """Leave out a place; a required one goes with the block around it. False: that is not possible, or was done."""
        while place:
            if not is_required(self.spec(place)):
                break
            place = place[:-1]
        if not place or place in self.choices.left_out or not self.is_written(place):
            return False
        self.choices.left_out.add(place)
        self.choices.written.discard(place)
        return True

    def write_out(self, place: Place) -> bool:
        """Write a place that looks unset. False: the state has no value, or it was written or left out before."""
        if value_at(self.values, place) is None or place in self.choices.written | self.choices.left_out:
            return False
        self.choices.written.add(place)
        return True

    def ignore(self, argument: str) -> bool:
        if argument in self.choices.ignored:
            return False
        self.choices.ignored.append(argument)
        self.choices.written = {place for place in self.choices.written if place[0] != argument}
        return True


class CarriedResources:
    """Resources that are carried on, by our addresses; their arguments refer to what goes on beside them."""

    def __init__(
        self,
        resources: Mapping[str, Existing],
        schemas: Schemas,
        references: References,
        secrets: Secrets,
    ) -> None:
        """Write all of them. Raises NotCarriedError, with every reason, when some cannot be carried."""
        self._secrets = secrets
        self._references = references
        self._carried: dict[str, _Carried] = {}
        refused: list[tuple[Existing, str]] = []
        # What refers to each other in a circle cannot all be made by reference: in a circle, ids are written as they are.
        order = [resource.address for resource in in_order_of_use(list(resources.values()))]
        self._later = {address: frozenset(order[number:]) for number, address in enumerate(order)}
        ours = {resource.address: address for address, resource in resources.items()}
        for address in (ours[theirs] for theirs in order):
            resource = resources[address]
            try:
                self._carried[address] = self._taken(resource, schemas)
            except NotCarriedError as error:
                refused += error.refused
        if refused:
            raise NotCarriedError(refused)

    @property
    def arguments(self) -> dict[str, dict[str, Any]]:
        """Return the arguments of each resource, fit for Terraform JSON."""
        return {
            address: {name: self._literal(carried, name) for name in sorted(carried.written)}
            for address, carried in self._carried.items()
        }

    @property
    def ignore(self) -> dict[str, list[str]]:
        """Return the arguments of each resource whose differences are left alone."""
        return {
            address: sorted(carried.choices.ignored)
            for address, carried in self._carried.items()
            if carried.choices.ignored
        }

    def __contains__(self, address: object) -> bool:
        """Tell whether a resource is carried, by our address."""
        return address in self._carried

    def correct(self, message: str) -> bool:
        """Correct what Terraform's errors complain of; return whether anything was corrected.

        Raises NotCarriedError, with a remedy for each, when nothing was and errors are about carried resources.
        """
        corrected = False
        stuck: dict[str, NotCarriedError] = {}
        touched = set()
        for diagnostic in diagnostics(message):
            carried = self._carried.get(diagnostic.address)
            if carried is None:
                continue
            try:
                if self._correct(carried, diagnostic):
                    corrected = True
                    touched.add(diagnostic.address)
                elif diagnostic.address not in touched:
                    stuck.setdefault(diagnostic.address, carried.refused(diagnostic.text))
            except NotCarriedError as error:
                stuck[diagnostic.address] = error
        if stuck and not corrected:
            raise NotCarriedError([refused for error in stuck.values() for refused in error.refused])
        return corrected

    def learn(self, changes: Iterable[PlannedChange]) -> bool:
        """Correct what a plan would change of carried resources; return whether anything was corrected."""
        learned = False
        for change in changes:
            carried = self._carried.get(change.address)
            if carried is None or change.action not in ("update", "replace"):
                continue
            found = sum(self._learn(carried, attribute) for attribute in change.attributes) > 0
            # Tags by default of another configuration of the provider stand in no argument.
            if found or (change.loses_default_tags and not change.attributes and carried.ignore("tags_all")):
                carried.write()
                learned = True
        return learned

    def _taken(self, resource: Existing, schemas: Schemas) -> _Carried:
        if resource.type not in schemas:
            raise NotCarriedError([(resource, f"the AWS provider has no {resource.type}")])
        carried = _Carried(
            resource=resource,
            block=schemas[resource.type]["block"],
            values=dict(resource.values),
            secrets=self._secrets,
        )
        elsewhere = managed_elsewhere(resource, self._references.resources)
        carried.choices.left_out |= {(argument,) for argument in elsewhere}
        carried.write()
        for names in EXCLUSIVE.get(resource.type, ()):
            for rivals in _occurrences(carried, [place_of(name) for name in names]):
                self._choose(carried, rivals)
        if resource.type in ONE_OF:
            self._one_of(carried, [place_of(name) for name in ONE_OF[resource.type]])
        carried.write()
        return carried

    def _correct(self, carried: _Carried, diagnostic: Diagnostic) -> bool:
        complaint = complaint_of(diagnostic, lambda place: is_settable(carried.spec(place) or {}))
        done = complaint is not None and self._settled(carried, complaint)
        if done:
            carried.write()
        return done

    def _settled(self, carried: _Carried, complaint: Complaint) -> bool:
        places = complaint.places
        if complaint.kind == "exclusive":
            return sum(self._choose(carried, rivals) for rivals in _occurrences(carried, places)) > 0
        if complaint.kind == "one of":
            return self._one_of(carried, places)
        if complaint.kind == "together":
            missing = [place for place in places if not carried.is_written(place)]
            if missing and sum(carried.write_out(place) for place in missing) == len(missing):
                return True
            return sum(carried.leave_out(place) for place in places if carried.is_written(place)) > 0
        if complaint.kind == "missing":
            return sum(carried.write_out(p) or carried.leave_out(p[:-1]) for p in places) > 0
        return sum(carried.leave_out(place) for place in places) > 0

    def _choose(self, carried: _Carried, rivals: list[Place]) -> bool:
        if len(rivals) < 2:
            return True  # settled with an error about another one of them
        values = {place: value_at(carried.written, place) for place in rivals}
        best = winner(carried.resource.type, carried.block, carried.values, rivals, values)
        dropped = False
        for place in rivals:
            if place != best and carried.leave_out(place):
                carried.rivals[place] = best
                dropped = True
        return dropped

    def _one_of(self, carried: _Carried, places: Collection[Place]) -> bool:
        if any(carried.is_written(place) for place in places):
            return True
        ranked = sorted(places, key=lambda place: is_unset(value_at(carried.values, place)))
        for place in ranked:
            if carried.is_hidden(place):
                raise carried.refused(
                    f"its argument {described(place)} is a secret, which is never written down"
                )
            if carried.write_out(place):
                return True
        around = {place[:-1] for place in places}
        return len(around) == 1 and carried.leave_out(*around)

    def _learn(self, carried: _Carried, attribute: AttributeChange) -> bool:
        name = attribute.name
        spec = carried.spec((name,))
        if name in NEVER or not is_settable(spec) or name in carried.choices.ignored:
            return False
        if not attribute.after_known and (name not in carried.written or self._refers(carried, name)):
            return False  # follows from something else
        if attribute.secret:
            return carried.ignore(name)
        carried.values[name] = attribute.before
        found = False
        for place in differing(attribute.before, attribute.after, carried.block, (name,)):
            if is_settable(carried.spec(place)):
                found = self._learn_place(carried, place) or found
        return found

    def _learn_place(self, carried: _Carried, place: Place) -> bool:
        name = str(place[0])
        if place in carried.choices.left_out:
            best = carried.rivals.pop(place, None)
            if best is None or is_required(carried.spec(best)):
                return carried.ignore(name)
            carried.choices.left_out.discard(place)
            carried.choices.left_out.add(best)
            return True
        if not carried.is_written(place) and carried.write_out(place):
            return True
        spec = carried.spec(place)
        if (spec.get("computed") or "nesting_mode" in spec) and carried.leave_out(place):
            return True  # the provider fills it in by itself
        return carried.ignore(name)

    def _refers(self, carried: _Carried, name: str) -> bool:
        return "${aws_" in str(self._literal(carried, name))

    def _literal(self, carried: _Carried, name: str) -> Any:
        theirs = carried.resource.address
        return self._references.literal(theirs, name, carried.written.get(name), self._later[theirs])


def _occurrences(carried: _Carried, places: Collection[Place]) -> Iterator[list[Place]]:
    """Yield those of ``places`` that are written; within sets, whose members have no positions, for each member."""
    common = 0
    while len({place[: common + 1] for place in places}) == 1 and common < min(map(len, places)) - 1:
        common += 1
    first = next(iter(places))
    for prefix in _expanded(carried, first[:common]):
        rivals = [(*prefix, *place[common:]) for place in places]
        yield [place for place in rivals if carried.is_written(place)]


def _expanded(carried: _Carried, prefix: Place) -> list[Place]:
    found: list[Place] = [()]
    for number, step in enumerate(prefix):
        if isinstance(step, int) and carried.spec(prefix[:number]).get("nesting_mode") == "set":
            found = [
                (*place, position)
                for place in found
                for position in range(len(value_at(carried.written, place) or ()))
            ]
        else:
            found = [(*place, step) for place in found]
    return found
