"""What a rehearsal is to prove: bounds on waits and on users who got no server, several at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hubctl.core.errors import BadInputError
from stacks.settings.text_files import shown

WAITS = {"p50": 50.0, "p95": 95.0, "max": 100.0}
COUNTS = ("refused", "lost")
_AIM = re.compile(r"([a-z0-9]+)\s*(<=|<|=)\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)")
_UNITS = {"": 1.0, "s": 1.0, "min": 60.0}
REMEDY = (
    'Write p50, p95 or max with a bound in s or min, refused or lost with a number of users: "p95<=10s", '
    '"refused<=0". Give --aim several times, or separate aims by commas.'
)


class Measured(Protocol):
    """What an aim is compared with."""

    @property
    def refused(self) -> int:
        """How many users got no server."""

    @property
    def lost(self) -> int:
        """How many lost a server at work."""

    def wait(self, percent: float) -> float | None:
        """Return a percentile of the waits in seconds, None when no user got a server."""


@dataclass(frozen=True, kw_only=True)
class RehearsalAim:
    """A bound on a number of the report; waits in seconds."""

    text: str
    measure: str
    bound: float
    strict: bool = False

    def value(self, seen: Measured) -> float | None:
        """Return the number that the aim is about. A user who was refused waits for ever: None is longer than any bound."""
        if self.measure in COUNTS:
            return float(seen.refused if self.measure == "refused" else seen.lost)
        return seen.wait(WAITS[self.measure])

    def met(self, seen: Measured) -> bool:
        """Tell whether it is met."""
        value = self.value(seen)
        if value is None:
            return False
        return value < self.bound if self.strict else value <= self.bound


def read_aims(texts: Sequence[str]) -> tuple[RehearsalAim, ...]:
    """Read aims, each text one or several separated by commas; raise BadInputError with every mistake."""
    found, mistakes = [], []
    for text in [part.strip() for whole in texts for part in whole.split(",")]:
        try:
            found.append(_aim(text))
        except ValueError as error:
            mistakes.append(f"--aim {shown(text)} {error}")
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy=REMEDY)
    return tuple(found)


def _aim(text: str) -> RehearsalAim:
    match = _AIM.fullmatch(text)
    if not match:
        raise ValueError("is not an aim")
    measure, comparison, number, unit = match.groups()
    bound = float(number)
    if measure in WAITS:
        if unit not in _UNITS or not unit:
            raise ValueError("is about a wait, which needs a unit, s or min")
        bound *= _UNITS[unit]
    elif measure not in COUNTS:
        raise ValueError(f"is about {measure}, which is not measured")
    elif unit:
        raise ValueError("is about a number of users, which has no unit")
    elif bound != int(bound):
        raise ValueError("is about whole users")
    if comparison == "<" and bound == 0:
        raise ValueError("cannot be reached: there cannot be less than 0")
    if comparison == "=" and measure in WAITS:
        raise ValueError("asks for one very moment: write <=")
    if comparison == "=" and bound > 0:
        raise ValueError("would punish a better result: write <=")
    return RehearsalAim(text=text, measure=measure, bound=bound, strict=comparison == "<")
