"""What is matched with what: our planned resources, pairs with existing ones, equally good candidates, and duplicates.

Ours are the resources of a synthesized stack, with the values that are known before a plan. Duplicates are one thing in AWS
that the state has under two addresses.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.state.existing import Existing, natural

_WHOLE = re.compile(r"^\$\{(?:var\.([A-Za-z0-9_]+)|tostring\(var\.([A-Za-z0-9_]+)\))\}$")
# How the constructs write that a resource depends on a setting being given, or not.
_COUNT = re.compile(r"^\$\{\(length\(var\.([A-Za-z0-9_]+)\) (<|>=) 1\) \? 1 : 0\}$")
_PART = re.compile(r"\$\{var\.([A-Za-z0-9_]+)\}")
# Their ids name the very thing in AWS. A certificate for a domain and its wildcard has one validation record for both,
# which authors write down twice, with allow_overwrite. Of two managers of one record, each would undo the other's work.
_BY_ID = frozenset({"aws_route53_record", "aws_security_group_rule", "aws_iam_role_policy"})


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A resource of ours. ``block`` is its synthesized configuration, ``values`` what of it is known already.

    The address of a counted one has its index: ours are there once, or not at all.
    """

    address: str
    type: str
    name: str
    block: Mapping[str, Any] = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)


def planned_resources(
    configuration: Mapping[str, Any], variables: Mapping[str, Any] | None = None
) -> list[Planned]:
    """Return the resources of a stack's Terraform JSON; ``variables`` win over the defaults in it."""
    known = {
        name: spec["default"]
        for name, spec in (configuration.get("variable") or {}).items()
        if spec.get("default") is not None
    } | dict(variables or {})
    return [
        Planned(
            address=f"{kind}.{name}{index}",
            type=kind,
            name=name,
            block=block,
            values={key: _resolve(value, known) for key, value in block.items()},
        )
        for kind, instances in sorted((configuration.get("resource") or {}).items())
        for name, block in sorted(instances.items())
        if (index := _index(block, known)) is not None
    ]


def full_address(typed: str, ours: Iterable[str]) -> str:
    """Return the address of ours that an operator means: the index of a counted resource may be left out."""
    addresses = set(ours)
    return typed if typed in addresses or f"{typed}[0]" not in addresses else f"{typed}[0]"


def _index(block: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
    """Return the index in the address of a resource, empty when it is not counted; None when it does not exist."""
    count = block.get("count")
    if count is None:
        return ""
    asked = _COUNT.match(str(count))
    if asked is None:
        return None if count == 0 else "[0]"
    length = len(str(known.get(asked[1]) or ""))
    return "[0]" if (length < 1) == (asked[2] == "<") else None


def _resolve(value: Any, variables: Mapping[str, Any]) -> Any:
    """Put variables in; None stands for what only a plan can know."""
    if isinstance(value, Mapping):
        return {key: _resolve(item, variables) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_resolve(item, variables) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _WHOLE.match(value)
    if whole:
        return variables.get(whole[1] or whole[2])
    if set(_PART.findall(value)) - set(variables):
        return None
    text = _PART.sub(lambda match: str(variables[match[1]]), value)
    return None if "${" in text else text


@dataclass(frozen=True, kw_only=True)
class Match:
    """One pair. ``certainty`` is ``certain``, ``guessed`` or ``told`` (by --match)."""

    ours: str
    theirs: str
    certainty: str
    reasons: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class EqualCandidates:
    """Existing resources that are equally good for one of ours. The first of ``candidates`` is the one that is proposed."""

    ours: str
    candidates: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Matching:
    """All pairs, and what is left on either side. What ``equal_candidates`` propose is among the matches, as ``guessed``.

    ``possible`` maps ours that are only here to what is only there and could be them: nothing proves or forbids it.
    """

    matches: Sequence[Match]
    only_there: Sequence[str]
    only_here: Sequence[str]
    equal_candidates: Sequence[EqualCandidates] = ()
    possible: Mapping[str, Sequence[str]] = field(default_factory=dict)


def duplicates_of(left: Iterable[Existing], adopted: Iterable[Existing]) -> list[Existing]:
    """Return those of ``left`` that are the same thing in AWS as one of ``adopted``, or as an earlier one of ``left``."""
    seen = {identity for resource in adopted if (identity := _identity(resource))}
    found = []
    for resource in left:
        identity = _identity(resource)
        if identity is not None and identity in seen:
            found.append(resource)
        elif identity is not None:
            seen.add(identity)
    return found


def same_thing(one: Existing, other: Existing) -> bool:
    """Tell whether two addresses stand for one thing in AWS."""
    identity = _identity(one)
    return identity is not None and identity == _identity(other)


def _identity(resource: Existing) -> tuple[str, str] | None:
    identifier = resource.text("id")
    return (resource.type, identifier.lower()) if resource.type in _BY_ID and identifier else None


@dataclass
class Candidate:
    """A possible pair and the evidence for it. ``proven``: something positive says so, not only that nothing else is left."""

    ours: Planned
    theirs: Existing
    score: float
    reasons: list[str] = field(default_factory=list)
    proven: bool = False


def find_equal_candidates(candidates: list[Candidate]) -> list[tuple[Candidate, Candidate]]:
    """Return pairs of candidates for one of our resources that are equally good, the best first."""
    equal_candidates = []
    by_ours: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_ours.setdefault(candidate.ours.address, []).append(candidate)
    for group in by_ours.values():
        first, *rest = sorted(group, key=lambda c: (-c.score, natural(c.theirs.address)))
        if rest and rest[0].score == first.score:
            equal_candidates.append((first, rest[0]))
    for candidate in candidates:  # one existing resource, equally good for two of ours
        same = [
            other
            for other in candidates
            if other.theirs is candidate.theirs
            and other.ours is not candidate.ours
            and other.score == candidate.score
        ]
        best_of_ours = max(other.score for other in by_ours[candidate.ours.address])
        if same and candidate.score == best_of_ours:
            equal_candidates.append((candidate, same[0]))
    return sorted(equal_candidates, key=lambda equal: -equal[0].score)


def all_equal_candidates(
    found: tuple[Candidate, Candidate], candidates: Sequence[Candidate]
) -> EqualCandidates:
    """Return all existing resources that are as good for ours of the first candidate; its own comes first.

    Between two addresses of one thing in AWS there is nothing to choose: the first will do.
    """
    first = found[0]
    equal = {
        candidate.theirs.address
        for candidate in candidates
        if candidate.ours is first.ours
        and candidate.score == first.score
        and not same_thing(candidate.theirs, first.theirs)
    }
    rest = sorted(equal - {first.theirs.address}, key=natural)
    return EqualCandidates(ours=first.ours.address, candidates=(first.theirs.address, *rest))
