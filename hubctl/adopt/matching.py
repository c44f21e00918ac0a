"""Pair our resources with existing ones: by type, by who refers to whom, and by what identifies them.

In each round the pair with the most evidence is taken (``pairing.py``), and what it proves about its neighbours counts
in the next (``evidence.py``).
"""

from collections.abc import Iterable, Mapping, Sequence

from hubctl.adopt.evidence import canonical
from hubctl.adopt.existing import Existing, natural
from hubctl.adopt.matches import Match, Matching
from hubctl.adopt.pairing import Pairing
from hubctl.adopt.planned import Planned
from hubctl.errors import BadInputError


def match_resources(
    ours: Sequence[Planned],
    existing: Sequence[Existing],
    *,
    told: Mapping[str, str] | None = None,
    apart: Iterable[str] = (),
) -> Matching:
    """Pair resources. ``told`` maps our addresses to existing ones; ``apart`` are existing ones to leave alone.

    Raises BadInputError when ``told`` names what is not there. Candidates that are equally good are in ``ties``.
    """
    told = dict(told or {})
    _check_told(told, ours, existing)
    matcher = Pairing(ours, [resource for resource in existing if resource.resource not in set(apart)])
    for mine, theirs in told.items():
        matcher.accept(Match(ours=mine, theirs=theirs, certainty="told", reasons=("you said so",)))
    matcher.run()
    return Matching(
        matches=sorted(matcher.matches, key=lambda match: match.ours),
        only_there=sorted((e.address for e in existing if e.address not in matcher.taken), key=natural),
        only_here=sorted(planned.address for planned in ours if planned.address not in matcher.given),
        ties=tuple(matcher.ties),
    )


def _check_told(told: Mapping[str, str], ours: Sequence[Planned], existing: Sequence[Existing]) -> None:
    mine = {planned.address: planned for planned in ours}
    theirs = {resource.address: resource for resource in existing}
    mistakes = []
    for address, other in told.items():
        if address not in mine:
            mistakes.append(f"--match {address}=…: the stack has no {address} with these settings")
        if other not in theirs:
            mistakes.append(f"--match …={other}: the state has no {other}")
        elif address in mine and canonical(theirs[other]) != mine[address].type:
            mistakes.append(f"--match {address}={other}: the types differ")
    if len(set(told.values())) != len(told):
        mistakes.append("--match names one existing resource twice")
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="`terraform state list` names what the state holds.")
