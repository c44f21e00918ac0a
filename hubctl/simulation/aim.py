"""What an operator wants of a stack: ``p95<=60s``, ``refused=0``."""

import re
from dataclasses import dataclass

from hubctl.errors import BadInputError
from hubctl.simulation.model import Assumptions
from hubctl.simulation.outcome import Outcome
from stacks.given_text import shown

_AIM = re.compile(r"(p50|p95|max|refused|lost|moved)\s*(<=|<|=)\s*([0-9]+(?:\.[0-9]+)?)\s*(s|min)?")
WAITS = {"p50": 50.0, "p95": 95.0, "max": 100.0}


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A bound on a number of the report; waits in seconds."""

    text: str
    measure: str
    bound: float
    strict: bool

    def value(self, outcome: Outcome) -> float | None:
        """Return the number that the aim is about, None when nobody was served."""
        if self.measure in WAITS:
            return outcome.wait(WAITS[self.measure])
        return float(
            {"refused": outcome.refused, "lost": outcome.lost, "moved": outcome.interrupted}[self.measure]
        )

    def met(self, outcome: Outcome) -> bool:
        """Tell whether the outcome meets the aim. Waits are those of all users: whoever was refused waits for ever."""
        value = self.value(outcome)
        if value is None or (self.measure in WAITS and not self._enough_served(outcome)):
            return False
        return value < self.bound if self.strict else value <= self.bound

    def _enough_served(self, outcome: Outcome) -> bool:
        everybody = len(outcome.waits) + outcome.refused
        return outcome.refused <= everybody * (1 - WAITS[self.measure] / 100)


def read_aim(text: str, assumptions: Assumptions) -> Aim:
    """Read an aim; raise BadInputError for one that is none, or that nothing could reach."""
    found = _AIM.fullmatch(text.strip())
    if not found:
        raise BadInputError(
            f"{shown(text)} is not an aim",
            remedy='Write p50, p95 or max (waits) or refused, lost or moved (users), a bound and a unit: "p95<=60s".',
        )
    measure, comparison, number, unit = found.groups()
    if (unit is not None) != (measure in WAITS):
        raise BadInputError(
            f"{shown(text)}: a wait needs a unit, s or min, and a number of users none",
            remedy='Write "p95<=60s" or "refused=0".',
        )
    bound = float(number) * (60 if unit == "min" else 1)
    aim = Aim(text=text.strip(), measure=measure, bound=bound, strict=comparison == "<")
    least = assumptions.spawn if measure in WAITS else 0.0
    if least > bound or (aim.strict and least == bound):
        raise BadInputError(
            f"{shown(text)} cannot be reached: "
            + (
                f"a user's container alone takes {least:g} s to start"
                if measure in WAITS
                else "there cannot be less than 0"
            ),
            remedy="Give a larger bound, or another --assume spawn=SECONDS.",
        )
    return aim
