"""The time in which the local AWS scales: the real one, or one that runs faster."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch that pass ``speed`` times as fast as real ones, from ``start``, when it is made.

    With a speed of 30 a period of a minute is over after two real seconds: whoever publishes metrics has to publish as much
    more often. Time stamps of metrics are real, so :meth:`at` maps them.
    """

    def __init__(self, speed: float = 1.0, real: Callable[[], float] = time.time) -> None:
        self.speed = speed
        self._real = real
        self.start = real()

    def now(self) -> float:
        """Return the time now."""
        return self.at(self._real())

    def at(self, real: float) -> float:
        """Return the time at a real moment."""
        return self.start + (real - self.start) * self.speed

    def moment(self, at: float) -> datetime:
        """Return the real moment at which this clock shows ``at``, as moto writes moments."""
        return datetime.fromtimestamp(self.start + (at - self.start) / self.speed, UTC).replace(tzinfo=None)

    def real_seconds(self, seconds: float) -> float:
        """Return how many real seconds ``seconds`` of this clock take."""
        return seconds / self.speed


def epoch(moment: datetime) -> float:
    """Return the seconds since the epoch; a moment without a zone is UTC, as moto's are."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
