"""Pairs of our resources and existing ones, and those that are equally good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Match:
    """One pair. ``certainty`` is ``certain``, ``guessed`` or ``told`` (by --match)."""

    ours: str
    theirs: str
    certainty: str
    reasons: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Tie:
    """Existing resources that are equally good for one of ours. The first of ``candidates`` is the one that is proposed."""

    ours: str
    candidates: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Matching:
    """All pairs, and what is left on either side. What ``ties`` propose is among the matches, as ``guessed``.

    ``possible`` maps ours that are only here to what is only there and could be them: nothing proves or forbids it.
    """

    matches: Sequence[Match]
    only_there: Sequence[str]
    only_here: Sequence[str]
    ties: Sequence[Tie] = ()
    possible: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def theirs(self, ours: str) -> str | None:
        """Return the existing address of one of our resources."""
        return next((match.theirs for match in self.matches if match.ours == ours), None)

    def ours(self, theirs: str) -> str | None:
        """Return our address of an existing resource."""
        return next((match.ours for match in self.matches if match.theirs == theirs), None)
