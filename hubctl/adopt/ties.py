"""Pairs that are equally good: found, and gathered for the operator with all candidates named."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hubctl.adopt.existing import Existing, natural
from hubctl.adopt.matches import Tie
from hubctl.adopt.planned import Planned
from hubctl.adopt.twins import same_thing


@dataclass
class Candidate:
    """A possible pair and the evidence for it. ``proven``: something positive says so, not only that nothing else is left."""

    ours: Planned
    theirs: Existing
    score: float
    reasons: list[str] = field(default_factory=list)
    proven: bool = False


def find_ties(candidates: list[Candidate]) -> list[tuple[Candidate, Candidate]]:
    """Return pairs of candidates for one of our resources that are equally good, the best first."""
    ties = []
    by_ours: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_ours.setdefault(candidate.ours.address, []).append(candidate)
    for group in by_ours.values():
        first, *rest = sorted(group, key=lambda c: (-c.score, natural(c.theirs.address)))
        if rest and rest[0].score == first.score:
            ties.append((first, rest[0]))
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
            ties.append((candidate, same[0]))
    return sorted(ties, key=lambda tie: -tie[0].score)


def as_tie(found: tuple[Candidate, Candidate], candidates: Sequence[Candidate]) -> Tie:
    """Return a tie with all existing resources that are as good for the first one's side; its own comes first.

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
    return Tie(ours=first.ours.address, candidates=(first.theirs.address, *rest))
