"""What a simulation measured."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubctl.scaling.metrics import percentile

HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The state of things at ``time`` (seconds), once a minute. ``average`` is the scaling metric, None without data."""

    time: float
    sessions: int
    waiting: int
    desired: int
    in_service: int
    usable: int
    average: float | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The results of ``seconds``.

    ``waits`` are seconds from arrival to a running server, of all who got one; ``refusals`` counts the others by reason.
    """

    waits: tuple[float, ...]
    refusals: Mapping[str, int]
    lost: int
    interrupted: int
    seconds: float
    instance_seconds: float
    session_seconds: float
    most_instances: int
    places: int
    timeline: tuple[Moment, ...]

    def wait(self, percent: float) -> float | None:
        """Return a percentile of the waits in seconds, None when nobody got a server."""
        return percentile(self.waits, percent) if self.waits else None

    @property
    def refused(self) -> int:
        """How many users got no server."""
        return sum(self.refusals.values())

    @property
    def hours(self) -> float:
        """Hours that were simulated."""
        return self.seconds / HOUR

    @property
    def instance_hours(self) -> float:
        """Hours that instances were paid for."""
        return self.instance_seconds / HOUR

    @property
    def utilization(self) -> float:
        """The share of the paid places in which somebody worked, 0 to 1."""
        paid = self.instance_seconds * self.places
        return self.session_seconds / paid if paid else 0.0
