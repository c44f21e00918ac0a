"""Pair our resources with existing ones: by type, by who refers to whom, and by what identifies them.

In each round the pair with the most evidence is taken, and what it proves about its neighbours counts in the next
(``evidence.py``).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hubctl.adopt.matching.candidates import (
    Candidate,
    EqualCandidates,
    Match,
    Matching,
    Planned,
    all_equal_candidates,
    find_equal_candidates,
    full_address,
    same_thing,
)
from hubctl.adopt.matching.evidence import ONLY_ONE, Evidence
from hubctl.adopt.matching.relations import canonical, kind_among
from hubctl.adopt.state.existing import Existing, natural
from hubctl.core.errors import BadInputError
from stacks.adoption.addresses import stands_for

ALIKE = frozenset({"aws_subnet"})
# Of several of these any will do: what is in it is kept, and the others are carried on as they are.
ANY_WILL_DO = frozenset(
    {
        "aws_iam_policy",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_security_group_rule",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }
)
CLEAR = 2.0  # a lead over the next candidate that makes a proven match certain
# A key without quotes or with single ones; numbers have none.
_UNQUOTED = re.compile(r"\[(?:([A-Za-z_][^\]\"']*)|'([^'\"]*)')\]")


class Pairing:
    """Pairs what is left, until nothing fits any more. ``given`` and ``taken`` are the pairs by either side.

    ``forbidden`` are pairs (ours, theirs) that turned out to be impossible; ``likely`` is what settings were
    read off, ``background`` what takes no part but may connect others.
    """

    def __init__(
        self,
        ours: Sequence[Planned],
        existing: Sequence[Existing],
        *,
        likely: Mapping[str, str] | None = None,
        forbidden: Collection[tuple[str, str]] = (),
        background: Collection[Existing] = (),
    ) -> None:
        self._ours = {planned.address: planned for planned in ours}
        self._kinds = frozenset(planned.type for planned in ours)
        self._theirs = {resource.address: resource for resource in existing}
        self.matches: list[Match] = []
        self.equal_candidates: list[EqualCandidates] = []
        self.given: dict[str, str] = {}
        self.taken: dict[str, str] = {}
        self._forbidden = forbidden
        self._likely = dict(likely or {})
        self._evidence = Evidence(self._ours, self._theirs, self.given, likely, background)

    def accept(self, match: Match) -> None:
        """Take a pair as it is."""
        self.matches.append(match)
        self.given[match.ours] = match.theirs
        self.taken[match.theirs] = match.ours

    def run(self) -> None:
        """Find all pairs. Where candidates are equally good, take the first one and note all of them."""
        self._begin_with_likely()
        while True:
            candidates = self._candidates()
            best = self._best(candidates)
            if best is None:
                equal_candidates = find_equal_candidates(candidates)
                alike = [equal for equal in equal_candidates if equal[0].ours.type in ALIKE | ANY_WILL_DO]
                if alike:
                    alike.sort(key=lambda equal: equal[0].ours.type not in ALIKE)
                    self._pair_alike(alike[0][0].ours.type, candidates)
                    continue
                if not equal_candidates:
                    return
                self._propose(equal_candidates[0], candidates)
                continue
            self.accept(best)

    def _begin_with_likely(self) -> None:
        """Pair what the settings were read off, as far as it is possible: names of others must not stand in its way."""
        for mine, theirs in self._likely.items():
            planned, resource = self._ours.get(mine), self._theirs.get(theirs)
            if planned is None or resource is None or mine in self.given or theirs in self.taken:
                continue
            if self._weighed(planned, resource) is not None:
                reason = "the settings were read off it"
                self.accept(Match(ours=mine, theirs=theirs, certainty="guessed", reasons=(reason,)))

    def weakest_contradiction(self) -> tuple[str, str] | None:
        """Return the pair that contradicts most and agrees least with the others; None when all pairs are possible."""
        against: dict[str, int] = {}
        for match in self.matches:
            for neighbour in self._evidence.contradicted(match.ours):
                for address in {match.ours, neighbour}:
                    against[address] = against.get(address, 0) + 1
        chosen = {match.ours for match in self.matches if match.certainty == "told"}
        order = {match.ours: number for number, match in enumerate(self.matches)}
        doubtful = [address for address in against if address not in chosen]
        if not doubtful:
            return None
        worst = max(doubtful, key=lambda a: (against[a] - self._evidence.held(a), order[a]))
        return worst, self.given[worst]

    def possible(self) -> dict[str, tuple[str, ...]]:
        """Return, for each of ours that has no pair, what is left of the state and could be it."""
        free = [resource for address, resource in self._theirs.items() if address not in self.taken]
        found = {
            planned.address: tuple(
                resource.address
                for resource in free
                if kind_among(resource, self._kinds) == planned.type
                and (planned.address, resource.address) not in self._forbidden
                and self._evidence.possible(planned, resource)
            )
            for planned in self._ours.values()
            if planned.address not in self.given
        }
        # What belongs to something that cannot be ours is not ours either, and so on.
        while True:
            kept = {
                ours: tuple(t for t in theirs if self._evidence.could_follow(ours, self._theirs[t], found))
                for ours, theirs in found.items()
            }
            if kept == found:
                return {ours: theirs for ours, theirs in found.items() if theirs}
            found = kept

    def settle(self) -> None:
        """Judge each pair by all others: it is certain when something proves it and no other that is left comes near."""
        free = [resource for address, resource in self._theirs.items() if address not in self.taken]
        undecided = {equal.ours for equal in self.equal_candidates}
        self.matches = [
            match
            if match.certainty == "told"
            else self._judged(match, free, undecided=match.ours in undecided)
            for match in self.matches
        ]

    def _judged(self, match: Match, free: Sequence[Existing], *, undecided: bool) -> Match:
        planned = self._ours[match.ours]
        found = self._evidence.weigh(planned, self._theirs[match.theirs])
        if found is None:
            return replace(match, certainty="guessed")
        rivals = [
            other.score
            for resource in free
            if kind_among(resource, self._kinds) == planned.type
            and not same_thing(resource, found.theirs)
            and (other := self._weighed(planned, resource)) is not None
        ]
        clear = not rivals or found.score - max(rivals) >= CLEAR
        # What is mounted where the instances are may be of something else there.
        known = planned.type != "aws_efs_file_system" or self._evidence.is_named_to_instances(found.theirs)
        certain = found.proven and clear and known and not undecided
        reasons = (*found.reasons, *match.reasons) if certain else (*match.reasons, *found.reasons)
        return replace(
            match, certainty="certain" if certain else "guessed", reasons=tuple(dict.fromkeys(reasons))
        )

    def _weighed(self, planned: Planned, resource: Existing, *, alone: bool = False) -> Candidate | None:
        if (planned.address, resource.address) in self._forbidden:
            return None
        return self._evidence.weigh(planned, resource, alone=alone)

    def _propose(self, found: tuple[Candidate, Candidate], candidates: list[Candidate]) -> None:
        equal = all_equal_candidates(found, candidates)
        first, second = found
        reason = "the first of several that are equally good"
        if len(equal.candidates) > 1:
            self.equal_candidates.append(equal)
        elif first.ours is second.ours:
            reason = "the first of two addresses of one thing"
        else:
            reason = f"as good for {second.ours.address}"
        self.accept(
            Match(ours=equal.ours, theirs=equal.candidates[0], certainty="guessed", reasons=(reason,))
        )

    def _candidates(self) -> list[Candidate]:
        mine = [planned for address, planned in self._ours.items() if address not in self.given]
        theirs = [resource for address, resource in self._theirs.items() if address not in self.taken]
        found = []
        for planned in mine:
            same = [e for e in theirs if kind_among(e, self._kinds) == planned.type]
            alone = len(same) == 1 and sum(other.type == planned.type for other in mine) == 1
            for resource in same:
                candidate = self._weighed(planned, resource, alone=alone)
                if candidate is not None:
                    found.append(candidate)
        return found

    def _best(self, candidates: list[Candidate]) -> Match | None:
        """Return the pair with the most evidence that is better than every rival of either side."""
        best: tuple[float, float, Candidate] | None = None
        sides: dict[str, list[float]] = {}
        for candidate in candidates:
            for side in (f"ours {candidate.ours.address}", f"theirs {candidate.theirs.address}"):
                sides.setdefault(side, []).append(candidate.score)
        for scores in sides.values():
            scores.sort(reverse=True)
        for candidate in candidates:
            both = (f"ours {candidate.ours.address}", f"theirs {candidate.theirs.address}")
            # The best of the others: the first one may be the candidate itself.
            rivals = [
                scores[1] if scores[0] == candidate.score else scores[0]
                for side in both
                if len(scores := sides[side]) > 1
            ]
            lead = candidate.score - max(rivals) if rivals else candidate.score + ONLY_ONE
            if lead <= 0 or (not rivals and candidate.score <= 0 and not candidate.reasons and best):
                continue
            rank = (candidate.score, lead)
            if best is None or rank > best[:2]:
                best = (*rank, candidate)
        if best is None:
            return None
        chosen = best[2]
        return Match(
            ours=chosen.ours.address,
            theirs=chosen.theirs.address,
            certainty="guessed",
            reasons=tuple(dict.fromkeys(chosen.reasons)) or ("nothing else fits",),
        )

    def _pair_alike(self, kind: str, candidates: list[Candidate]) -> None:
        """Pair the first of those that are alike; what hangs on them follows by reference."""
        of_kind = [candidate for candidate in candidates if candidate.ours.type == kind]
        top = max(candidate.score for candidate in of_kind)
        mine = min((c.ours.address for c in of_kind if c.score == top), key=natural)
        theirs = min((c.theirs for c in of_kind if c.score == top and c.ours.address == mine), key=_order)
        reason = "alike, in their order" if kind in ALIKE else "one of several that would do"
        self.accept(Match(ours=mine, theirs=theirs.address, certainty="guessed", reasons=(reason,)))


def _order(resource: Existing) -> tuple[object, ...]:
    zone, network = resource.text("availability_zone"), resource.text("cidr_block")
    return (
        natural(resource.resource),
        isinstance(resource.key, str),
        natural(str(resource.key)),
        zone,
        network,
    )


def match_resources(
    ours: Sequence[Planned],
    existing: Sequence[Existing],
    *,
    chosen: Mapping[str, str] | None = None,
    set_aside: Iterable[str] = (),
    likely: Mapping[str, str] | None = None,
) -> Matching:
    """Pair resources. ``chosen`` maps our addresses to existing ones.

    What is at the existing addresses ``set_aside`` (instances or whole resources) is left alone; at most it connects others.
    ``likely`` maps our addresses to the existing ones that the settings were read off.

    Raises BadInputError when ``chosen`` names what is not there. Candidates that are equally good are in ``equal_candidates``.
    """
    chosen, left_alone = _full(chosen or {}, ours, existing), set(set_aside)
    _check_told(chosen, ours, existing, left_alone)
    background = [found for found in existing if {found.address, found.resource} & left_alone]
    open_to_all = [found for found in existing if not {found.address, found.resource} & left_alone]
    forbidden: set[tuple[str, str]] = set()
    # A pair may contradict one that is only found later: without the weaker of both, all is paired anew. Each round
    # forbids one pair more, so it ends.
    while True:
        matcher = Pairing(ours, open_to_all, likely=likely, forbidden=forbidden, background=background)
        for mine, theirs in chosen.items():
            matcher.accept(Match(ours=mine, theirs=theirs, certainty="told", reasons=("you said so",)))
        matcher.run()
        impossible = matcher.weakest_contradiction()
        if impossible is None:
            break
        forbidden.add(impossible)
    matcher.settle()
    return Matching(
        matches=sorted(matcher.matches, key=lambda match: match.ours),
        only_there=sorted((e.address for e in existing if e.address not in matcher.taken), key=natural),
        only_here=sorted(planned.address for planned in ours if planned.address not in matcher.given),
        equal_candidates=tuple(matcher.equal_candidates),
        possible=matcher.possible(),
    )


def _full(chosen: Mapping[str, str], ours: Sequence[Planned], existing: Sequence[Existing]) -> dict[str, str]:
    """Put in the keys that the operator left out, where only one instance can be meant, and quotes that a shell took away."""
    mine = [planned.address for planned in ours]
    addresses = [resource.address for resource in existing]
    full = {}
    for address, other in chosen.items():
        wanted = _quoted(other.strip())
        found = [wanted] if wanted in addresses else [each for each in addresses if stands_for(wanted, each)]
        full[full_address(address, mine)] = found[0] if len(found) == 1 else wanted
    return full


def _quoted(address: str) -> str:
    """Return an address whose keys have the quotes that Terraform writes: ``module.lab[a]`` is what a shell leaves of them."""
    return _UNQUOTED.sub(lambda key: f'["{key[1] or key[2]}"]', address)


def _check_told(
    chosen: Mapping[str, str], ours: Sequence[Planned], existing: Sequence[Existing], set_aside: set[str]
) -> None:
    mine = {planned.address: planned for planned in ours}
    theirs = {resource.address: resource for resource in existing}
    mistakes = []
    for address, other in chosen.items():
        if address not in mine:
            mistakes.append(f"--match {address}=…: the stack has no {address} with these settings")
        if other not in theirs:
            mistakes.append(f"--match …={other}: the state has no {other}")
        elif {other, theirs[other].resource} & set_aside:
            mistakes.append(f"--match {address}={other}: {other} is also to be carried or forgotten")
        elif address in mine and mine[address].type not in (theirs[other].type, canonical(theirs[other])):
            mistakes.append(
                f"--match {address}={other}: the types differ, {mine[address].type} and {theirs[other].type}"
            )
    if len(set(chosen.values())) != len(chosen):
        mistakes.append("--match names one existing resource twice")
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="`terraform state list` names what the state holds.")
