"""Pair our resources with existing ones: by type, by who refers to whom, and by what identifies them.

In each round the pair with the most evidence is taken, and what it proves about its neighbours counts in the next.
Subnets are alike by design: they are paired in their natural order. So are policies and rules, of which any will do.
Any other tie is refused, with both named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hubctl.adopt.existing import Existing, natural
from hubctl.adopt.graph import Edge, existing_edges, our_edges
from hubctl.adopt.planned import Planned
from hubctl.adopt.ties import Candidate, find_ties, refuse_ties
from hubctl.adopt.traits import CANONICAL, agreement, vetoes, words
from hubctl.errors import BadInputError

ALIKE = frozenset({"aws_subnet"})
# Of several of these any will do: what is in it is kept, and the others are carried on as they are.
ANY_WILL_DO = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_iam_policy",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_route53_record",
        "aws_security_group_rule",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }
)
REFERENCE = 4.0  # a reference that agrees; one that contradicts costs as much
ONLY_ONE = 3.0  # there is one of the type on both sides
SAME_ADDRESS = 2.0
CLEAR = 2.0  # a lead over the next candidate that makes a match certain


@dataclass(frozen=True, kw_only=True)
class Match:
    """One pair. ``certainty`` is ``certain``, ``guessed`` or ``told`` (by --match)."""

    ours: str
    theirs: str
    certainty: str
    reasons: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Matching:
    """All pairs, and what is left on either side."""

    matches: Sequence[Match]
    only_there: Sequence[str]
    only_here: Sequence[str]

    def theirs(self, ours: str) -> str | None:
        """Return the existing address of one of our resources."""
        return next((match.theirs for match in self.matches if match.ours == ours), None)

    def ours(self, theirs: str) -> str | None:
        """Return our address of an existing resource."""
        return next((match.ours for match in self.matches if match.theirs == theirs), None)


def match_resources(
    ours: Sequence[Planned],
    existing: Sequence[Existing],
    *,
    told: Mapping[str, str] | None = None,
    apart: Iterable[str] = (),
) -> Matching:
    """Pair resources. ``told`` maps our addresses to existing ones; ``apart`` are existing ones to leave alone.

    Raises BadInputError when ``told`` names what is not there, or when two candidates are equally good.
    """
    told = dict(told or {})
    _check_told(told, ours, existing)
    matcher = _Matcher(ours, [resource for resource in existing if resource.resource not in set(apart)])
    for mine, theirs in told.items():
        matcher.accept(Match(ours=mine, theirs=theirs, certainty="told", reasons=("you said so",)))
    matcher.run()
    return Matching(
        matches=sorted(matcher.matches, key=lambda match: match.ours),
        only_there=sorted((e.address for e in existing if e.address not in matcher.taken), key=natural),
        only_here=sorted(planned.address for planned in ours if planned.address not in matcher.given),
    )


class _Matcher:
    def __init__(self, ours: Sequence[Planned], existing: Sequence[Existing]) -> None:
        self._ours = {planned.address: planned for planned in ours}
        self._theirs = {resource.address: resource for resource in existing}
        self.matches: list[Match] = []
        self.given: dict[str, str] = {}
        self.taken: dict[str, str] = {}
        self._mine = our_edges({planned.address: planned.block for planned in ours})
        self._mine = _through_validation(self._mine)
        self._out: dict[str, list[Edge]] = {}
        self._links: dict[tuple[str, str], set[str]] = {}
        self._into: dict[str, list[Edge]] = {}
        for edge in self._mine:
            self._out.setdefault(edge.source, []).append(edge)
            self._into.setdefault(edge.target, []).append(edge)
        self._targets: dict[tuple[str, str], set[str]] = {}
        for edge in existing_edges(existing):
            self._links.setdefault((edge.source, edge.target), set()).add(edge.argument)
            kind = CANONICAL.get(self._theirs[edge.target].type, self._theirs[edge.target].type)
            self._targets.setdefault((edge.source, kind), set()).add(edge.target)

    def accept(self, match: Match) -> None:
        self.matches.append(match)
        self.given[match.ours] = match.theirs
        self.taken[match.theirs] = match.ours

    def run(self) -> None:
        while True:
            candidates = self._candidates()
            best = self._best(candidates)
            if best is None:
                ties = find_ties(candidates)
                alike = [tie for tie in ties if tie[0].ours.type in ALIKE | ANY_WILL_DO]
                if alike:
                    alike.sort(key=lambda tie: tie[0].ours.type not in ALIKE)
                    self._pair_alike(alike[0][0].ours.type, candidates)
                    continue
                refuse_ties(ties)
                return
            self.accept(best)

    def _candidates(self) -> list[Candidate]:
        mine = [planned for address, planned in self._ours.items() if address not in self.given]
        theirs = [resource for address, resource in self._theirs.items() if address not in self.taken]
        found = []
        for planned in mine:
            same = [e for e in theirs if CANONICAL.get(e.type, e.type) == planned.type]
            alone = len(same) == 1 and sum(other.type == planned.type for other in mine) == 1
            for resource in same:
                candidate = self._weigh(planned, resource, alone=alone)
                if candidate is not None:
                    found.append(candidate)
        return found

    def _weigh(self, planned: Planned, resource: Existing, *, alone: bool) -> Candidate | None:
        """Return the evidence for a pair, or None when something speaks decisively against it."""
        must = vetoes(planned.type, planned.values)
        is_so = vetoes(planned.type, resource.values)
        if any(name in is_so and is_so[name] != value for name, value in must.items()):
            return None
        score, reasons = agreement(planned.values, resource.values)
        if alone:
            score += ONLY_ONE
            reasons.insert(0, f"the only {planned.type} left")
        if resource.address == planned.address:
            score += SAME_ADDRESS
            reasons.append("same address")
        shared = words(planned.name, planned.values) & words(resource.name, resource.values)
        score += min(len(shared), 3) * 0.5
        weight, found = self._references(planned, resource)
        if score + weight < 0:
            return None
        return Candidate(planned, resource, score + weight, [*found, *reasons])

    def _references(self, planned: Planned, resource: Existing) -> tuple[float, list[str]]:
        score = 0.0
        reasons = []
        for edge in self._out.get(planned.address, ()):
            target = self.given.get(edge.target)
            if target is None:
                continue
            arguments = self._links.get((resource.address, target))
            if arguments:
                score += REFERENCE if edge.argument in arguments else REFERENCE / 2
                reasons.append(f"refers to {edge.target}")
            elif self._targets.get((resource.address, self._ours[edge.target].type)):
                score -= REFERENCE
        for edge in self._into.get(planned.address, ()):
            source = self.given.get(edge.source)
            if source is None:
                continue
            arguments = self._links.get((source, resource.address))
            if arguments:
                score += REFERENCE if edge.argument in arguments else REFERENCE / 2
                reasons.append(f"{edge.source} refers to it")
            elif self._targets.get((source, planned.type)):
                score -= REFERENCE
        return score, reasons

    def _best(self, candidates: list[Candidate]) -> Match | None:
        """Return the pair with the most evidence that is better than every rival of either side."""
        best: tuple[float, float, Candidate] | None = None
        for candidate in candidates:
            rivals = [
                other.score
                for other in candidates
                if other is not candidate
                and (other.ours is candidate.ours or other.theirs is candidate.theirs)
            ]
            lead = candidate.score - max(rivals) if rivals else candidate.score + ONLY_ONE
            if lead <= 0 or (not rivals and candidate.score <= 0 and not candidate.reasons and best):
                continue
            rank = (candidate.score, lead)
            if best is None or rank > best[:2]:
                best = (*rank, candidate)
        if best is None:
            return None
        _, lead, chosen = best
        certain = lead >= CLEAR and bool(chosen.reasons)
        return Match(
            ours=chosen.ours.address,
            theirs=chosen.theirs.address,
            certainty="certain" if certain else "guessed",
            reasons=tuple(dict.fromkeys(chosen.reasons)) or ("nothing else fits",),
        )

    def _pair_alike(self, kind: str, candidates: list[Candidate]) -> None:
        """Pair the first of those that are alike; what hangs on them follows by reference."""
        of_kind = [candidate for candidate in candidates if candidate.ours.type == kind]
        top = max(candidate.score for candidate in of_kind)
        mine = min((c.ours.address for c in of_kind if c.score == top), key=natural)
        theirs = min((c.theirs for c in of_kind if c.score == top and c.ours.address == mine), key=_order)
        sure = kind in ALIKE
        reason = "alike, in their order" if sure else "one of several that would do"
        certainty = "certain" if sure else "guessed"
        self.accept(Match(ours=mine, theirs=theirs.address, certainty=certainty, reasons=(reason,)))


def _order(resource: Existing) -> tuple[object, ...]:
    zone, network = resource.text("availability_zone"), resource.text("cidr_block")
    return (
        natural(resource.resource),
        isinstance(resource.key, str),
        natural(str(resource.key)),
        zone,
        network,
    )


def _through_validation(edges: list[Edge]) -> list[Edge]:
    """Add references to a certificate for those to its validation: in a state both show as the certificate's ARN."""
    certificate = {
        edge.source: edge.target
        for edge in edges
        if edge.source.startswith("aws_acm_certificate_validation.")
        and edge.target.startswith("aws_acm_certificate.")
    }
    more = [
        Edge(source=edge.source, argument=edge.argument, target=certificate[edge.target])
        for edge in edges
        if edge.target in certificate
    ]
    return [edge for edge in edges if edge.target not in certificate] + more


def _check_told(told: Mapping[str, str], ours: Sequence[Planned], existing: Sequence[Existing]) -> None:
    mine = {planned.address: planned for planned in ours}
    theirs = {resource.address: resource for resource in existing}
    mistakes = []
    for address, other in told.items():
        if address not in mine:
            mistakes.append(f"--match {address}=…: the stack has no {address} with these settings")
        if other not in theirs:
            mistakes.append(f"--match …={other}: the state has no {other}")
        elif address in mine and CANONICAL.get(theirs[other].type, theirs[other].type) != mine[address].type:
            mistakes.append(f"--match {address}={other}: the types differ")
    if len(set(told.values())) != len(told):
        mistakes.append("--match names one existing resource twice")
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="`terraform state list` names what the state holds.")
