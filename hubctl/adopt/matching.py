"""Pair our resources with existing ones: by type, by who refers to whom, and by what identifies them.

In each round the pair with the most evidence is taken (``pairing.py``), and what it proves about its neighbours counts
in the next (``evidence.py``).
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from hubctl.adopt.existing import Existing, natural
from hubctl.adopt.matches import Match, Matching
from hubctl.adopt.pairing import Pairing
from hubctl.adopt.planned import Planned, full_address
from hubctl.adopt.relations import canonical
from hubctl.errors import BadInputError
from stacks.terraform_addresses import stands_for

# A key without quotes or with single ones; numbers have none.
_UNQUOTED = re.compile(r"\[(?:([A-Za-z_][^\]\"']*)|'([^'\"]*)')\]")


def match_resources(
    ours: Sequence[Planned],
    existing: Sequence[Existing],
    *,
    told: Mapping[str, str] | None = None,
    apart: Iterable[str] = (),
    likely: Mapping[str, str] | None = None,
) -> Matching:
    """Pair resources. ``told`` maps our addresses to existing ones.

    What is at the existing addresses ``apart`` (instances or whole resources) is left alone; at most it ties others
    together.
    ``likely`` maps our addresses to the existing ones that the settings were read off.

    Raises BadInputError when ``told`` names what is not there. Candidates that are equally good are in ``ties``.
    """
    told, left_alone = _full(told or {}, ours, existing), set(apart)
    _check_told(told, ours, existing, left_alone)
    background = [found for found in existing if {found.address, found.resource} & left_alone]
    open_to_all = [found for found in existing if not {found.address, found.resource} & left_alone]
    forbidden: set[tuple[str, str]] = set()
    # A pair may contradict one that is only found later: without the weaker of both, all is paired anew. Each round
    # forbids one pair more, so it ends.
    while True:
        matcher = Pairing(ours, open_to_all, likely=likely, forbidden=forbidden, background=background)
        for mine, theirs in told.items():
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
        ties=tuple(matcher.ties),
        possible=matcher.possible(),
    )


def _full(told: Mapping[str, str], ours: Sequence[Planned], existing: Sequence[Existing]) -> dict[str, str]:
    """Put in the keys that the operator left out, where only one instance can be meant, and quotes that a shell took away."""
    mine = [planned.address for planned in ours]
    addresses = [resource.address for resource in existing]
    full = {}
    for address, other in told.items():
        wanted = _quoted(other.strip())
        found = [wanted] if wanted in addresses else [each for each in addresses if stands_for(wanted, each)]
        full[full_address(address, mine)] = found[0] if len(found) == 1 else wanted
    return full


def _quoted(address: str) -> str:
    """Return an address whose keys have the quotes that Terraform writes: ``module.lab[a]`` is what a shell leaves of them."""
    return _UNQUOTED.sub(lambda key: f'["{key[1] or key[2]}"]', address)


def _check_told(
    told: Mapping[str, str], ours: Sequence[Planned], existing: Sequence[Existing], apart: set[str]
) -> None:
    mine = {planned.address: planned for planned in ours}
    theirs = {resource.address: resource for resource in existing}
    mistakes = []
    for address, other in told.items():
        if address not in mine:
            mistakes.append(f"--match {address}=…: the stack has no {address} with these settings")
        if other not in theirs:
            mistakes.append(f"--match …={other}: the state has no {other}")
        elif {other, theirs[other].resource} & apart:
            mistakes.append(f"--match {address}={other}: {other} is also to be carried or forgotten")
        elif address in mine and mine[address].type not in (theirs[other].type, canonical(theirs[other])):
            mistakes.append(
                f"--match {address}={other}: the types differ, {mine[address].type} and {theirs[other].type}"
            )
    if len(set(told.values())) != len(told):
        mistakes.append("--match names one existing resource twice")
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="`terraform state list` names what the state holds.")
